// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <functional>
#include <utility>

namespace unix_socket {

/// The peers whose records wait for the host, first in, first out. The peer at the head sends all buffered records
/// before the next one starts. [transport]
class IngestQueue final {
 public:
  /// Receives the new head when the old one leaves, so that the host does not idle.
  using OnHead = std::function<void(std::uint64_t client)>;

  explicit IngestQueue(OnHead on_head = {}) : on_head_(std::move(on_head)) {}

  [[nodiscard]] bool is_empty() const noexcept { return waiting_.empty(); }
  [[nodiscard]] bool is_of(std::uint64_t client) const noexcept {
    return waiting_.empty() || waiting_.front() == client;
  }
  /// Once, until it leaves.
  void wait(std::uint64_t client) { waiting_.push_back(client); }
  void leave(std::uint64_t client) noexcept {
    const auto found = std::find(waiting_.begin(), waiting_.end(), client);
    if (found == waiting_.end()) return;
    const bool is_first = found == waiting_.begin();
    waiting_.erase(found);
    if (!is_first || waiting_.empty() || !on_head_) return;
    try {
      on_head_(waiting_.front());
    } catch (...) {  // out of memory; the peer retries by itself
    }
  }
  /// The host accepted a record of the head at this monotonic time; the busy time of the waiting peers starts again.
  void taken(std::int64_t now_ns) noexcept { last_taken_ns_ = now_ns; }
  [[nodiscard]] std::int64_t last_taken_ns() const noexcept { return last_taken_ns_; }

 private:
  const OnHead on_head_;
  std::deque<std::uint64_t> waiting_;
  std::int64_t last_taken_ns_ = 0;
};

}  // namespace unix_socket
