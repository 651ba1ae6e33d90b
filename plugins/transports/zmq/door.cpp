// SPDX-License-Identifier: MIT
#include "door.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <utility>

namespace zeromq {

namespace {

constexpr int kEvents = ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL |
                        ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH;

/// Descriptors are given out lowest first: a high one says how many there are, whoever has them. Half of them
/// are kept for what libzmq accepts before the door is shut: it ends the process when there is none.
int scarce_from() noexcept {
  constexpr rlim_t kMost = 1 << 20;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return static_cast<int>(kMost);
  return static_cast<int>(std::min(limit.rlim_cur, kMost) / 2);
}

/// A peer of another user is closed without a word, root's is not. The folder's mode says the same; this
/// holds even where somebody opened the folder.
void let_in_only_us(zmq::socket_t& socket) {
  for (const uid_t uid : {::geteuid(), uid_t{0}}) {
    if (zmq_setsockopt(socket.handle(), ZMQ_IPC_FILTER_UID, &uid, sizeof uid) != 0) throw zmq::error_t();
  }
}

}  // namespace

Door::Door(zmq::context_t& context, zmq::socket_t& socket, std::string name, atm::LocalListener listener,
           std::size_t max_connections)
    : socket_(socket),
      monitor_(context, ZMQ_PAIR),
      listener_(std::move(listener)),
      max_connections_(max_connections) {
  const std::string address = "inproc://" + name;
  if (zmq_socket_monitor(socket_.handle(), address.c_str(), kEvents) != 0) throw zmq::error_t();
  monitor_.set(zmq::sockopt::linger, 0);
  // Unbounded: its writer, ZeroMQ's I/O thread, would wait for us.
  monitor_.set(zmq::sockopt::rcvhwm, 0);
  monitor_.connect(address);
}

Door::~Door() {
  static_cast<void>(zmq_socket_monitor(socket_.handle(), nullptr, 0));
}

void Door::open() {
  // ZeroMQ closes the descriptor it is given. It is bound by us: nobody else can have put the file there, and
  // it never had a wider mode.
  const int fd = ::fcntl(listener_.fd(), F_DUPFD_CLOEXEC, 0);
  if (fd < 0) throw zmq::error_t();
  socket_.set(zmq::sockopt::use_fd, fd);
  let_in_only_us(socket_);
  socket_.bind("ipc://" + listener_.path());
  socket_.set(zmq::sockopt::use_fd, -1);
}

bool Door::is_crowded() const noexcept {
  return connections_ >= max_connections_ || newest_fd_ >= scarce_from();
}

void Door::look(Counters& counters) {
  zmq::message_t event;
  zmq::message_t address;
  while (monitor_.recv(event, zmq::recv_flags::dontwait)) {
    static_cast<void>(monitor_.recv(address, zmq::recv_flags::dontwait));
    std::uint16_t what = 0;
    std::int32_t value = 0;
    if (event.size() < sizeof what + sizeof value) continue;
    std::memcpy(&what, event.data(), sizeof what);
    std::memcpy(&value, event.data<char>() + sizeof what, sizeof value);
    switch (what) {
      case ZMQ_EVENT_ACCEPTED:
        counters.add(Counter::kConnections);
        ++connections_;
        newest_fd_ = value;
        break;
      case ZMQ_EVENT_DISCONNECTED:
        counters.add(Counter::kConnectionsClosed);
        connections_ -= connections_ > 0 ? 1 : 0;
        newest_fd_ = 0;
        break;
      default:
        counters.add(Counter::kHandshakesFailed);
    }
    if (is_crowded() != is_closed_) {
      is_closed_ = is_closed_ ? !listener_.show() : listener_.hide();
      if (is_closed_) counters.add(Counter::kDoorsClosed);
    }
  }
}

}  // namespace zeromq
