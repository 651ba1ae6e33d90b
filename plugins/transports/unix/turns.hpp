// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>

namespace unix_socket {

/// Whose records wait for the host, in the order in which they came to wait: who came later, with a connection of its
/// own, overtakes nobody. [transport]
class Turns final {
 public:
  [[nodiscard]] bool is_anybodys() const noexcept { return waiting_.empty(); }
  [[nodiscard]] bool is_of(std::uint64_t client) const noexcept {
    return waiting_.empty() || waiting_.front() == client;
  }
  /// Once, until it leaves.
  void wait(std::uint64_t client) { waiting_.push_back(client); }
  void leave(std::uint64_t client) {
    const auto found = std::find(waiting_.begin(), waiting_.end(), client);
    if (found != waiting_.end()) waiting_.erase(found);
  }

 private:
  std::deque<std::uint64_t> waiting_;
};

}  // namespace unix_socket
