// SPDX-License-Identifier: MIT
#pragma once

#include <atm/iface/store.h>

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kernel/model/observation.hpp"
#include "kernel/registry/fold/fold.hpp"

namespace atm::kernel {

struct CallSite;

/// The store that the plugin host found. The table and the instance outlive the registry.
struct StoreBinding {
  const atm_store* store = nullptr;
  void* instance = nullptr;
  const CallSite* append = nullptr;
  const CallSite* checkpoint = nullptr;
};

/// The inputs of the registry since the last flush, without what must not be stored. [registry]
class Journal final {
 public:
  void connect(const StoreBinding& store) { store_ = store; }
  [[nodiscard]] bool is_on() const noexcept { return store_.store != nullptr; }
  /// Whether inputs were passed to the store since the last checkpoint.
  [[nodiscard]] bool is_ahead() const noexcept { return is_ahead_; }
  /// How many inputs were passed to the store.
  [[nodiscard]] std::uint64_t passed() const noexcept { return passed_; }

  /// Keeps an observation until the flush.
  [[nodiscard]] const Observation& keep(Observation&& observation) {
    return kept_.emplace_back(std::move(observation));
  }

  // Each of these adds one input; a borrowed observation lives until the flush. No effect without a store.
  void observed(const Observation& observation, const Arrival& before, const std::optional<ProcessKey>& from);
  void repeated(const Observation& observation, const Arrival& before);
  void timed_out(std::string_view session, const Arrival& before, bool doubted);
  void checked(std::string_view session, const Arrival& before, Timestamp wall, std::string learnt);
  /// `changed` contains facts, NONE for a removed one.
  void facts(std::string_view session, const Arrival& before, const std::vector<atm_attr>& changed);
  /// Adds an answer about a process to the newest input of observed().
  void learnt(char answer);

  /// Passes all inputs to the store. True: the store wants a checkpoint.
  [[nodiscard]] bool flush();
  void checkpoint(std::string_view state, std::uint64_t seq);

 private:
  struct Input {
    atm_stored stored;
    atm_observation observation;
    std::size_t first_attr;
  };

  Input& add(std::uint32_t kind, const Arrival& before, const atm_observation& observation);
  Input& add_own(std::uint32_t kind, std::string_view type, std::string_view session, const Arrival& before);
  void add_attributes(Input& input, const Observation& observation);
  [[nodiscard]] atm_str copy(std::string_view text);

  StoreBinding store_;
  bool is_ahead_ = false;
  std::uint64_t passed_ = 0;
  std::vector<Input> inputs_;
  std::size_t newest_observed_ = 0;
  std::vector<atm_attr> attrs_;    // of all inputs
  std::deque<std::string> texts_;  // of inputs that are not borrowed
  std::deque<Observation> kept_;
  std::vector<const atm_stored*> pointers_;
};

}  // namespace atm::kernel
