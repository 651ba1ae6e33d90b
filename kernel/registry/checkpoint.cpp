// SPDX-License-Identifier: MIT
#include "kernel/registry/checkpoint.hpp"

#include <atm/domain/ids.hpp>
#include <map>
#include <utility>

#include "kernel/registry/state_fields.hpp"

namespace atm::kernel {
namespace {

/// Rises only if older readers must not use the bytes; a new field needs no new version.
constexpr std::uint32_t kVersion = 1;

enum Tag : std::uint32_t { kTagVersion = 1, kTagHash = 2, kTagState = 3, kTagAwake = 4, kTagCounts = 5 };
enum StateTag : std::uint32_t {
  kTagSeq = 1,
  kTagNextNumber = 2,
  kTagEntry = 3,
  kTagReplaced = 4,
  kTagInternal = 5,
};
enum EntryTag : std::uint32_t {
  kTagId = 1,
  kTagSession = 2,
  kTagNumber = 3,
  kTagCreated = 4,
  kTagHeard = 5,
  kTagVerified = 6,
  kTagBindingAnnounced = 7,
};

// FNV-1a, 64 bits.
std::uint64_t hash_of(std::string_view bytes) noexcept {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return hash;
}

struct NamedCount {
  std::string name;
  std::uint64_t count = 0;
};

}  // namespace

template <class A>
void fields(A& a, Ref<A, NamedCount> x) {
  a(1, x.name);
  a(2, x.count);
}

template <class A>
void fields(A& a, Ref<A, ReplacedSessions::Entry> x) {
  a(1, x.id);
  a(2, x.where);
  a(3, x.at);
  a(4, x.since_ns);
}

namespace {

template <class A, class Counters>
void counters(A& a, std::uint32_t tag, Counters& to) {
  a.via(
      tag,
      [&] {
        std::vector<NamedCount> all;
        for (const auto& [name, count] : to.counts()) all.push_back({name, count});
        return all;
      },
      [&](const std::vector<NamedCount>& all) {
        if constexpr (!std::is_const_v<Counters>) {
          for (const NamedCount& one : all) to.add(one.name, one.count);
        }
      });
}

// Sizes and limits are those of the running daemon, and the names of unknown types are text of the agent.
template <class A, class Counts, class Counters>
void counts(A& a, Counts& x, Counters& dropped_busy) {
  a(1, x.observations);
  a(2, x.ignored);
  a(3, x.registered);
  a(4, x.removed);
  a(5, x.evicted);
  a(6, x.rejected_full);
  a(7, x.analyzer_calls);
  a(8, x.analyzer_failures);
  a(9, x.facts_refused);
  counters(a, 10, dropped_busy);
}

std::string write_state(RegistryState& from) {
  std::string state;
  FieldWriter to(state);
  to(kTagSeq, from.seq);
  to(kTagNextNumber, from.table.next_number());
  std::string bytes;
  for (const SessionEntry* entry : from.table.in_order()) {
    bytes.clear();
    FieldWriter one(bytes);
    one(kTagId, entry->state.domain.id.str());
    one(kTagSession, entry->state);
    one(kTagNumber, entry->number);
    one(kTagCreated, entry->created_ns);
    one(kTagHeard, entry->heard_ns);
    one(kTagVerified, entry->verified_alive);
    one(kTagBindingAnnounced, entry->has_announced_binding);
    to.bytes(kTagEntry, bytes);
  }
  for (const ReplacedSessions::Entry& entry : from.replaced.entries()) to(kTagReplaced, entry);
  to(kTagInternal, from.internal_threads);
  return state;
}

std::unique_ptr<SessionEntry> read_entry(std::string_view bytes) {
  FieldReader from(bytes);
  std::string text;
  from(kTagId, text);
  const auto id = SessionId::parse(text);
  if (!from.is_good() || !id) return nullptr;
  auto entry = std::make_unique<SessionEntry>(*id, Timestamp{});
  SessionState& state = entry->state;
  from(kTagSession, state);
  from(kTagNumber, entry->number);
  from(kTagCreated, entry->created_ns);
  from(kTagHeard, entry->heard_ns);
  from(kTagVerified, entry->verified_alive);
  from(kTagBindingAnnounced, entry->has_announced_binding);
  // These lists are parallel.
  state.fold_state.heard.resize(state.domain.evidence.size());
  state.others.resize(state.runtime.other_processes.size());
  if (state.fold_state.stopped && !state.fold_state.ended && !state.fold_state.stale)
    state.domain.detail = StatusDetail{"stopped", {}};
  return from.is_good() ? std::move(entry) : nullptr;
}

}  // namespace

std::uint64_t state_hash(RegistryState& from) {
  return hash_of(write_state(from));
}

std::string write_checkpoint(RegistryState& from, const BoundedCounters& dropped_busy) {
  const std::string state = write_state(from);
  std::string counted;
  FieldWriter counts_to(counted);
  counts(counts_to, from.counts, dropped_busy);
  std::string bytes;
  FieldWriter to(bytes);
  to(kTagVersion, kVersion);
  to(kTagHash, hash_of(state));
  to.bytes(kTagState, state);
  to(kTagAwake, from.now_ns);
  to.bytes(kTagCounts, counted);
  return bytes;
}

std::optional<Checkpoint> read_checkpoint(std::string_view bytes) {
  FieldReader from(bytes);
  std::uint32_t version = 0;
  std::uint64_t hash = 0;
  from(kTagVersion, version);
  from(kTagHash, hash);
  const std::string_view state = from.bytes(kTagState);
  if (!from.is_good() || version != kVersion || hash_of(state) != hash) return std::nullopt;
  Checkpoint to;
  from(kTagAwake, to.awake_ns);
  FieldReader counted(from.bytes(kTagCounts));
  counts(counted, to.counts, to.dropped_busy);
  FieldReader parts(state);
  parts(kTagSeq, to.seq);
  parts(kTagNextNumber, to.next_number);
  parts.each_bytes(kTagEntry, [&](std::string_view one) {
    if (auto entry = read_entry(one)) to.entries.push_back(std::move(entry));
  });
  std::vector<ReplacedSessions::Entry> replaced;
  parts(kTagReplaced, replaced);
  to.replaced = {std::make_move_iterator(replaced.begin()), std::make_move_iterator(replaced.end())};
  parts(kTagInternal, to.internal_threads);
  if (!parts.is_good()) return std::nullopt;
  return to;
}

}  // namespace atm::kernel
