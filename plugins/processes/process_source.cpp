// SPDX-License-Identifier: MIT
#include "process_source.hpp"

#include <algorithm>
#include <atm/plugin/live_sessions.hpp>
#include <atm/plugin/thread.hpp>
#include <exception>
#include <utility>

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
  const ServerViews views = look_at_servers(seen);
  for (const Agent& agent : seen.agents) {
    if (views.shown.count(agent.id()) != 0) {
      end_pending(agent.id(), "shown");
      continue;
    }
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

ServerViews ProcessSource::look_at_servers(const AgentsSeen& seen) {
  has_servers_ = !seen.servers.empty();
  if (!has_servers_ && told_servers_.empty()) return {};
  std::map<ProcessId, std::string> servers;
  std::vector<std::string_view> agents;
  for (const Agent& server : seen.servers) {
    servers.emplace(server.id(), server.agent);
    agents.push_back(server.agent);
  }
  std::vector<ServerSession> sessions;
  std::map<std::string, ProcessId> server_of;
  if (has_servers_) {
    for (atm::LiveSession& session : atm::live_sessions(host_, agents)) {
      const ProcessId process{session.pid, session.start_ticks};
      if (servers.count(process) == 0) continue;
      server_of.emplace(session.id, process);
      sessions.push_back({std::move(session.id), std::move(session.agent), std::move(session.cwd)});
    }
  }
  std::vector<const Agent*> alone;
  for (const Agent& agent : seen.agents) {
    const std::string pending = "pending-" + std::to_string(agent.process.pid);
    if (!process_sessions_.has(agent.id()) || process_sessions_.has(agent.id(), pending))
      alone.push_back(&agent);
  }
  ServerViews views = find_views(alone, sessions);
  tell_servers(server_of);
  tell_views(views, server_of);
  return views;
}

void ProcessSource::tell_servers(const std::map<std::string, ProcessId>& servers) {
  std::map<std::string, ProcessId> told;
  for (const auto& [session, process] : servers) {
    const auto known = told_servers_.find(session);
    const bool is_known = known != told_servers_.end() && known->second == process;
    if (is_known || tell_role(session, "server", nullptr, process)) told.emplace(session, process);
  }
  told_servers_ = std::move(told);
}

void ProcessSource::tell_views(const ServerViews& views, const std::map<std::string, ProcessId>& servers) {
  std::map<std::string, ProcessId> told;
  for (const auto& [session, server] : servers) {
    const auto view = views.of.find(session);
    const ProcessId now = view == views.of.end() ? ProcessId{} : view->second->id();
    const auto known = told_views_.find(session);
    const ProcessId before = known == told_views_.end() ? ProcessId{} : known->second;
    const bool is_told =
        now == before || tell_role(session, "ui", view == views.of.end() ? nullptr : view->second, now);
    const ProcessId is = is_told ? now : before;
    if (is != ProcessId{}) told.emplace(session, is);
  }
  told_views_ = std::move(told);
}

bool ProcessSource::tell_role(const std::string& session, std::string_view role, const Agent* view,
                              const ProcessId& process) {
  const std::optional<PendingSession> place =
      view == nullptr ? std::nullopt
                      : std::optional<PendingSession>(std::in_place, *view, processes_, this_host_);
  return observe("process.bound", session, process, ATM_EXPECT_PRESENT, [&](Attributes& attrs) {
           attrs.add("role", role);
           if (place) place->add_terminal(attrs);
         }) == atm::Status::kOk;
}

void ProcessSource::end_pending(const ProcessId& process, std::string_view reason) {
  const std::string session = "pending-" + std::to_string(process.pid);
  if (!process_sessions_.has(process, session)) return;
  const auto status = observe("session.ended", session, process, ATM_EXPECT_PRESENT,
                              [&](Attributes& attrs) { attrs.add("reason", reason); });
  if (status == atm::Status::kOk) host_.count(reason == "launcher" ? "launchers" : "shown");
}

/// `add` adds further attributes, whose texts are borrowed until the return.
template <class Add>
atm::Status ProcessSource::observe(std::string_view type, const std::string& session,
                                   const ProcessId& process, std::uint32_t expect, const Add& add) {
  Attributes attrs;
  if (process.pid > 0) {
    attrs.add("pid", process.pid);
    attrs.add("start_ticks", static_cast<std::int64_t>(process.start_ticks));
  }
  add(attrs);
  atm::ObservationHead head{type, session, ""};
  head.origin = "processes";
  head.time_ns = host_.wall_ns();
  atm::ErrorBuffer error;
  return host_.observe(atm::make_observation(head, attrs.view()), expect, nullptr, nullptr, error);
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
    const bool may_change = has_pending_ || has_servers_;
    if (may_change && !join.session.starts_with("pending-") && discover_every_ > Clock::duration::zero())
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
    // The session may have ended meanwhile.
    const auto status =
        observe("process.bound", session, process, ATM_EXPECT_PRESENT, [&](Attributes& attrs) {
          attrs.add("terminal.program", std::string_view(terminal.program));
          if (!terminal.pane.empty()) attrs.add("terminal.pane", std::string_view(terminal.pane));
          if (!terminal.socket.empty()) attrs.add("terminal.socket", std::string_view(terminal.socket));
        });
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
  for (; !exits_.empty(); exits_.pop_front()) {
    const auto& [process, session] = exits_.front();
    const auto status = observe("process.exited", session, process, ATM_EXPECT_ANY, [](Attributes&) {});
    if (status == atm::Status::kBusy) return;  // retried in a moment
    host_.count(status == atm::Status::kOk ? "exits" : "exits_refused");
  }
}

}  // namespace processes
