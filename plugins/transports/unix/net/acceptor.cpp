// SPDX-License-Identifier: MIT
#include "net/acceptor.hpp"

#include <sys/socket.h>

#include <atm/transport/accept.hpp>
#include <boost/asio/error.hpp>
#include <chrono>
#include <utility>

#include "net/peer_credentials.hpp"

namespace unix_socket {

using boost::asio::local::stream_protocol;
using boost::system::error_code;

namespace {
constexpr int kAtOnce = 4;
// A thousand simultaneous accepts keep a core busy for ten milliseconds; the pause leaves time for open connections.
constexpr std::chrono::microseconds kBetweenTurns{100};
constexpr std::chrono::milliseconds kUntilMeans{20};
}  // namespace

Acceptor::Acceptor(boost::asio::io_context& io, atm::LocalListener endpoint, Counters& counters,
                   OnAccept on_accept, OnBatch on_batch)
    : endpoint_(std::move(endpoint)),
      socket_(io, stream_protocol(), endpoint_.release()),
      pause_(io),
      counters_(counters),
      on_accept_(std::move(on_accept)),
      on_batch_(std::move(on_batch)) {}

void Acceptor::open() {
  is_open_ = true;
  wait();
}

void Acceptor::go_on() {
  if (is_open_) wait();
}

void Acceptor::wait() {
  if (is_waiting_ || is_stopped_) return;
  socket_.async_wait(stream_protocol::acceptor::wait_read, [this](const error_code& error) {
    is_waiting_ = false;
    if (is_stopped_) return;
    if (!error) return on_readable();
    if (error == boost::asio::error::operation_aborted) wait();  // restore() has replaced the socket
  });
  is_waiting_ = true;
}

void Acceptor::on_readable() {
  const AcceptResult last = accept(kAtOnce);
  on_batch_();
  if (last == AcceptResult::kNone) return wait();
  pause_.expires_after(last == AcceptResult::kAccepted ? kBetweenTurns : kUntilMeans);
  pause_.async_wait([this](const error_code& stopped) {
    if (!stopped && !is_stopped_) on_readable();
  });
}

Acceptor::AcceptResult Acceptor::accept(int most) {
  AcceptResult last = AcceptResult::kAccepted;
  for (int i = 0; i < most && last == AcceptResult::kAccepted; ++i) last = accept_one();
  return last;
}

Acceptor::AcceptResult Acceptor::accept_one() {
  atm::Accepted next = atm::accept_next(socket_.native_handle());
  if (!next.socket) return next.is_short ? AcceptResult::kNoDescriptor : AcceptResult::kNone;
  counters_.add(Counter::kConnections);
  if (const auto peer = own_peer(next.socket.get())) {
    on_accept_(std::move(next.socket), *peer);
  } else {
    counters_.add(Counter::kForeignUid);
  }
  return AcceptResult::kAccepted;
}

atm::Result<Reach> Acceptor::restore(bool is_passed) {
  auto reach = restore_endpoint(endpoint_, is_passed);
  if (!reach || *reach != Reach::kServedAgain) return reach;
  // A client that has found the old socket file may connect until now.
  ::shutdown(socket_.native_handle(), SHUT_RD);
  while (accept_one() == AcceptResult::kAccepted) continue;
  on_batch_();
  error_code ignored;
  socket_.close(ignored);
  socket_.assign(stream_protocol(), endpoint_.release());
  return reach;
}

void Acceptor::stop(bool refuse) {
  is_stopped_ = true;
  if (refuse) ::shutdown(socket_.native_handle(), SHUT_RD);
  error_code ignored;
  socket_.cancel(ignored);
  pause_.cancel();
}

void Acceptor::close() {
  is_stopped_ = true;
  error_code ignored;
  socket_.close(ignored);
  pause_.cancel();
}

}  // namespace unix_socket
