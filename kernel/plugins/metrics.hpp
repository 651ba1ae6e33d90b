// SPDX-License-Identifier: MIT
#pragma once

#include <atm/abi.h>

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace atm::kernel {

/// The counters and gauges of one plugin (atm/host/metrics.h). [any]
class Metrics final {
 public:
  using Values = std::map<std::string, std::int64_t, std::less<>>;
  static constexpr std::size_t kMaxNames = 256;
  static constexpr std::size_t kMaxNameBytes = 64;

  /// E_INVALID: not a snake case name; E_FULL: too many names. A sum that overflows stays at the limit.
  [[nodiscard]] atm_status add(std::string_view name, std::int64_t delta);
  [[nodiscard]] atm_status set(std::string_view name, std::int64_t value);

  [[nodiscard]] Values values() const;

 private:
  [[nodiscard]] std::int64_t* slot(std::string_view name, atm_status& status);

  mutable std::mutex mutex_;
  Values values_;
};

}  // namespace atm::kernel
