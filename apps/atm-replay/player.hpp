// SPDX-License-Identifier: MIT
// Starts the recorded clients when their time comes and takes them all down at the end.
#pragma once

#include <atm/domain/error.hpp>
#include <chrono>
#include <cstddef>
#include <vector>

#include "client.hpp"
#include "recording.hpp"

namespace atm::replay {

/// A client and when its flow begins, in recorded time since the beginning of the run.
struct Entry {
  Client client;
  std::chrono::nanoseconds flow_start{};
};

struct Summary {
  std::size_t steps = 0;
  std::size_t clients = 0;
  std::chrono::duration<double> took{};
};

/// Plays `cast` once. One object a process: it takes over SIGTERM, SIGINT, SIGHUP and SIGCHLD, and whatever
/// is left below this process when it goes is killed, also when it is destroyed early.
class Player final {
 public:
  Player(std::vector<Entry> cast, Script script);
  ~Player();
  Player(const Player&) = delete;
  Player& operator=(const Player&) = delete;

  /// Returns when every step has been played. Errors: no process can be made, a hook failed, a signal came.
  [[nodiscard]] Result<Summary> play();

  /// Waits for a signal or the end of standard input, with the clients that go on still there.
  void hold();

 private:
  [[nodiscard]] Result<void> start(const Entry& entry, Clock::time_point begin, unsigned number);
  void read_signals();
  void end_all() noexcept;

  std::vector<Entry> cast_;
  Script script_;
  int signals_ = -1;
  int done_read_ = -1;
  int done_write_ = -1;
  bool interrupted_ = false;
};

}  // namespace atm::replay
