// SPDX-License-Identifier: MIT
#include "connection_limiter.hpp"

#include <fcntl.h>
#include <netdb.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <utility>

namespace zeromq {

namespace {

constexpr int kEvents = ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_CLOSED |
                        ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL |
                        ZMQ_EVENT_HANDSHAKE_FAILED_AUTH;

/// Whether about half of the descriptors are in use: the rest is for connections that libzmq accepts before the limiter
/// closes the socket. The system assigns the lowest free descriptor, so the lowest free one estimates the number in
/// use.
bool descriptors_are_scarce(int any) noexcept {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return true;
  const auto half = static_cast<int>(std::min<rlim_t>(limit.rlim_cur, INT_MAX) / 2);
  const atm::FileDescriptor lowest(::fcntl(any, F_DUPFD_CLOEXEC, 0));
  const atm::FileDescriptor behind(::fcntl(any, F_DUPFD_CLOEXEC, half));
  return lowest.get() < 0 || lowest.get() >= half || behind.get() < 0 || behind.get() >= half + half / 2;
}

/// A duplicate of libzmq's socket that listens at `endpoint`, which its API does not expose; none if not found.
atm::FileDescriptor copy_of_listener(const std::string& endpoint) {
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    const int fd = std::atoi(entry.path().filename().c_str());
    int listens = 0;
    socklen_t size = sizeof listens;
    if (::getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) != 0 || listens == 0) continue;
    sockaddr_storage address{};
    auto* const plain = reinterpret_cast<sockaddr*>(&address);
    size = sizeof address;
    std::array<char, NI_MAXHOST> host{};
    std::array<char, NI_MAXSERV> port{};
    if (::getsockname(fd, plain, &size) != 0 ||
        ::getnameinfo(plain, size, host.data(), host.size(), port.data(), port.size(),
                      NI_NUMERICHOST | NI_NUMERICSERV) != 0)
      continue;
    const std::string behind = std::string(":") + port.data();
    if (endpoint == "tcp://" + std::string(host.data()) + behind ||
        endpoint == "tcp://[" + std::string(host.data()) + ']' + behind)
      return atm::FileDescriptor(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
  }
  return {};
}

/// Closes a peer of another user, except root, without a message. The directory's mode restricts access, too; this also
/// holds if another program changes that mode.
void let_in_only_us(zmq::socket_t& socket) {
  for (const uid_t uid : {::geteuid(), uid_t{0}}) {
    if (zmq_setsockopt(socket.handle(), ZMQ_IPC_FILTER_UID, &uid, sizeof uid) != 0) throw zmq::error_t();
  }
}

}  // namespace

ConnectionLimiter::ConnectionLimiter(zmq::context_t& context, zmq::socket_t& socket, const std::string& name,
                                     atm::LocalListener listener, std::size_t max_connections)
    : socket_(socket),
      monitor_(context, ZMQ_PAIR),
      listener_(std::move(listener)),
      max_connections_(max_connections) {
  const std::string address = "inproc://" + name;
  if (zmq_socket_monitor(socket_.handle(), address.c_str(), kEvents) != 0) throw zmq::error_t();
  monitor_.set(zmq::sockopt::linger, 0);
  // Unbounded: otherwise its writer, ZeroMQ's I/O thread, would block.
  monitor_.set(zmq::sockopt::rcvhwm, 0);
  monitor_.connect(address);
}

ConnectionLimiter::~ConnectionLimiter() {
  static_cast<void>(zmq_socket_monitor(socket_.handle(), nullptr, 0));
}

void ConnectionLimiter::open() {
  // ZeroMQ closes the descriptor that it receives. We bound it, so no other program can have replaced the file, and its
  // mode was never wider.
  const int fd = ::fcntl(listener_.fd(), F_DUPFD_CLOEXEC, 0);
  if (fd < 0) throw zmq::error_t();
  socket_.set(zmq::sockopt::use_fd, fd);
  let_in_only_us(socket_);
  socket_.bind("ipc://" + listener_.path());
  socket_.set(zmq::sockopt::use_fd, -1);
}

void ConnectionLimiter::also_at(const std::string& tcp) {
  if (tcp.empty()) return;
  tcp_.listener = copy_of_listener(tcp);
  if (tcp_.listener.get() < 0) {
    errno = ENOTSOCK;
    throw zmq::error_t();
  }
  tcp_.endpoint = tcp;
}

void ConnectionLimiter::look(Counters& counters) {
  bool has_changed = false;
  while (take_event(counters)) has_changed = true;
  if (has_changed) keep_room(counters);
}

void ConnectionLimiter::tick(Counters& counters) {
  keep_room(counters);
  if (tcp_.state == Tcp::State::kClosed) {
    tcp_.state = Tcp::State::kRested;
  } else if (tcp_.state == Tcp::State::kRested && !descriptors_are_scarce(listener_.fd())) {
    reopen();
  }
}

void ConnectionLimiter::reopen() {
  const int fd = ::fcntl(tcp_.listener.get(), F_DUPFD_CLOEXEC, 0);
  if (fd < 0) return;
  socket_.set(zmq::sockopt::use_fd, fd);
  // Binding can fail temporarily, for example without memory; the next tick tries again.
  if (zmq_bind(socket_.handle(), tcp_.endpoint.c_str()) == 0) tcp_.state = Tcp::State::kOpen;
  socket_.set(zmq::sockopt::use_fd, -1);
}

/// False: there was none.
bool ConnectionLimiter::take_event(Counters& counters) {
  zmq::message_t event;
  zmq::message_t address;
  if (!monitor_.recv(event, zmq::recv_flags::dontwait)) return false;
  static_cast<void>(monitor_.recv(address, zmq::recv_flags::dontwait));
  std::uint16_t what = 0;
  if (event.size() < sizeof what) return true;
  std::memcpy(&what, event.data(), sizeof what);
  const bool is_tcp = address.to_string_view().starts_with("tcp://");
  std::size_t& connections = is_tcp ? tcp_.connections : connections_;
  switch (what) {
    case ZMQ_EVENT_ACCEPTED:
      counters.add(Counter::kConnections);
      ++connections;
      break;
    case ZMQ_EVENT_DISCONNECTED:
      if (connections == 0) break;  // a connection that was closed by us
      counters.add(Counter::kConnectionsClosed);
      --connections;
      break;
    case ZMQ_EVENT_CLOSED:
      // The listener that we unbound; ZeroMQ reports none of the connections that close with it.
      if (!is_tcp || tcp_.state != Tcp::State::kClosing) break;
      counters.add(Counter::kConnectionsClosed, tcp_.connections);
      tcp_.connections = 0;
      tcp_.state = Tcp::State::kClosed;
      break;
    default:
      counters.add(Counter::kHandshakesFailed);
  }
  return true;
}

void ConnectionLimiter::keep_room(Counters& counters) {
  const bool is_scarce = descriptors_are_scarce(listener_.fd());
  if ((is_scarce || connections_ >= max_connections_) != is_hidden_) {
    is_hidden_ = is_hidden_ ? !listener_.show() : listener_.hide();
    if (is_hidden_) counters.add(Counter::kListenerPaused);
  }
  const bool is_tcp_full = tcp_.connections > max_connections_ || (is_scarce && tcp_.connections > 0);
  if (tcp_.endpoint.empty() || tcp_.state != Tcp::State::kOpen || !is_tcp_full) return;
  socket_.unbind(tcp_.endpoint);
  tcp_.state = Tcp::State::kClosing;
  counters.add(Counter::kListenerPaused);
}

}  // namespace zeromq
