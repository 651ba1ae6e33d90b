// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace atm::kernel {

/// Counts by name. Names are external input, so only the first kMaxNames have their own counter; the other names share
/// one.
class BoundedCounters final {
 public:
  static constexpr std::size_t kMaxNames = 64;

  void add(std::string_view name, std::uint64_t count = 1) {
    total_ += count;
    if (const auto at = counts_.find(name); at != counts_.end()) {
      at->second += count;
    } else if (counts_.size() < kMaxNames) {
      counts_.emplace(name, count);
    } else {
      others_ += count;
    }
  }

  [[nodiscard]] std::uint64_t total() const noexcept { return total_; }
  /// Count of the names without their own counter.
  [[nodiscard]] std::uint64_t others() const noexcept { return others_; }
  [[nodiscard]] const std::map<std::string, std::uint64_t, std::less<>>& counts() const noexcept {
    return counts_;
  }

 private:
  std::map<std::string, std::uint64_t, std::less<>> counts_;
  std::uint64_t total_ = 0;
  std::uint64_t others_ = 0;
};

}  // namespace atm::kernel
