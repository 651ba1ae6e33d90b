// SPDX-License-Identifier: MIT
#include "net/connection.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <string_view>
#include <utility>

namespace unix_socket {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {
// Time for a refused client to read the last message.
constexpr std::chrono::milliseconds kFlushTime{1000};
// Limits of one iteration of a connection (reads, bytes, rounds of reading and writing), so that the others are served.
constexpr int kReadsAtOnce = 4;
constexpr std::size_t kBytesAtOnce = 64 * 1024;
constexpr int kRoundsAtOnce = 8;
}  // namespace

Connection::Connection(Socket socket, ServerContext& context, std::uint64_t id, std::int64_t peer,
                       std::span<char> read_buffer, Closed closed)
    : socket_(std::move(socket)),
      timer_(socket_.get_executor()),
      context_(context),
      peer_(context, id, peer),
      id_(id),
      read_buffer_(read_buffer),
      closed_(std::move(closed)) {
  error_code ignored;
  socket_.non_blocking(true, ignored);
}

void Connection::start() {
  if (!socket_.is_open()) return;
  has_started_ = true;
  if (!is_ending_) wait_for_hello();
  // Most hooks have already written everything.
  read();
}

int Connection::readable() noexcept {
  return has_started_ && !has_ended_ && socket_.is_open() && peer_.wants_input() ? socket_.native_handle()
                                                                                 : -1;
}

void Connection::wait_for_hello() {
  timer_.expires_after(context_.settings.handshake);
  timer_.async_wait([self = shared_from_this()](const error_code& error) {
    if (error || self->peer_.is_greeted() || self->is_ending_) return;
    self->context_.counters.add(Counter::kHandshakeTimeouts);
    self->peer_.refuse(atm::protocol::WireError::kHandshakeRequired, "no hello in time; say hello first");
    self->settle();
  });
}

void Connection::wait_for_input() {
  if (is_reading_ || has_ended_ || !peer_.wants_input()) return;
  is_reading_ = true;
  socket_.async_wait(Socket::wait_read, [self = shared_from_this()](const error_code& error) {
    self->is_reading_ = false;
    if (!error) self->read();
  });
}

void Connection::read() {
  or_close([this] {
    take_input(kBytesAtOnce);
    drive();
  });
}

void Connection::settle() {
  or_close([this] { drive(); });
}

/// The usual cause is a lack of memory. A connection that stays open without being driven would block the ingest queue.
template <typename Step>
void Connection::or_close(const Step& step) {
  try {
    step();
  } catch (...) {
    close();
    throw;
  }
}

void Connection::take_input(std::size_t most) {
  std::size_t bytes = 0;
  for (int i = 0; i < kReadsAtOnce && bytes < most && peer_.wants_input() && !has_ended_; ++i) {
    const std::size_t size = read_some();
    if (size == 0) break;
    bytes += size;
  }
}

/// The number of bytes; 0: none now, or the input has ended.
std::size_t Connection::read_some() {
  error_code error;
  const std::size_t size = socket_.read_some(asio::buffer(read_buffer_.data(), read_buffer_.size()), error);
  if (error == asio::error::would_block || error == asio::error::interrupted) return 0;
  if (error) {
    // ECONNRESET: the peer closed without reading all output. Everything that it sent before has been read.
    on_end_of_input();
    return 0;
  }
  peer_.receive({read_buffer_.data(), size});
  return size;
}

void Connection::on_end_of_input() {
  has_ended_ = true;
  peer_.end_of_input();
}

/// Whether everything was written.
bool Connection::write_some() {
  Outbox& out = peer_.output();
  while (!out.is_empty()) {
    const std::string_view bytes = out.front();
    error_code error;
    const std::size_t written = socket_.write_some(asio::buffer(bytes.data(), bytes.size()), error);
    if (error == asio::error::would_block) return false;
    if (error && error != asio::error::interrupted) {
      // The peer does not read; records that it sent before are still ingested.
      peer_.drop_output();
      return true;
    }
    if (error) continue;
    context_.counters.add(Counter::kBytesOut, written);
    out.consume(written);
  }
  return true;
}

void Connection::drive() {
  if (!socket_.is_open()) return;
  bool is_written = false;
  int rounds = 0;
  do {
    static_cast<void>(peer_.advance());
    is_written = write_some();
  } while (is_written && ++rounds < kRoundsAtOnce && peer_.advance());
  if (is_written && peer_.is_finished() && peer_.output().is_empty()) return close();
  if (peer_.is_finished()) close_within(kFlushTime);
  if (peer_.is_greeted() && !is_ending_) timer_.cancel();
  if (!peer_.output().is_empty()) wait_for_output();
  if (rounds == kRoundsAtOnce)
    asio::post(socket_.get_executor(), [self = shared_from_this()] { self->settle(); });
  if (has_ended_ && peer_.has_subscription()) wait_for_hang_up();
  wait_for_input();
}

void Connection::wait_for_output() {
  if (std::exchange(is_writing_, true)) return;
  socket_.async_wait(Socket::wait_write, [self = shared_from_this()](const error_code& error) {
    self->is_writing_ = false;
    if (!error) self->settle();
  });
}

/// A peer that has closed its sending side may still read; this detects a full close.
void Connection::wait_for_hang_up() {
  if (std::exchange(is_watching_, true)) return;
  socket_.async_wait(Socket::wait_error, [self = shared_from_this()](const error_code& error) {
    if (error) return;
    self->peer_.drop_output();
    self->settle();
  });
}

void Connection::deliver(PeerMessage message) {
  peer_.deliver(std::move(message));
}

void Connection::finish(std::chrono::milliseconds grace) {
  close_within(grace);
  take_input(SIZE_MAX);
  settle();
  if (!has_ended_) on_end_of_input();
  peer_.stop_events();
  settle();
}

void Connection::close_within(std::chrono::milliseconds grace) {
  if (std::exchange(is_ending_, true)) return;
  timer_.expires_after(grace);
  timer_.async_wait([self = shared_from_this()](const error_code& error) {
    if (!error) self->close();
  });
}

void Connection::close() {
  if (!socket_.is_open()) return;
  error_code ignored;
  timer_.cancel();
  socket_.close(ignored);
  if (closed_) std::exchange(closed_, nullptr)(id_);
}

}  // namespace unix_socket
