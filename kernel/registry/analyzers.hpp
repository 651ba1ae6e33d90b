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

#include "kernel/registry/observation.hpp"
#include "kernel/registry/session_attributes.hpp"
#include "kernel/registry/session_state.hpp"

namespace atm::kernel {

class Breaker;
struct CallSite;

/// One analyzer as the plugin host found it. The table, the instance and the breaker outlive the registry.
struct AnalyzerBinding {
  const atm_analyzer* analyzer = nullptr;
  void* instance = nullptr;
  std::string id;              ///< of the plugin
  Breaker* breaker = nullptr;  ///< none: never quarantined
  const CallSite* site = nullptr;
};

/// Calls the analyzers for one folded observation, inline. A plugin may throw, fail, be slow or claim
/// another's facts: what it set before it failed is dropped, and nothing but its own facts can change.
/// [registry]
class Analyzers final {
 public:
  static constexpr std::size_t kMaxFacts = 64;  ///< of one analyzer, in one session
  static constexpr std::size_t kMaxFactTextBytes = 1024;

  explicit Analyzers(std::function<std::int64_t()> monotonic_ns) : monotonic_ns_(std::move(monotonic_ns)) {}

  void add(AnalyzerBinding binding) { bindings_.push_back(std::move(binding)); }
  [[nodiscard]] bool empty() const noexcept { return bindings_.empty(); }

  void run(SessionState& state, const Observation& observation);

  [[nodiscard]] std::uint64_t calls() const noexcept { return calls_; }
  [[nodiscard]] std::uint64_t failures() const noexcept { return failures_; }
  [[nodiscard]] std::uint64_t facts_refused() const noexcept { return facts_refused_; }

 private:
  struct Fact {
    std::string key;
    FactValue value;
    bool is_erased = false;
  };

  /// True: what it set counts.
  [[nodiscard]] bool call(const AnalyzerBinding& binding, const atm_session& view,
                          const Observation& observation);
  [[nodiscard]] atm_status guarded(const AnalyzerBinding& binding, const atm_session& view,
                                   const Observation& observation) noexcept;
  void apply(std::string_view prefix, std::size_t begin, std::size_t end, Facts& facts);
  [[nodiscard]] atm_status collect(const atm_attr& fact);
  static atm_status set_fact(void* self, const atm_attr* fact);

  std::function<std::int64_t()> monotonic_ns_;
  std::vector<AnalyzerBinding> bindings_;
  SessionAttributes attributes_;
  std::vector<Fact> facts_;            // what the calls set; entries past used_ keep their memory
  std::vector<std::size_t> outcomes_;  // where the facts of each analyzer called so far end
  std::size_t used_ = 0;
  std::string_view prefix_;  // of the call under way
  std::uint64_t calls_ = 0;
  std::uint64_t failures_ = 0;
  std::uint64_t facts_refused_ = 0;
};

}  // namespace atm::kernel
