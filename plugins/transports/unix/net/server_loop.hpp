// SPDX-License-Identifier: MIT
// Includes Boost.Asio; only server_loop.cpp and server.cpp include this header.
#pragma once

#include <atm/file_descriptor.hpp>
#include <atm/plugin/host.hpp>
#include <atm/transport/local_listener.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <future>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "cross_thread_queue.hpp"
#include "net/acceptor.hpp"
#include "net/connection.hpp"
#include "net/path_guard.hpp"
#include "protocol/server_context.hpp"
#include "settings.hpp"

namespace unix_socket {

/// The state of the serving transport. Between start and stop it belongs to its thread.
class ServerLoop final {
 public:
  ServerLoop(const atm::Host& host, const Settings& settings, atm::LocalListener endpoint);
  ~ServerLoop();
  ServerLoop(const ServerLoop&) = delete;
  ServerLoop& operator=(const ServerLoop&) = delete;

  void start();
  [[nodiscard]] atm::Status stop(std::chrono::milliseconds deadline);

 private:
  using Clock = std::chrono::steady_clock;
  using Milliseconds = std::chrono::milliseconds;

  void run() noexcept;

  // Arriving connections.
  void on_accept(atm::FileDescriptor socket, pid_t peer);
  void connect(atm::FileDescriptor socket, pid_t peer);
  void refuse(const atm::FileDescriptor& socket);
  /// Handles the connections accepted in one batch.
  void on_batch();
  void begin();
  void start_accepted();
  /// Reads all open connections that have input.
  void read_open();
  [[nodiscard]] bool has_accepted() const noexcept {
    return !pending_accepts_.empty() || !without_room_.empty();
  }
  [[nodiscard]] bool begin_accepted();
  [[nodiscard]] bool accept_all();
  [[nodiscard]] bool has_room() const noexcept;
  [[nodiscard]] Milliseconds time_left() const;

  // Ending connections.
  void forget(std::uint64_t id);
  void follow_ends();

  // The ingest queue.
  void search_spool();
  void plan();
  void advance_ingest();

  void take_deliveries();
  void flush();

  // Shutdown.
  void finish(Milliseconds grace);
  void take_last();
  void close_acceptor();
  void tell_when_closed();

  boost::asio::io_context io_{1};
  const std::shared_ptr<CrossThreadQueue> inbox_;
  ServerContext context_;
  Acceptor acceptor_;
  const bool is_passed_;         // the socket outlives the process
  std::string spool_directory_;  // empty: none
  PathGuard path_guard_;
  boost::asio::steady_timer last_scan_;
  boost::asio::steady_timer ends_;
  boost::asio::steady_timer ingest_timer_;
  std::int64_t planned_ns_ = IngestQueue::kNever;  // when ingest_timer_ expires
  const std::unique_ptr<char[]> read_buffer_;      // not zeroed: untouched pages use no memory
  std::map<std::uint64_t, std::shared_ptr<Connection>> connections_;  // in the order of arrival
  std::vector<std::shared_ptr<Connection>> pending_accepts_;          // of this iteration
  std::vector<std::pair<atm::FileDescriptor, pid_t>> without_room_;   // of this iteration
  std::uint64_t last_id_ = 0;
  std::size_t gauged_ = 0;
  bool is_open_ = false;  // the acceptor
  bool is_following_ = false;
  bool is_closing_ = false;
  std::optional<Clock::time_point> leaving_by_;
  std::promise<void> all_closed_;  // a connection may outlive the wait
  std::thread thread_;
};

}  // namespace unix_socket
