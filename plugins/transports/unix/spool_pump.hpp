// SPDX-License-Identifier: MIT
// Includes Boost.Asio: for spool_pump.cpp and server_loop.cpp alone.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <functional>

#include "ingest_queue.hpp"
#include "spool_intake.hpp"

namespace unix_socket {

/// When the spool is taken in: at the start, and whenever the acceptor has been quiet for a moment. (What has to go
/// before a client's record goes with it, whenever that is.) [transport]
class SpoolPump final {
 public:
  /// Clients whose turn it is go first.
  SpoolPump(boost::asio::io_context& io, SpoolIntake& intake, const IngestQueue& ingest_queue)
      : timer_(io), intake_(intake), ingest_queue_(ingest_queue) {
    intake.on_paused([this] { look_within_a_pause(); });
  }

  /// Calls `then` once, not necessarily at once. With `is_first` all that was left is handed over before;
  /// otherwise clients may have waited for longer, and the order of times decides.
  void start(bool is_first, std::function<void()> then);
  /// Somebody is at the acceptor: finds what was left before that.
  void notify_connection();
  void stop();

 private:
  using Clock = std::chrono::steady_clock;

  void look_within_a_pause();
  void arm(Clock::duration delay);
  void on_time();
  [[nodiscard]] bool is_quiet();
  void begin();
  void rest(std::int64_t until_ns);

  boost::asio::steady_timer timer_;
  SpoolIntake& intake_;
  const IngestQueue& ingest_queue_;
  std::function<void()> then_;  // while it has not begun
  Clock::time_point give_up_;
  Clock::time_point last_connection_;
  Clock::time_point due_;
  std::uint64_t connections_ = 0;
  int rests_ = 0;  // since the last notify_connection
  bool is_stopped_ = false;
};

}  // namespace unix_socket
