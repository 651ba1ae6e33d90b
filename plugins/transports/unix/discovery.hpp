// SPDX-License-Identifier: MIT
#pragma once

#include <atm/plugin/host.hpp>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "cross_thread_queue.hpp"

namespace unix_socket {

/// Asks the sources to look for agents, on a thread of its own: they may take their time, and no client shall
/// wait for another's wish. Whoever asks while a look is under way gets the result of the next one, together.
class Discovery final {
 public:
  Discovery(const atm::Host& host, std::shared_ptr<CrossThreadQueue> inbox)
      : host_(host), inbox_(std::move(inbox)) {}
  ~Discovery() { stop(); }
  Discovery(const Discovery&) = delete;
  Discovery& operator=(const Discovery&) = delete;

  /// The answer comes as a message. [transport]
  void ask(std::uint64_t client, std::uint64_t reply);
  /// Waits for the look under way. Idempotent. [main]
  void stop();

 private:
  using Asker = std::pair<std::uint64_t, std::uint64_t>;
  void run();
  void refuse(std::uint64_t client, std::uint64_t reply, atm::Status status);

  const atm::Host host_;
  const std::shared_ptr<CrossThreadQueue> inbox_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable wake_;
  std::vector<Asker> askers_;
  bool is_stopping_ = false;
  std::thread thread_;
};

}  // namespace unix_socket
