// SPDX-License-Identifier: MIT
#include "door.hpp"

#include <sys/socket.h>

#include <atm/plugin/accept.hpp>
#include <boost/asio/error.hpp>
#include <chrono>
#include <utility>

#include "peer.hpp"

namespace unix_socket {

using boost::asio::local::stream_protocol;
using boost::system::error_code;

namespace {
constexpr int kAtOnce = 4;
// A thousand who come at once keep a core busy for ten milliseconds, and somebody who is served already may need it.
constexpr std::chrono::microseconds kBetweenTurns{100};
// Less than the spool's pump waits for (kQuiet).
constexpr std::chrono::milliseconds kUntilMeans{20};
}  // namespace

Door::Door(boost::asio::io_context& io, atm::LocalListener endpoint, Counters& counters, Admit admit,
           LetIn let_in)
    : endpoint_(std::move(endpoint)),
      acceptor_(io, stream_protocol(), endpoint_.release()),
      pause_(io),
      counters_(counters),
      admit_(std::move(admit)),
      let_in_(std::move(let_in)) {}

void Door::open() {
  is_open_ = true;
  wait();
}

void Door::go_on() {
  if (is_open_) wait();
}

void Door::wait() {
  if (is_waiting_ || is_stopped_) return;
  acceptor_.async_wait(stream_protocol::acceptor::wait_read, [this](const error_code& error) {
    is_waiting_ = false;
    if (is_stopped_) return;
    if (!error) return on_somebody();
    if (error == boost::asio::error::operation_aborted)
      wait();  // restore() has put another socket in its place
  });
  is_waiting_ = true;
}

void Door::on_somebody() {
  Seen last = Seen::kCame;
  for (int i = 0; i < kAtOnce && last == Seen::kCame; ++i) last = look();
  let_in_(last);
  if (last == Seen::kNobody) return wait();
  pause_.expires_after(last == Seen::kCame ? kBetweenTurns : kUntilMeans);
  pause_.async_wait([this](const error_code& stopped) {
    if (!stopped && !is_stopped_) on_somebody();
  });
}

Door::Seen Door::take() {
  const Seen seen = look();
  let_in_(seen);
  return seen;
}

Door::Seen Door::look() {
  atm::Accepted next = atm::accept_next(acceptor_.native_handle());
  if (!next.socket) return next.is_short ? Seen::kNoMeans : Seen::kNobody;
  counters_.add(Counter::kConnections);
  if (const auto peer = own_peer(next.socket.get())) {
    admit_(std::move(next.socket), *peer);
  } else {
    counters_.add(Counter::kConnectionsForeign);
  }
  return Seen::kCame;
}

atm::Result<Reach> Door::restore(bool is_passed) {
  auto reach = restore_endpoint(endpoint_, is_passed);
  if (!reach || *reach != Reach::kServedAgain) return reach;
  while (look() == Seen::kCame) continue;
  let_in_(Seen::kNobody);
  error_code ignored;
  acceptor_.close(ignored);
  acceptor_.assign(stream_protocol(), endpoint_.release());
  return reach;
}

void Door::stop(bool refuse) {
  is_stopped_ = true;
  if (refuse) ::shutdown(acceptor_.native_handle(), SHUT_RD);
  error_code ignored;
  acceptor_.cancel(ignored);
  pause_.cancel();
}

void Door::close() {
  is_stopped_ = true;
  error_code ignored;
  acceptor_.close(ignored);
  pause_.cancel();
}

}  // namespace unix_socket
