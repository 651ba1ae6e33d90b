// SPDX-License-Identifier: MIT
#include "process_source.hpp"

#include <algorithm>
#include <atm/plugin/thread.hpp>
#include <exception>
#include <utility>

#include "agents.hpp"
#include "pending_session.hpp"
#include "terminal.hpp"

namespace processes {
namespace {

// Session events are read in intervals, so that a session that changes often is read once. The interval bounds the
// delay before a new process is watched and before a refused call is retried; exits are handled at once.
constexpr std::chrono::milliseconds kIterationGap{100};
// A gap would cost a snapshot of all sessions, so the queue must hold the events of one interval.
constexpr std::uint32_t kMaxBindings = 16 * 1024;
// Better evidence may follow: other sources start at the same time, and a young agent reports its session itself. An
// agent found before that would be listed under two names in succession.
constexpr std::chrono::seconds kFirstLook{1};
constexpr std::chrono::seconds kYoung{2};
// Between two scans that new sessions cause.
constexpr std::chrono::seconds kNextLook{1};
// Limit of the wait for a registry that does not answer.
constexpr std::chrono::seconds kAnswer{2};

}  // namespace

ProcessSource::ProcessSource(const atm::Host& host, std::string_view config_json)
    : ProcessSource(host, Settings::from_json(config_json)) {}

ProcessSource::ProcessSource(const atm::Host& host, Settings settings)
    : host_(host),
      processes_(host),
      this_host_(host_name()),
      discover_every_(settings.discover_every),
      agents_(host),
      own_agents_(std::move(settings.agents)) {}

atm::Status ProcessSource::start(atm::ErrorText& error) {
  atm_subscription_options options{};
  options.size = sizeof options;
  options.ready = &ProcessSource::ready;
  options.context = this;
  options.activity = 1;
  options.type = atm::to_c(std::string_view("process.bound"));
  options.max_queue = kMaxBindings;
  atm::ErrorBuffer why;
  const atm::Status status = host_.subscribe(options, subscription_, why);
  if (status != atm::Status::kOk) {
    error.set(why.view());
    return status;
  }
  if (discover_every_ > Clock::duration::zero()) next_look_ = Clock::now() + kFirstLook;
  try {
    thread_ = atm::start_thread("atm-processes", [this] { run(); });
  } catch (const atm::ThreadError&) {
    static_cast<void>(host_.unsubscribe(subscription_));
    throw;
  }
  return atm::Status::kOk;
}

atm::Status ProcessSource::stop(std::uint32_t /*deadline_ms*/) {
  if (!thread_.joinable()) return atm::Status::kOk;
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
  static_cast<void>(host_.unsubscribe(subscription_));
  for (const auto& [process, watch] : watches_) static_cast<void>(processes_.unwatch(watch));
  watches_.clear();
  return atm::Status::kOk;
}

void ProcessSource::ready(void* context, std::uint64_t /*subscription*/) {
  auto& self = *static_cast<ProcessSource*>(context);
  {
    const std::lock_guard lock(self.mutex_);
    self.has_changes_ = true;
  }
  self.changed_.notify_all();
}

void ProcessSource::ended(void* context, std::uint64_t /*watch*/, std::int64_t pid,
                          std::uint64_t start_ticks) {
  auto& self = *static_cast<ProcessSource*>(context);
  {
    const std::lock_guard lock(self.mutex_);
    self.ended_.push_back({pid, start_ticks});
  }
  self.changed_.notify_all();
}

atm::Status ProcessSource::discover(atm_discovery& result, atm::ErrorText& error) {
  std::unique_lock lock(mutex_);
  const std::uint64_t mine = ++looks_asked_;
  changed_.notify_all();
  changed_.wait(lock, [&] { return looks_done_ >= mine || is_stopping_ || is_over_; });
  if (looks_done_ < mine) {
    error.set("the scan for agents has stopped; restart the daemon");
    return atm::Status::kInternal;
  }
  result.found = last_look_.found;
  result.failed = last_look_.failed;
  return atm::Status::kOk;
}

void ProcessSource::answered(void* context, atm_status /*status*/) {
  auto& self = *static_cast<ProcessSource*>(context);
  {
    const std::lock_guard lock(self.mutex_);
    ++self.answered_;
  }
  self.changed_.notify_all();
}

void ProcessSource::run() {
  try {
    do {
      look_when_due();
      read_sessions();
      settle();
      take_joins();
      tell_terminals();
      collect_exits();
      report();
      host_.gauge("watched", static_cast<std::int64_t>(watches_.size()));
    } while (wait());
  } catch (const std::exception& e) {
    host_.log(
        atm::LogLevel::kError,
        "the source has stopped; process exits are detected only by the clean-up, and agents are not found",
        {atm::attr("error", std::string_view(e.what()))});
  }
  {
    const std::lock_guard lock(mutex_);
    is_over_ = true;
  }
  changed_.notify_all();
}

bool ProcessSource::is_urgent() const {
  return is_stopping_ || !ended_.empty() || looks_asked_ > looks_done_;
}

bool ProcessSource::wait() {
  std::unique_lock lock(mutex_);
  const auto is_due = [this] { return is_urgent(); };
  const auto has_work = [this] { return is_urgent() || has_changes_; };
  const bool is_idle =
      !changed_.wait_for(lock, kIterationGap, is_due) && exits_.empty() && refused_.empty() && joins_.empty();
  // Not wait_until(): the maximum time overflows there.
  if (is_idle && next_look_ == Clock::time_point::max()) {
    changed_.wait(lock, has_work);
  } else if (is_idle) {
    changed_.wait_until(lock, next_look_, has_work);
  }
  return !is_stopping_;
}

void ProcessSource::look_when_due() {
  std::uint64_t asked = 0;
  {
    const std::lock_guard lock(mutex_);
    if (is_stopping_) return;
    if (looks_asked_ == looks_done_ && Clock::now() < next_look_) return;
    asked = looks_asked_;
  }
  const auto begin = Clock::now();
  const atm_discovery seen = look();
  host_.count("looks");
  host_.gauge("look_us", std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - begin).count());
  {
    const std::lock_guard lock(mutex_);
    looks_done_ = asked;
    last_look_ = seen;
  }
  changed_.notify_all();
}

