// SPDX-License-Identifier: MIT
#pragma once

#include <atm/iface/analyzer.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kernel/model/observation.hpp"
#include "kernel/model/session_state.hpp"
#include "kernel/registry/session_attributes.hpp"

namespace atm::kernel {

class Breaker;
struct CallSite;

/// One analyzer that the plugin host found. The table, the instance and the breaker outlive the registry.
struct AnalyzerBinding {
  const atm_analyzer* analyzer = nullptr;
  void* instance = nullptr;
  std::string id;              ///< the plugin's id
  Breaker* breaker = nullptr;  ///< null: the plugin is never paused
  const CallSite* site = nullptr;
  /// Called for the 1st, 2nd, 4th, 8th ... failed call, with the text of the plugin.
  std::function<void(std::uint64_t number, std::string_view text)> on_failure{};
  std::uint64_t failures = 0;
};

/// Calls the analyzers inline for one folded observation. A plugin may throw, fail, be slow or set facts of another
/// plugin. A failed call sets no facts, and a call changes only the plugin's own facts. [registry]
class Analyzers final {
 public:
  static constexpr std::size_t kMaxFacts = 64;  ///< limit of one analyzer in one session
  static constexpr std::size_t kMaxFactTextBytes = 1024;

  explicit Analyzers(std::function<std::int64_t()> monotonic_ns) : monotonic_ns_(std::move(monotonic_ns)) {}

  void add(AnalyzerBinding binding) { bindings_.push_back(std::move(binding)); }
  [[nodiscard]] bool empty() const noexcept { return bindings_.empty(); }

  /// The changed facts, NONE for a removed one; valid until the next call.
  const std::vector<atm_attr>& run(SessionState& state, const Observation& observation);

  [[nodiscard]] std::uint64_t calls() const noexcept { return calls_; }
  [[nodiscard]] std::uint64_t failures() const noexcept { return failures_; }
  [[nodiscard]] std::uint64_t facts_refused() const noexcept { return facts_refused_; }

 private:
  struct Fact {
    std::string key;
    FactValue value;
    bool is_erased = false;
    std::size_t place = 0;  ///< where its key was found last: sessions of one agent have the same facts
  };

  /// Returns true if the facts set by the call are kept.
  [[nodiscard]] bool call(AnalyzerBinding& binding, const atm_session& view, const Observation& observation);
  [[nodiscard]] atm_status guarded(const AnalyzerBinding& binding, const atm_session& view,
                                   const Observation& observation, atm_error& error) noexcept;
  void failed(AnalyzerBinding& binding, std::string_view text);
  static const FactValue* find(Fact& fact, const Facts& facts);
  void apply(std::string_view prefix, std::size_t begin, std::size_t end, Facts& facts);
  [[nodiscard]] atm_status collect(const atm_attr& fact);
  static atm_status set_fact(void* self, const atm_attr* fact);

  std::function<std::int64_t()> monotonic_ns_;
  std::vector<AnalyzerBinding> bindings_;
  SessionAttributes attributes_;
  std::vector<Fact> facts_;            // facts set by the calls; entries past used_ keep their memory
  std::vector<atm_attr> changed_;      // facts that the last run() changed
  std::vector<std::size_t> outcomes_;  // end of the facts of each analyzer called so far
  std::size_t used_ = 0;
  std::string_view prefix_;  // of the running call
  std::uint64_t calls_ = 0;
  std::uint64_t failures_ = 0;
  std::uint64_t facts_refused_ = 0;
};

}  // namespace atm::kernel
