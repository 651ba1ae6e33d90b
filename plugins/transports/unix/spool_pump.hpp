// SPDX-License-Identifier: MIT
// Includes Boost.Asio; only spool_pump.cpp and server_loop.cpp include this header.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <functional>

#include "ingest_queue.hpp"
#include "spool_intake.hpp"

namespace unix_socket {

/// Schedules the spool: at the start, and whenever no connection has arrived for a moment. (Entries that precede a
/// client's record go with that record.) [transport]
class SpoolPump final {
 public:
  /// Clients at the head of the ingest queue go first.
  SpoolPump(boost::asio::io_context& io, SpoolIntake& intake, const IngestQueue& ingest_queue)
      : timer_(io), intake_(intake), ingest_queue_(ingest_queue) {
    intake.on_paused([this] { look_within_a_pause(); });
  }

  /// Calls `then` once, possibly later. With `is_first` all entries are handed over before; otherwise clients may have
  /// waited for longer, and the order of times decides.
  void start(bool is_first, std::function<void()> then);
  /// A connection has arrived: finds the entries written before.
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
  std::function<void()> then_;  // set until the start is complete
  Clock::time_point give_up_;
  Clock::time_point last_connection_;
  Clock::time_point due_;
  std::uint64_t connections_ = 0;
  int rests_ = 0;  // since the last notify_connection
  bool is_stopped_ = false;
};

}  // namespace unix_socket
