// SPDX-License-Identifier: MIT
#include "sources/sources.hpp"

#include <atm/plugin/thread.hpp>
#include <chrono>
#include <exception>
#include <utility>

namespace claude_code {

using atm::Status;

namespace {

// Limit of the wait of discover() for session files in directories that are newly watched.
constexpr std::chrono::milliseconds kDiscoverTime{250};

}  // namespace

Sources::Sources(const atm::Host& host, std::string_view config_json)
    : host_(host),
      files_(host),
      processes_(host),
      default_dir_(default_config_dir()),
      options_(SourceOptions::read(config_json, default_dir_)),
      transcripts_(host),
      index_([this] { leave_word(has_sessions_); }),
      startup_questions_(host, index_) {}

Status Sources::start(atm::ErrorText& error) {
  if (!has_services()) {
    error.set(
        "this atmd has no atm.host.files/1 or atm.host.processes/1, so only hooks are read; update atmd");
    return Status::kUnsupported;
  }
  if (options_.transcripts) subscribe();
  if (options_.discover_every.count() > 0) {
    const std::int64_t period_ns = std::chrono::nanoseconds(options_.discover_every).count();
    static_cast<void>(host_.start_timer(period_ns, period_ns, &Sources::due, this, timer_));
  }
  try {
    thread_ = atm::start_thread("atm-claude", [this] { run(); });
  } catch (const atm::ThreadError&) {
    release();
    throw;
  }
  return Status::kOk;
}

Status Sources::stop(std::uint32_t /*deadline_ms*/) {
  stop_now();
  return Status::kOk;
}

void Sources::stop_now() {
  if (!thread_.joinable()) return;
  leave_word(is_stopping_);
  thread_.join();
  release();
}

void Sources::release() {
  if (timer_ != 0) static_cast<void>(host_.cancel_timer(std::exchange(timer_, 0)));
  if (subscription_ != 0) static_cast<void>(host_.unsubscribe(std::exchange(subscription_, 0)));
  transcripts_.clear();
  const std::lock_guard lock(looking_);
  directories_.clear();  // they leave word, which nobody reads
}

bool Sources::has_services() const noexcept {
  return files_.is_there() && processes_.is_there();
}

void Sources::subscribe() {
  atm_subscription_options options{};
  options.size = sizeof options;
  options.ready = &Sources::ready;
  options.context = this;
  options.activity = 1;
  options.type = atm::to_c(std::string_view("session.started"));
  atm::ErrorBuffer why;
  if (host_.subscribe(options, subscription_, why) != Status::kOk)
    host_.log(atm::LogLevel::kWarn, "transcripts are not followed", {atm::attr("error", why.view())});
}

void Sources::ready(void* context, std::uint64_t /*subscription*/) {
  auto& self = *static_cast<Sources*>(context);
  self.leave_word(self.has_events_);
}

void Sources::due(void* context, std::uint64_t /*timer*/) {
  auto& self = *static_cast<Sources*>(context);
  self.leave_word(self.is_due_);
}

void Sources::leave_word(bool& word) {
  {
    const std::lock_guard lock(mutex_);
    word = true;
  }
  changed_.notify_all();
}

void Sources::run() {
  try {
    for (;;) {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return is_stopping_ || has_events_ || has_sessions_ || is_due_; });
      if (is_stopping_) return;
      const bool has_events = std::exchange(has_events_, false);
      const bool has_sessions = std::exchange(has_sessions_, false);
      const bool is_due = std::exchange(is_due_, false);
      lock.unlock();
      if (has_events) read_events();
      if (has_sessions) read_sessions();
      if (is_due) static_cast<void>(look(options_.discover_every.count() > 0));
    }
  } catch (const std::exception& e) {
    host_.log(atm::LogLevel::kError, "the source has stopped; no further sessions are found in files",
              {atm::attr("error", std::string_view(e.what()))});
  }
}

void Sources::read_events() {
  const auto take_one = [this](const atm_event& event) {
    transcripts_.take(event);
    return Status::kOk;
  };
  static_cast<void>(host_.drain(subscription_, 0, take_one));
}

void Sources::read_sessions() {
  erase_ended();
  const std::vector<SessionFileIndex::Entry> sessions = index_.sessions();
  host_.gauge("session_files", static_cast<std::int64_t>(sessions.size()));
  if (options_.transcripts) transcripts_.settle(sessions);
}

std::vector<RunningClient> Sources::look(bool for_clients) {
  const std::lock_guard lock(looking_);
  std::vector<RunningClient> clients;
  if (for_clients) clients = running_clients(processes_, default_dir_);
  std::set<std::string> config_dirs = options_.config_dirs;
  for (const RunningClient& client : clients) {
    if (!client.config_dir.empty()) config_dirs.insert(client.config_dir);
  }
  watch(config_dirs);
  erase_ended();
  for (const auto& [config_dir, directory] : directories_) directory->repeat();
  if (for_clients) startup_questions_.look(clients);
  return clients;
}

// A killed agent process leaves its file behind. Its session ends with the process; reading its transcript again would
// restore the session.
void Sources::erase_ended() {
  index_.erase_ended([this](const ProcessClaim& process) { return !process.living(processes_); });
}

void Sources::watch(const std::set<std::string>& config_dirs) {
  for (auto it = directories_.begin(); it != directories_.end();)
    it = config_dirs.count(it->first) == 0 ? directories_.erase(it) : std::next(it);
  for (const std::string& config_dir : config_dirs) {
    if (directories_.count(config_dir) != 0) continue;
    auto directory = std::make_unique<SessionDirectory>(host_, index_, config_dir);
    if (directory->open() == Status::kOk) {
      directories_.emplace(config_dir, std::move(directory));
    } else {
      host_.count("directories_refused");
    }
  }
  host_.gauge("directories", static_cast<std::int64_t>(directories_.size()));
}

Status Sources::discover(atm_discovery& result, atm::ErrorText& /*error*/) {
  const auto until = std::chrono::steady_clock::now() + kDiscoverTime;
  for (const RunningClient& client : look(true))
    static_cast<void>(index_.wait_for({client.pid, client.start_ticks}, until));
  result.found = index_.count(SessionFileIndex::Kind::kSession);
  result.failed = index_.count(SessionFileIndex::Kind::kUnreadable);
  return Status::kOk;
}

}  // namespace claude_code
