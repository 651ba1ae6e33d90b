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

/// Runs the discovery of the sources on its own thread, because it may block. Requests that arrive during a discovery
/// share the result of the next one.
class Discovery final {
 public:
  Discovery(const atm::Host& host, std::shared_ptr<CrossThreadQueue> inbox)
      : host_(host), inbox_(std::move(inbox)) {}
  ~Discovery() { stop(); }
  Discovery(const Discovery&) = delete;
  Discovery& operator=(const Discovery&) = delete;

  /// The result arrives as a PeerMessage. [transport]
  void ask(std::uint64_t client, std::uint64_t reply);
  /// Waits for the current discovery. Idempotent. [main]
  void stop();

 private:
  using Asker = std::pair<std::uint64_t, std::uint64_t>;
  void run();
  void refuse(std::uint64_t client, std::uint64_t reply, atm::Status status);

  const atm::Host host_;
  const std::shared_ptr<CrossThreadQueue> inbox_;
  std::mutex mutex_;  // guards the members below
  std::condition_variable wake_;
  std::vector<Asker> askers_;
  bool is_stopping_ = false;
  std::thread thread_;
};

}  // namespace unix_socket
