// SPDX-License-Identifier: MIT
#include "world.hpp"

#include <atm/plugin/entry.hpp>
#include <stdexcept>
#include <utility>
#include <vector>

#include "kernel/plugins/borrowed_hooks.hpp"
#include "kernel/registry/stated_capabilities.hpp"
#include "plugins/manifest/manifest.hpp"
#include "support/installed_agents.hpp"

extern "C" const atm_plugin atm_plugin_v1;

namespace atm::gauntlet {
namespace {

constexpr Nanos kStep = std::chrono::milliseconds(250);
constexpr Nanos kCleanUpEvery = std::chrono::seconds(1);
constexpr Nanos kRepeatEvery = std::chrono::seconds(30);
constexpr std::int64_t kOwnNamespace = 4026531836;

kernel::RegistryActorOptions registry_options(std::function<std::int64_t()> clock, std::string& death) {
  kernel::RegistryActorOptions options;
  options.monotonic_ns = std::move(clock);
  options.on_death = [&death](std::string_view why) { death = why; };
  return options;
}

const std::vector<std::string>& manifest_texts() {
  static const std::vector<std::string> texts = test::installed_agents();
  return texts;
}

/// The parser of the agents that a manifest describes. One for all worlds: it keeps no state.
const testing::PluginInstance& manifests() {
  static testing::FakeHost host;
  static const testing::PluginInstance instance = [] {
    host.set_agents(manifest_texts());
    return testing::PluginInstance(detail::Entry<manifest::Manifest>::kPlugin, host);
  }();
  return instance;
}

const kernel::BorrowedHooks& borrowed_hooks() {
  static const kernel::BorrowedHooks hooks = [] {
    kernel::BorrowedHooks all;
    for (const std::string& manifest : manifest_texts()) all.add(manifest);
    return all;
  }();
  return hooks;
}

kernel::Observation copy(const testing::OwnedObservation& from) {
  const std::vector<atm_attr> attrs = testing::borrow(from.attrs);
  atm_observation view{};
  view.size = sizeof view;
  view.time_ns = from.time_ns;
  view.type = kernel::str_of(from.type);
  view.session = kernel::str_of(from.session);
  view.agent = kernel::str_of(from.agent);
  view.actor = kernel::str_of(from.actor);
  view.origin = kernel::str_of(from.origin);
  view.attrs = attrs.data();
  view.attr_count = attrs.size();
  return kernel::Observation::copy(view).value();
}

}  // namespace

World::World(Processes processes) : processes_(processes), parser_(atm_plugin_v1, host_) {
  start();
}

void World::start() {
  bus_.emplace(kernel::BusOptions{.epoch = 1});
  registry_.emplace(registry_options([this] { return mono_ns(); }, death_), *bus_);
  view_.connect(*bus_);
  if (!store_.checkpoint.empty() && !registry_->restore(store_.checkpoint))
    throw std::runtime_error("the registry refuses its checkpoint");
  for (const testing::OwnedInput& input : store_.inputs) {
    input.lend([this](const atm_stored& one) {
      if (registry_->replay(one) != ATM_OK) throw std::runtime_error("the registry refuses its own input");
    });
  }
  registry_->finish_restore(0, false);
  kernel::CapabilitiesByAgent capabilities;
  for (const std::string& agent : manifest_texts()) kernel::add_capabilities(capabilities, agent);
  if (registry_->set_capabilities(std::move(capabilities)) != ATM_OK)
    throw std::runtime_error("the registry is full");
  registry_->connect({store_.table(), store_.instance()});
  exits_told_.clear();
  tick();
  settle();
}

void World::tell(DaemonNews news) {
  if (news == DaemonNews::kStarted) {
    start();
    const std::vector<Record> waiting = std::move(spool_);
    spool_.clear();
    for (const Record& record : waiting) {
      if (record.is_entry() || record.is_transcript()) give(record);
    }
    for (const Record& record : waiting) {
      if (!record.is_entry() && !record.is_transcript()) give(record);
    }
    return;
  }
  if (news == DaemonNews::kStopped) {
    registry_->stop();
    registry_->run();
  }
  view_.disconnect();
  registry_.reset();
  bus_.reset();
}

/// Of a session file, only its newest content waits; it is a file and no message.
void World::wait_for_daemon(const Record& record) {
  if (record.is_entry()) {
    std::erase_if(spool_, [&record](const Record& other) {
      return other.is_entry() && other.entry_of == record.entry_of &&
             (record.entry_of != 0 || other.session == record.session);
    });
  }
  spool_.push_back(record);
}

void World::pass_until(Nanos at) {
  for (; next_ <= at; next_ += kStep) {
    now_ = next_;
    if (!registry_) continue;
    if (now_ % kCleanUpEvery == Nanos(0)) tick();
    if (now_ % kRepeatEvery == Nanos(0)) repeat_entries();
    settle();
  }
  now_ = at;
}

void World::tick() {
  kernel::Tick tick;
  tick.wall = Timestamp(Nanos(wall_ns()));
  tick.mono_ns = mono_ns();
  if (processes_ == Processes::kWatched) {
    tick.verify = [this](const ProcessPlace& where) {
      if (!where.pid || !where.process_start_ticks || where.pid_ns) return kernel::Liveness::kUnknown;
      return liveness(*where.pid, *where.process_start_ticks);
    };
  }
  static_cast<void>(registry_->tick(std::move(tick)));
}

kernel::Liveness World::liveness(std::int64_t pid, std::uint64_t start_ticks) const {
  const auto found = table_.find(pid);
  if (found == table_.end()) return kernel::Liveness::kUnknown;
  const ProcessState state = found->second.state;
  const bool has_ended = state == ProcessState::kExited || state == ProcessState::kZombie;
  if (found->second.start_ticks != start_ticks || has_ended) return kernel::Liveness::kGone;
  return state == ProcessState::kStopped ? kernel::Liveness::kStopped : kernel::Liveness::kAlive;
}

bool World::is_ours(const Record& record) const {
  const auto found = record.context.find("pid_ns");
  return found == record.context.end() || found->second == testing::OwnedValue(kOwnNamespace);
}

// As in the kernel: translates the pids of another PID namespace before the registry gets them.
void World::relocate(const Record& record, testing::OwnedObservation& observation) const {
  const auto pid = observation.attrs.find("pid");
  if (is_ours(record) || pid == observation.attrs.end()) return;
  const testing::OwnedValue pid_ns = record.context.at("pid_ns");
  for (const auto& [here, process] : table_) {
    const bool is_it = pid_ns == testing::OwnedValue(process.pid_ns) &&
                       pid->second == testing::OwnedValue(process.ns_pid) &&
                       observation.attrs["start_ticks"] ==
                           testing::OwnedValue(static_cast<std::int64_t>(process.start_ticks));
    if (!is_it || processes_ == Processes::kUnknown) continue;
    pid->second = here;
    return;
  }
  observation.attrs["pid_ns"] = pid_ns;
}

// As in the source of session files: a session file without a visible process remains.
void World::repeat_entries() {
  const std::map<std::int64_t, Record> entries = foreign_entries_;
  for (const auto& [pid, record] : entries) tell(record);
}

// As in the source of session files: a session file without its process is no evidence.
bool World::is_left_behind(const Record& record) const {
  return processes_ == Processes::kWatched && record.entry_of != 0 && is_ours(record) && !record.is_gone &&
         liveness(record.entry_of, record.entry_ticks) == kernel::Liveness::kGone;
}

void World::tell(const Record& record) {
  if (registry_) {
    give(record);
  } else {
    wait_for_daemon(record);
  }
}

void World::give(const Record& record) {
  if (is_left_behind(record)) return;
  // No manifest describes the hooks of the agents that borrow them.
  if (!borrowed_hooks().owner_of(record.channel, record.payload).empty()) return;
  testing::OwnedRecord given{record.channel, record.payload, record.context,
                             kBeginNs + (record.sent + slept_ + stepped_).count()};
  const bool is_claude = record.channel.starts_with("claude_code/");
  const testing::ParseResult result = (is_claude ? parser_ : manifests()).parse(given);
  const bool is_refused = result.status != Status::kOk && result.status != Status::kSkip;
  if (is_refused != record.is_torn)
    throw std::runtime_error(is_refused ? "refused: " + result.error : "a torn record was not refused");
  if (record.is_entry() && !is_ours(record)) {
    foreign_entries_.erase(record.entry_of);
    if (!record.is_gone) foreign_entries_.emplace(record.entry_of, record);
  }
  std::vector<kernel::Observation> observations;
  for (testing::OwnedObservation one : result.observations) {
    relocate(record, one);
    observations.push_back(copy(one));
  }
  if (registry_->observe_all(std::move(observations)) != ATM_OK)
    throw std::runtime_error("the registry is full");
  settle();
}

void World::tell(const ProcessNews& news) {
  table_[news.pid] = {news.start_ticks, news.state, news.pid_ns, news.ns_pid};
  if (processes_ == Processes::kUnknown || !registry_) return;
  if (news.is_discovered) {
    const testing::OwnedObservation begun{"session.started",
                                          SessionId::pending(news.pid).str(),
                                          "claude_code",
                                          "",
                                          "processes",
                                          wall_ns(),
                                          {{"source", std::string("discovered")}, {"cwd", news.cwd}}};
    const testing::OwnedObservation bound{
        "process.bound",
        begun.session,
        begun.agent,
        "",
        begun.origin,
        begun.time_ns,
        {{"pid", news.pid}, {"start_ticks", static_cast<std::int64_t>(news.start_ticks)}}};
    observe(begun);
    observe(bound);
  }
  const std::string pending = SessionId::pending(news.pid).str();
  if (news.asks_at_start && view_.find(pending) != nullptr) {
    observe({"state.reported",
             pending,
             "claude_code",
             "",
             "claude_code/startup",
             wall_ns(),
             {{"state", std::string("waiting")}, {"reason", std::string("startup")}}});
  }
  settle();
}

void World::tell(const Acknowledge& one) {
  if (!registry_) return;
  observe({"attention.acknowledged", one.session, "claude_code", "", "client", wall_ns(), {}});
  settle();
}

void World::tell(const Observed& observed) {
  if (!registry_) return;
  testing::OwnedObservation one = observed.observation;
  one.time_ns = kBeginNs + (observed.sent + slept_ + stepped_).count();
  observe(one);
  settle();
}

// No process runs during suspend; the first clean-up after it sees the whole time step.
void World::tell(const Sleep& sleep) {
  slept_ += sleep.duration;
}

void World::observe(const testing::OwnedObservation& observation) {
  if (registry_->observe(copy(observation)) != ATM_OK) throw std::runtime_error("the registry is full");
}

void World::settle() {
  registry_->run_until_idle();
  view_.drain(now_);
  report_exits();
  if (!death_.empty()) throw std::runtime_error("the registry died: " + death_);
}

// As in the source of processes: reports the end of a session's process once.
void World::report_exits() {
  if (processes_ == Processes::kUnknown) return;
  std::vector<testing::OwnedObservation> exits;
  for (const auto& [id, session] : view_.sessions()) {
    const SessionRuntime& where = session.runtime;
    if (!where.pid || !where.process_start_ticks || where.pid_ns) continue;
    if (liveness(*where.pid, *where.process_start_ticks) != kernel::Liveness::kGone) continue;
    if (!exits_told_.emplace(id, *where.pid, *where.process_start_ticks).second) continue;
    exits.push_back(
        {"process.exited",
         id,
         "claude_code",
         "",
         "processes",
         wall_ns(),
         {{"pid", *where.pid}, {"start_ticks", static_cast<std::int64_t>(*where.process_start_ticks)}}});
  }
  if (exits.empty()) return;
  for (const testing::OwnedObservation& one : exits) observe(one);
  registry_->run_until_idle();
  view_.drain(now_);
}

}  // namespace atm::gauntlet
