// SPDX-License-Identifier: MIT
#pragma once

#include <atm/domain/session_runtime.hpp>
#include <atm/domain/timestamp.hpp>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "kernel/model/observation.hpp"

namespace atm::kernel {

/// Sessions replaced by another one in their process. Late observations must not restore them (STATE-I3). Their last
/// process is kept, because the process may return to them.
class ReplacedSessions final {
 public:
  static constexpr std::size_t kMost = 64;

  explicit ReplacedSessions(std::int64_t remember_ns) noexcept : remember_ns_(remember_ns) {}

  [[nodiscard]] bool empty() const noexcept { return list_.empty(); }

  /// `at`: the time of the replacement.
  void add(std::string_view id, const SessionRuntime& where, Timestamp at, std::int64_t now_ns);

  /// Whether an observation of an absent session is a late arrival; its process information is stored.
  [[nodiscard]] bool is_late_arrival(const Observation& observation, std::int64_t now_ns);

  struct Entry {
    std::string id;
    SessionRuntime where;
    Timestamp at{};
    std::int64_t since_ns = 0;
  };
  /// Oldest first.
  [[nodiscard]] const std::deque<Entry>& entries() const noexcept { return list_; }
  void set_entries(std::deque<Entry> entries) {
    list_ = std::move(entries);
    if (list_.size() > kMost) list_.erase(list_.begin(), list_.end() - kMost);
  }

  /// Removes the entry and returns the session's last process and terminal; none: no entry.
  [[nodiscard]] std::optional<SessionRuntime> restore(std::string_view id);

 private:
  [[nodiscard]] Entry* find(std::string_view id);

  const std::int64_t remember_ns_;
  std::deque<Entry> list_;  // oldest first
};

}  // namespace atm::kernel
