// SPDX-License-Identifier: MIT
// What a transport counts.
#pragma once

#include <array>
#include <atm/plugin/host.hpp>
#include <atm/protocol/error_code.hpp>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace atm {

/// Counts on the transport's thread, told to the host once a batch: a message costs an addition. Counter is an
/// enumeration from 0 on, kNames what its enumerators are called. [transport]
template <typename Counter, const auto& kNames>
class WireCounters final {
 public:
  void add(Counter counter, std::uint64_t count = 1) noexcept {
    counts_[static_cast<std::size_t>(counter)] += count;
    is_dirty_ = true;
  }
  void add(protocol::WireError error) noexcept {
    errors_[static_cast<std::size_t>(error)] += 1;
    is_dirty_ = true;
  }

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
  static void tell(const Host& host, std::string_view name, std::uint64_t& count) noexcept {
    if (count == 0) return;
    host.count(name, static_cast<std::int64_t>(count));
    count = 0;
  }

  std::array<std::uint64_t, kNames.size()> counts_{};
  std::array<std::uint64_t, protocol::kWireErrorNames.size()> errors_{};
  bool is_dirty_ = false;
};

}  // namespace atm