void ProcessSource::read_agents() {
  std::uint64_t revision = agents_revision_;
  if (agents_.refresh(revision) != atm::Status::kOk || revision == agents_revision_) return;
  std::vector<std::string> manifests;
  if (agents_.list(manifests) != atm::Status::kOk) return;
  table_ = AgentTable(known_agents(manifests), own_agents_);
  agents_revision_ = revision;
}

atm_discovery ProcessSource::look() {
  const auto now = Clock::now();
  looked_ = now;
  next_look_ = discover_every_ > Clock::duration::zero() ? now + discover_every_ : Clock::time_point::max();
  read_agents();
  const AgentsSeen seen = find_agents(processes_, table_);
  read_sessions();
  has_pending_ = false;
  for (const Agent& agent : seen.agents) {
    const bool is_launcher =
        std::any_of(agent.copies.begin(), agent.copies.end(),
                    [this](const ProcessId& copy) { return process_sessions_.has(copy); });
    if (is_launcher) {
      end_pending(agent.id());
      continue;
    }
    if (process_sessions_.has(agent.id())) {
      const std::string pending = "pending-" + std::to_string(agent.process.pid);
      has_pending_ = has_pending_ || process_sessions_.has(agent.id(), pending);
      continue;
    }
    const auto left = kYoung - std::chrono::nanoseconds(agent.process.age_ns);
    if (left > Clock::duration::zero()) {
      next_look_ = std::min(next_look_, now + left);
    } else if (const unsigned sent = PendingSession(agent, processes_, this_host_)
                                         .tell(host_, &ProcessSource::answered, this)) {
      sent_ += sent;
      has_pending_ = true;
      host_.count("discovered");
    }
  }
  for (const ProcessId& process : seen.others) end_pending(process);
  wait_for_answers();
  host_.gauge("agents", static_cast<std::int64_t>(seen.agents.size()));
  return {sizeof(atm_discovery), 0, seen.agents.size(), seen.unreadable};
}

void ProcessSource::end_pending(const ProcessId& launcher) {
  const std::string session = "pending-" + std::to_string(launcher.pid);
  if (!process_sessions_.has(launcher, session)) return;
  atm::AttrList<3> attrs;
  attrs.add("pid", launcher.pid);
  attrs.add("start_ticks", static_cast<std::int64_t>(launcher.start_ticks));
  attrs.add("reason", "launcher");
  atm::ObservationHead head{"session.ended", session, ""};
  head.origin = "processes";
  head.time_ns = host_.wall_ns();
  atm::ErrorBuffer error;
  const atm_observation observation = atm::make_observation(head, attrs.view());
  if (host_.observe(observation, ATM_EXPECT_PRESENT, nullptr, nullptr, error) == atm::Status::kOk)
    host_.count("launchers");
}

// After the wait, queued events name the sessions that the registry created: the next scan knows them.
void ProcessSource::wait_for_answers() {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, kAnswer, [this] { return answered_ == sent_ || is_stopping_; });
}

void ProcessSource::read_sessions() {
  {
    const std::lock_guard lock(mutex_);
    has_changes_ = false;
  }
  const auto take_one = [this](const atm_event& event) {
    take(event);
    return atm::Status::kOk;
  };
  static_cast<void>(host_.drain(subscription_, 0, take_one));
}

