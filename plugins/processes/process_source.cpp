// SPDX-License-Identifier: MIT
#include "process_source.hpp"

#include <chrono>
#include <exception>
#include <utility>

namespace processes {
namespace {

// News of sessions is read in turns: one that changes a thousand times in a turn is read once. It bounds how
// late a new process is watched, and how soon we ask again for what the host could not take; ends are taken at
// once.
constexpr std::chrono::milliseconds kTurn{100};
// A gap would cost a snapshot of all sessions, so one turn's worth of a flood must fit.
constexpr std::uint32_t kMaxBindings = 16 * 1024;

}  // namespace

ProcessSource::ProcessSource(const atm::Host& host, std::string_view /*config_json*/)
    : host_(host), processes_(host), this_host_(host_name()) {}

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
  thread_ = std::thread([this] { run(); });
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
    self.has_news_ = true;
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

void ProcessSource::run() {
  try {
    do {
      read_sessions();
      settle();
      collect_exits();
      report();
      host_.gauge("watched", static_cast<std::int64_t>(watches_.size()));
    } while (wait());
  } catch (const std::exception& e) {
    host_.log(atm::LogLevel::kError, "ends of processes are seen at clean-up only",
              {atm::attr("error", std::string_view(e.what()))});
  }
}

bool ProcessSource::wait() {
  std::unique_lock lock(mutex_);
  const auto is_urgent = [this] { return is_stopping_ || !ended_.empty(); };
  if (!changed_.wait_for(lock, kTurn, is_urgent) && exits_.empty() && refused_.empty()) {
    changed_.wait(lock, [&] { return is_urgent() || has_news_; });
  }
  return !is_stopping_;
}

void ProcessSource::read_sessions() {
  {
    const std::lock_guard lock(mutex_);
    has_news_ = false;
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
      return roster_.begin_snapshot();
    case ATM_EVENT_SNAPSHOT_END:
      return roster_.end_snapshot();
    case ATM_EVENT_SESSION_REMOVED:
      return roster_.set(atm::to_view(event.session), std::nullopt);
    case ATM_EVENT_SNAPSHOT_ITEM:
    case ATM_EVENT_ACTIVITY: {
      const atm::json::Value* told = reader_.parse(atm::to_view(event.json));
      if (told == nullptr) return host_.count("unreadable_events");
      const bool is_session = event.kind == ATM_EVENT_SNAPSHOT_ITEM;
      return roster_.set(atm::to_view(event.session),
                         is_session ? process_of(*told, this_host_) : process_bound_by(*told, this_host_));
    }
    default:  // a gap: a snapshot follows
      return;
  }
}

void ProcessSource::settle() {
  std::set<ProcessId> changed = roster_.changed();
  changed.merge(std::exchange(refused_, {}));
  for (const ProcessId& process : changed) {
    const auto it = watches_.find(process);
    if (roster_.has(process) && it == watches_.end()) {
      watch(process);
    } else if (!roster_.has(process) && it != watches_.end()) {
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

void ProcessSource::collect_exits() {
  std::vector<ProcessId> ended;
  {
    const std::lock_guard lock(mutex_);
    ended.swap(ended_);
  }
  for (const ProcessId& process : ended) {
    watches_.erase(process);
    for (const std::string& session : roster_.take(process)) exits_.push_back({process, session});
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
    if (status == atm::Status::kBusy) return;  // again in a moment
    host_.count(status == atm::Status::kOk ? "exits" : "exits_refused");
    exits_.pop_front();
  }
}

}  // namespace processes
