// SPDX-License-Identifier: MIT
// The two ZeroMQ sockets of a program that runs many loss trials concurrently.
#pragma once

#include <array>
#include <atm/json.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>
#include <zmq.hpp>

#include "zmq_loss_trial.hpp"
#include "zmq_program.hpp"

namespace atm::test {

/// A count member; 0 if it is absent.
[[nodiscard]] std::uint64_t count_in(const json::Value& root, std::string_view name);
/// The objects of a `sessions` message, by id.
void add_sessions(const json::Value& root, std::map<std::string, SessionText>& to);

/// Reads each message once for all its trials. It outlives the daemon and receives from the next one at the same
/// address.
class EventRecorder final {
 public:
  explicit EventRecorder(const ZmqDaemon& daemon);

  /// Delivers all received messages, then sends the pending requests. Waits up to the given time if there are none.
  void listen(std::vector<ZmqTrial>& trials, std::chrono::milliseconds timeout);
  /// The next trials must not get answers to earlier requests.
  void forget() { asked_.clear(); }

  /// Of the newest heartbeat.
  [[nodiscard]] std::uint64_t epoch() const noexcept { return epoch_; }
  [[nodiscard]] std::uint64_t heartbeat_seq() const noexcept { return heartbeat_seq_; }
  [[nodiscard]] std::uint64_t heartbeats() const noexcept { return heartbeats_; }
  [[nodiscard]] std::uint64_t removals() const noexcept { return removals_; }

 private:
  Published read(std::string_view json);
  void take_reply(zmq::socket_t& socket, zmq::message_t& frame, std::vector<ZmqTrial>& trials);

  zmq::context_t context_;
  zmq::socket_t events_{context_, ZMQ_SUB};
  // Several, because the daemon answers `busy` to a peer with 16 pending requests.
  std::array<zmq::socket_t, 10> requests_;
  json::Reader reader_;
  std::map<std::uint64_t, std::size_t> asked_;  // the trial of each request
  std::uint64_t last_ = 0;
  std::uint64_t epoch_ = 0;
  std::uint64_t heartbeat_seq_ = 0;
  std::uint64_t heartbeats_ = 0;
  std::uint64_t removals_ = 0;
};

}  // namespace atm::test
