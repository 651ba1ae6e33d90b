// SPDX-License-Identifier: MIT
// Includes Boost.Asio; only connection.cpp and server_loop.cpp include this header.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "protocol/peer.hpp"
#include "protocol/server_context.hpp"

namespace unix_socket {

/// One accepted socket and its Peer: reads while the Peer accepts input, writes its output and enforces the time
/// limits. All of it runs on the transport's thread.
class Connection final : public std::enable_shared_from_this<Connection> {
 public:
  using Socket = boost::asio::local::stream_protocol::socket;
  using Closed = std::function<void(std::uint64_t)>;

  /// `peer`: its PID, 0 if unknown. All connections share `read_buffer`. `closed` is called once, at the end.
  Connection(Socket socket, ServerContext& context, std::uint64_t id, std::int64_t peer,
             std::span<char> read_buffer, Closed closed);

  void start();
  /// The socket, if reading it is useful now; otherwise -1.
  [[nodiscard]] int readable() noexcept;
  /// Reads the input of the socket.
  void read();
  void deliver(PeerMessage message);
  /// Continues after deliveries, or at the head of the ingest queue.
  void settle();
  /// Reads the bytes sent so far, writes the remaining output and closes, within `grace`.
  void finish(std::chrono::milliseconds grace);
  void close();

 private:
  template <typename Step>
  void or_close(const Step& step);
  void drive();
  void wait_for_input();
  void take_input(std::size_t most);
  [[nodiscard]] std::size_t read_some();
  void on_end_of_input();
  [[nodiscard]] bool write_some();
  void wait_for_output();
  void wait_for_hang_up();
  void wait_for_hello();
  void close_within(std::chrono::milliseconds grace);

  Socket socket_;
  boost::asio::steady_timer timer_;  // of the handshake, later of the end
  ServerContext& context_;
  Peer peer_;
  const std::uint64_t id_;
  const std::span<char> read_buffer_;
  Closed closed_;
  bool has_started_ = false;
  bool is_reading_ = false;
  bool is_writing_ = false;
  bool is_watching_ = false;
  bool is_ending_ = false;  // timer_ is the timer of the end
  bool has_ended_ = false;  // the peer has closed its sending side
};

}  // namespace unix_socket
