// SPDX-License-Identifier: MIT
// Counters of a transport.
#pragma once

#include <array>
#include <atm/plugin/host.hpp>
#include <atm/protocol/error_code.hpp>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace atm {

/// Counts on the transport's thread and reports the sums to the host once for each batch.
///
/// A report to the host takes a lock; a transport counts several times for each message. add() is therefore an addition
/// only, and flush() reports. `Counter` is an enumeration that begins at 0; `kNames` has the metric name of each
/// enumerator. [transport]
template <typename Counter, const auto& kNames>
class WireCounters final {
 public:
  /// Adds to a counter.
  void add(Counter counter, std::uint64_t count = 1) noexcept {
    counts_[static_cast<std::size_t>(counter)] += count;
    is_dirty_ = true;
  }
  /// Counts an error reply, as the metric `error_CODE`.
  void add(protocol::WireError error) noexcept {
    errors_[static_cast<std::size_t>(error)] += 1;
    is_dirty_ = true;
  }

  /// Reports all sums that are not 0 and resets them. Call it once at the end of each batch.
  void flush(const Host& host) {
    if (!is_dirty_) return;
    is_dirty_ = false;
    for (std::size_t i = 0; i < counts_.size(); ++i) tell(host, kNames[i], counts_[i]);
    for (std::size_t i = 0; i < errors_.size(); ++i) {
      if (errors_[i] == 0) continue;
      tell(host, "error_" + std::string(protocol::kWireErrorNames[i]), errors_[i]);
    }
  }

 private:
  /// Reports one sum and resets it; 0 is not reported.
  static void tell(const Host& host, std::string_view name, std::uint64_t& count) noexcept {
    if (count == 0) return;
    host.count(name, static_cast<std::int64_t>(count));
    count = 0;
  }

  /// Sums since the last flush().
  std::array<std::uint64_t, kNames.size()> counts_{};
  std::array<std::uint64_t, protocol::kWireErrorNames.size()> errors_{};
  bool is_dirty_ = false;
};

}  // namespace atm
