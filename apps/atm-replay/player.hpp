// SPDX-License-Identifier: MIT
// Starts the recorded agent processes at their times and ends them all.
#pragma once

#include <atm/domain/error.hpp>
#include <chrono>
#include <cstddef>
#include <vector>

#include "client.hpp"
#include "recording.hpp"

namespace atm::replay {

/// An agent process and the start of its flow, in recorded time since the start of the run.
struct Entry {
  Client client;
  std::chrono::nanoseconds flow_start{};
};

struct Summary {
  std::size_t steps = 0;
  std::size_t clients = 0;
  std::chrono::duration<double> took{};
};

/// Replays `cast` once. Use one object for each process: it handles SIGTERM, SIGINT, SIGHUP and SIGCHLD, and its
/// destructor kills all remaining descendants of this process.
class Player final {
 public:
  Player(std::vector<Entry> cast, Script script);
  ~Player();
  Player(const Player&) = delete;
  Player& operator=(const Player&) = delete;

  /// Returns after the last step. Errors: no process can be created, a hook failed, a signal arrived.
  [[nodiscard]] Result<Summary> play();

  /// Waits for a signal or the end of standard input while the held agent processes stay alive.
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