void ProcessSource::take(const atm_event& event) {
  switch (event.kind) {
    case ATM_EVENT_SNAPSHOT_BEGIN:
      return process_sessions_.begin_snapshot();
    case ATM_EVENT_SNAPSHOT_END:
      return process_sessions_.end_snapshot();
    case ATM_EVENT_SESSION_REMOVED:
      return process_sessions_.set(atm::to_view(event.session), {});
    case ATM_EVENT_SNAPSHOT_ITEM:
    case ATM_EVENT_ACTIVITY: {
      const atm::json::Value* sent = reader_.parse(atm::to_view(event.json));
      if (sent == nullptr) return host_.count("unreadable_events");
      if (event.kind == ATM_EVENT_SNAPSHOT_ITEM)
        return process_sessions_.set(atm::to_view(event.session), processes_of(*sent, this_host_));
      if (const auto process = process_bound_by(*sent, this_host_))
        process_sessions_.add(atm::to_view(event.session), *process);
      return;
    }
    default:  // a gap: a snapshot follows
      return;
  }
}

void ProcessSource::settle() {
  std::set<ProcessId> changed = process_sessions_.changed();
  changed.merge(std::exchange(refused_, {}));
  for (const ProcessId& process : changed) {
    const auto it = watches_.find(process);
    if (process_sessions_.has(process) && it == watches_.end()) {
      watch(process);
    } else if (!process_sessions_.has(process) && it != watches_.end()) {
      static_cast<void>(processes_.unwatch(it->second));
      watches_.erase(it);
    }
  }
}

void ProcessSource::watch(const ProcessId& process) {
  std::uint64_t id = 0;
  const atm::Status status =
      processes_.watch(process.pid, process.start_ticks, &ProcessSource::ended, this, id);
  if (status == atm::Status::kOk) {
    watches_.emplace(process, id);
  } else if (status == atm::Status::kFull) {
    refused_.insert(process);
    host_.count("watches_refused");
  }
}

void ProcessSource::take_joins() {
  for (ProcessSessionMap::Join& join : process_sessions_.joined()) {
    // It may be the session for which a pending one stands, in a child of that process.
    if (has_pending_ && !join.session.starts_with("pending-") && discover_every_ > Clock::duration::zero())
      next_look_ = std::min(next_look_, looked_ + kNextLook);
    joins_.push_back(std::move(join));
  }
}

/// Hooks do not report the terminal: its variables are read once for successive sessions of a process.
void ProcessSource::tell_terminals() {
  ProcessId read{};
  Terminal terminal;
  for (; !joins_.empty(); joins_.pop_front()) {
    const auto& [process, session] = joins_.front();
    if (read != process) {
      read = process;
      terminal = terminal_of([&](std::string_view name) {
        std::string value;
        static_cast<void>(processes_.environment(read.pid, read.start_ticks, name, value));
        return value;
      });
    }
    if (terminal.program.empty()) continue;
    atm::AttrList<5> attrs;
    attrs.add("pid", process.pid);
    attrs.add("start_ticks", static_cast<std::int64_t>(process.start_ticks));
    attrs.add("terminal.program", std::string_view(terminal.program));
    if (!terminal.pane.empty()) attrs.add("terminal.pane", std::string_view(terminal.pane));
    if (!terminal.socket.empty()) attrs.add("terminal.socket", std::string_view(terminal.socket));
    atm::ObservationHead bound{"process.bound", session, ""};
    bound.origin = "processes";
    bound.time_ns = host_.wall_ns();
    atm::ErrorBuffer error;
    const atm_observation observation = atm::make_observation(bound, attrs.view());
    // The session may have ended meanwhile.
    const atm::Status status = host_.observe(observation, ATM_EXPECT_PRESENT, nullptr, nullptr, error);
    if (status == atm::Status::kBusy) return;  // retried in a moment
    host_.count(status == atm::Status::kOk ? "terminals" : "terminals_refused");
  }
}

void ProcessSource::collect_exits() {
  std::vector<ProcessId> ended;
  {
    const std::lock_guard lock(mutex_);
    ended.swap(ended_);
  }
  for (const ProcessId& process : ended) {
    watches_.erase(process);
    for (const std::string& session : process_sessions_.take(process)) exits_.push_back({process, session});
  }
}

void ProcessSource::report() {
  while (!exits_.empty()) {
    const Exit& exit = exits_.front();
    atm::AttrList<2> attrs;
    attrs.add("pid", exit.process.pid);
    attrs.add("start_ticks", static_cast<std::int64_t>(exit.process.start_ticks));
    atm::ObservationHead head{"process.exited", exit.session, ""};
    head.origin = "processes";
    head.time_ns = host_.wall_ns();
    atm::ErrorBuffer error;
    const atm_observation observation = atm::make_observation(head, attrs.view());
    const atm::Status status = host_.observe(observation, ATM_EXPECT_ANY, nullptr, nullptr, error);
    if (status == atm::Status::kBusy) return;  // retried in a moment
    host_.count(status == atm::Status::kOk ? "exits" : "exits_refused");
    exits_.pop_front();
  }
}

}  // namespace processes
