// SPDX-License-Identifier: MIT
#include "kernel/registry/actor/registry_actor.hpp"

#include <algorithm>
#include <exception>
#include <type_traits>
#include <utility>

#include "kernel/system/callback_scope.hpp"

namespace atm::kernel {
namespace {

// A full mailbox holds thousands of observations; this bounds the delay of a waiting client.
constexpr std::size_t kFlushEvery = 256;

atm_status status_of(Push push) noexcept {
  switch (push) {
    case Push::kTaken:
      return ATM_OK;
    case Push::kFull:
      return ATM_E_BUSY;
    case Push::kClosed:
      break;
  }
  return ATM_E_CLOSED;
}

}  // namespace

RegistryActor::RegistryActor(RegistryActorOptions options, Bus& bus)
    : options_(std::move(options)),
      bus_(bus),
      mailbox_(options_.mailbox),
      analyzers_(options_.monotonic_ns),
      events_(bus, options_.encoder),
      registry_(options_, analyzers_, journal_, events_) {
  bus_.on_snapshot_wanted([this] { mailbox_.poke(); });
  share_counts();
}

RegistryActor::~RegistryActor() {
  bus_.on_snapshot_wanted(nullptr);
  mailbox_.close();
  Batch batch;
  while (mailbox_.take(batch)) refuse_all(batch);
}

bool RegistryActor::restore(std::string_view checkpoint) {
  BoundedCounters dropped_busy;
  if (!registry_.restore(checkpoint, dropped_busy)) return false;
  share_counts();
  const std::lock_guard lock(stats_mutex_);
  shared_.dropped_busy = std::move(dropped_busy);
  return true;
}

atm_status RegistryActor::replay(const atm_stored& input) {
  const atm_status status = registry_.replay(input);
  events_.publish();
  return status;
}

void RegistryActor::finish_restore(std::uint64_t next_seq, bool is_unclean) {
  registry_.finish_restore(next_seq, is_unclean);
  share_counts();
}

atm_status RegistryActor::observe(Observation&& observation, std::uint32_t expect, atm_ingest_done done,
                                  void* context) {
  Message message(std::in_place_type<Ingest>, Ingest{std::move(observation), expect, done, context, {}});
  const Push push = mailbox_.push(Lane::kData, std::move(message));
  if (push == Push::kFull) count_busy(std::get<Ingest>(message).observation);
  return status_of(push);
}

atm_status RegistryActor::observe_all(std::vector<Observation>&& observations) {
  if (observations.size() > mailbox_.capacity()) return ATM_E_TOO_LARGE;
  thread_local std::vector<Message> messages;  // keeps its memory
  messages.clear();
  std::optional<ProcessKey> from;
  for (const Observation& observation : observations) {
    if (observation.type() == ObservationType::kProcessBound && !from) from = process_in(observation);
  }
  for (Observation& observation : observations) {
    messages.emplace_back(std::in_place_type<Ingest>,
                          Ingest{std::move(observation), ATM_EXPECT_ANY, nullptr, nullptr, from});
  }
  const Push push = mailbox_.push_all(Lane::kData, std::move(messages));
  if (push == Push::kFull) {
    // NOLINTNEXTLINE(bugprone-use-after-move)
    for (const Message& message : messages) count_busy(std::get<Ingest>(message).observation);
  }
  messages.clear();
  return status_of(push);
}

atm_status RegistryActor::snapshot(std::string_view session, atm_snapshot_done done, void* context) {
  return status_of(
      mailbox_.push(Lane::kData, Message(std::in_place_type<SnapshotRequest>,
                                         SnapshotRequest{std::string(session), done, context, {}})));
}

atm_status RegistryActor::snapshot_of(std::vector<std::string> agents, atm_snapshot_done done,
                                      void* context) {
  return status_of(mailbox_.push(
      Lane::kData,
      Message(std::in_place_type<SnapshotRequest>, SnapshotRequest{{}, done, context, std::move(agents)})));
}

atm_status RegistryActor::tick(Tick tick) {
  return status_of(mailbox_.push(Lane::kControl, Message(std::move(tick))));
}

atm_status RegistryActor::set_capabilities(CapabilitiesByAgent capabilities) {
  return status_of(mailbox_.push(Lane::kControl, Message(std::move(capabilities))));
}

atm_status RegistryActor::probe(std::function<void()> answer) {
  return status_of(mailbox_.push(Lane::kControl, Message(Probe{std::move(answer)})));
}

void RegistryActor::stop() {
  mailbox_.close();
}

void RegistryActor::run() noexcept {
  Batch batch;
  try {
    while (mailbox_.wait_take(batch, until_due())) work(batch);
    if (journal_.is_ahead()) write_checkpoint();
    bus_.close();
  } catch (const std::exception& failure) {
    die(batch, failure.what());
  } catch (...) {
    die(batch, "unknown exception");
  }
}

void RegistryActor::run_until_idle() noexcept {
  Batch batch;
  try {
    do {
      static_cast<void>(mailbox_.take(batch));
      work(batch);
    } while (mailbox_.depth() != 0);
  } catch (const std::exception& failure) {
    die(batch, failure.what());
  } catch (...) {
    die(batch, "unknown exception");
  }
}

void RegistryActor::work(Batch& batch) {
  const CallbackScope scope;
  registry_.advance_to(options_.monotonic_ns());
  for (Message& message : batch.control) handle(message);
  std::size_t handled = 0;
  for (Message& message : batch.data) {
    handle(message);
    if (++handled % kFlushEvery == 0) flush();
  }
  // Process all input before the timeouts run.
  registry_.run_due_timeouts();
  flush();
}

std::optional<std::chrono::nanoseconds> RegistryActor::until_due() {
  const auto due_ns = registry_.due_in(options_.monotonic_ns());
  if (!due_ns) return std::nullopt;
  // Awake time may stand still while monotonic time advances; this avoids a busy loop.
  constexpr std::int64_t kShortest = 1'000'000;
  return std::chrono::nanoseconds(std::max(*due_ns, kShortest));
}

void RegistryActor::handle(Message& message) {
  if (auto* one = std::get_if<Ingest>(&message)) {
    const atm_status status = registry_.ingest(one->observation, one->expect, one->from);
    if (one->done != nullptr)
      completions_.push_back({std::exchange(one->done, nullptr), one->context, status});
  } else if (auto* request = std::get_if<SnapshotRequest>(&message)) {
    flush();
    answer(*request);
  } else if (const auto* probe = std::get_if<Probe>(&message)) {
    probe->answer();
  } else if (auto* capabilities = std::get_if<CapabilitiesByAgent>(&message)) {
    registry_.set_capabilities(std::move(*capabilities));
  } else {
    registry_.clean_up(std::get<Tick>(message));
  }
}

void RegistryActor::flush() {
  const bool wants_checkpoint = journal_.flush();
  events_.publish();
  share_counts();
  if (wants_checkpoint) write_checkpoint();
  for (Completion& completion : completions_) {
    if (const auto done = std::exchange(completion.done, nullptr))
      done(completion.context, completion.status);
  }
  completions_.clear();
  if (bus_.snapshot_wanted()) bus_.serve_snapshots(*this);
}

void RegistryActor::answer(SnapshotRequest& request) {
  std::vector<SessionEntry*> entries;
  if (request.session.empty()) {
    entries = registry_.sessions();
    if (!request.agents.empty()) {
      std::erase_if(entries, [&](const SessionEntry* entry) {
        const auto& agents = request.agents;
        return std::find(agents.begin(), agents.end(), entry->state.domain.agent) == agents.end();
      });
    }
  } else if (SessionEntry* entry = registry_.find(request.session)) {
    entries.push_back(entry);
  }
  std::vector<atm_str> items;
  items.reserve(entries.size());
  for (SessionEntry* entry : entries) items.push_back(str_of(*events_.json_of(*entry)));
  const bool is_missing = entries.empty() && !request.session.empty();
  const auto done = std::exchange(request.done, nullptr);
  done(request.context, is_missing ? ATM_E_NOT_FOUND : ATM_OK, registry_.seq(), items.data(), items.size());
}

// Closes everything, so that no caller waits for an answer and no subscriber mistakes a failed registry for a quiet
// one.
void RegistryActor::die(Batch& batch, std::string_view why) noexcept {
  dead_.store(true, std::memory_order_release);
  mailbox_.close();
  for (const Completion& completion : std::exchange(completions_, {})) {
    if (completion.done != nullptr) completion.done(completion.context, ATM_E_CLOSED);
  }
  refuse_all(batch);
  while (mailbox_.take(batch)) refuse_all(batch);
  bus_.close();
  if (options_.on_death) options_.on_death(why);
}

void RegistryActor::refuse_all(Batch& batch) noexcept {
  for (auto* lane : {&batch.control, &batch.data}) {
    for (Message& message : *lane) {
      if (const auto* one = std::get_if<Ingest>(&message); one != nullptr && one->done != nullptr) {
        one->done(one->context, ATM_E_CLOSED);
      } else if (const auto* request = std::get_if<SnapshotRequest>(&message);
                 request != nullptr && request->done != nullptr) {
        request->done(request->context, ATM_E_CLOSED, 0, nullptr, 0);
      }
    }
  }
}

std::vector<EventPtr> RegistryActor::snapshot_all() {
  std::vector<EventPtr> items;
  const std::vector<SessionEntry*> entries = registry_.sessions();
  items.reserve(entries.size());
  for (SessionEntry* entry : entries) items.push_back(snapshot_item(*entry));
  return items;
}

EventPtr RegistryActor::snapshot_one(std::string_view session) {
  SessionEntry* entry = registry_.find(session);
  return entry == nullptr ? nullptr : snapshot_item(*entry);
}

EventPtr RegistryActor::snapshot_item(SessionEntry& entry) {
  auto item = std::make_shared<Event>();
  item->kind = ATM_EVENT_SNAPSHOT_ITEM;
  item->seq = registry_.seq();
  item->rev = entry.state.domain.rev;
  item->session = entry.state.domain.id.view();
  item->json = events_.json_of(entry);
  return item;
}

RegistryStats RegistryActor::stats() const {
  RegistryStats stats;
  {
    const std::lock_guard lock(stats_mutex_);
    stats = shared_;
  }
  stats.dead = is_dead();
  stats.mailbox_depth = mailbox_.depth();
  stats.mailbox_capacity = mailbox_.capacity();
  return stats;
}

void RegistryActor::share_counts() {
  const RegistryCounts& counts = registry_.counts();
  const auto update = [](BoundedCounters& to, const BoundedCounters& from) {
    if (to.total() != from.total()) to = from;
  };
  const std::lock_guard lock(stats_mutex_);
  static_cast<RegistryCounts&>(shared_) = counts;
  shared_.stored_inputs = journal_.passed();
  update(shared_.other_types, registry_.other_types());
  update(shared_.unknown_events, registry_.unknown_events());
}

void RegistryActor::count_busy(const Observation& observation) {
  const std::lock_guard lock(stats_mutex_);
  shared_.dropped_busy.add(observation.origin());
}

void RegistryActor::write_checkpoint() {
  std::unique_lock lock(stats_mutex_);
  const BoundedCounters dropped_busy = shared_.dropped_busy;
  lock.unlock();
  journal_.checkpoint(registry_.checkpoint(dropped_busy), registry_.seq());
}

}  // namespace atm::kernel
