// SPDX-License-Identifier: MIT
// A store in memory: what the registry passed to it, and what a restart would pass back.
#pragma once

#include <atm/iface/store.h>

#include <atm/plugin/values.hpp>
#include <atm/testing/owned.hpp>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace atm::testing {

/// An input of the registry, copied.
struct OwnedInput {
  std::uint32_t kind = ATM_STORED_OBSERVATION;
  std::uint64_t seq = 0;
  std::int64_t awake_ns = 0;
  /// Head of the observation; `attrs` below replaces its attributes.
  OwnedObservation observation;
  /// The attributes in their order; std::monostate is the kind NONE.
  std::vector<std::pair<std::string, OwnedValue>> attrs;
  std::string learnt;
  /// The members `from` and `from_*`; all pointers are null.
  atm_stored process{};

  /// Copies the borrowed form.
  static OwnedInput copy(const atm_stored& input) {
    OwnedInput to;
    to.kind = input.kind;
    to.seq = input.seq;
    to.awake_ns = input.awake_ns;
    to.observation = OwnedObservation::copy(*input.observation);
    for (const atm_attr& a : Attrs(input.observation->attrs, input.observation->attr_count))
      to.attrs.emplace_back(to_view(a.key), own(a.value));
    to.learnt = std::string(to_view(input.learnt));
    to.process.from = input.from;
    to.process.from_pid = input.from_pid;
    to.process.from_start_ticks = input.from_start_ticks;
    to.process.from_pid_ns = input.from_pid_ns;
    return to;
  }

  /// Calls `use(const atm_stored&)` with the borrowed form.
  template <class Use>
  void lend(Use&& use) const {
    std::vector<atm_attr> list;
    for (const auto& [key, value] : attrs) {
      list.push_back({to_c(key), {ATM_VALUE_NONE, 0, {0}}});
      atm_value& to = list.back().value;
      if (const auto* b = std::get_if<bool>(&value)) to = attr(key, *b).value;
      if (const auto* i = std::get_if<std::int64_t>(&value)) to = attr(key, *i).value;
      if (const auto* d = std::get_if<double>(&value)) to = attr(key, *d).value;
      if (const auto* s = std::get_if<std::string>(&value)) to = attr(key, std::string_view(*s)).value;
    }
    const atm_observation head{sizeof head,
                               0,
                               observation.time_ns,
                               to_c(observation.type),
                               to_c(observation.session),
                               to_c(observation.agent),
                               to_c(observation.actor),
                               to_c(observation.origin),
                               list.data(),
                               list.size()};
    atm_stored stored = process;
    stored.size = sizeof stored;
    stored.kind = kind;
    stored.seq = seq;
    stored.awake_ns = awake_ns;
    stored.observation = &head;
    stored.learnt = to_c(learnt);
    use(stored);
  }
};

/// Keeps everything. A test drives it through table() and instance(), as the registry does.
class FakeStore final {
 public:
  /// The inputs since the newest checkpoint, or all inputs before the first one.
  std::vector<OwnedInput> inputs;
  /// The newest checkpoint; empty: none.
  std::string checkpoint;
  /// Answer of the next append: ATM_OK, or ATM_STORE_WANTS_CHECKPOINT.
  atm_status next_answer = ATM_OK;

  [[nodiscard]] const atm_store* table() const noexcept { return &kTable; }
  [[nodiscard]] void* instance() noexcept { return this; }

 private:
  static atm_status append(void* self, const atm_stored* const* all, std::uint64_t count) {
    auto& store = *static_cast<FakeStore*>(self);
    for (std::uint64_t i = 0; i < count; ++i) store.inputs.push_back(OwnedInput::copy(*all[i]));
    return std::exchange(store.next_answer, ATM_OK);
  }
  static atm_status keep(void* self, const std::uint8_t* data, std::uint64_t size, std::uint64_t /*seq*/) {
    auto& store = *static_cast<FakeStore*>(self);
    store.checkpoint.assign(reinterpret_cast<const char*>(data), size);
    store.inputs.clear();
    return ATM_OK;
  }

  static constexpr atm_store kTable{sizeof(atm_store), 0, &append, nullptr, nullptr, &keep, nullptr, nullptr};
};

}  // namespace atm::testing
