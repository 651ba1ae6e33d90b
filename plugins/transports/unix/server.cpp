// SPDX-License-Identifier: MIT
#include "server.hpp"

#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atm/protocol/daemon_message.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <csignal>
#include <exception>
#include <future>
#include <map>
#include <optional>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "connection.hpp"
#include "endpoint.hpp"
#include "passed_socket.hpp"
#include "peer.hpp"
#include "spool_pump.hpp"

namespace unix_socket {

namespace asio = boost::asio;
using asio::local::stream_protocol;
using atm::Status;
using boost::system::error_code;

/// All that runs while the server serves. Between start and stop it belongs to its thread.
class Server::Loop final {
 public:
  Loop(const atm::Host& host, const Settings& settings, atm::LocalListener endpoint)
      : endpoint_(std::move(endpoint)),
        acceptor_(io_, stream_protocol(), endpoint_.release()),
        pause_(io_),
        ends_(io_),
        courier_(std::make_shared<Courier>([this] { asio::post(io_, [this] { take_deliveries(); }); })),
        service_(host, settings, courier_),
        pump_(io_, service_.spool, service_.turns) {
    read_buffer_.resize(kReadBytes);
    if (!settings.spool) return;
    const auto max_age = std::chrono::nanoseconds(settings.spool_max_age).count();
    for (std::string& folder : spool_folders(endpoint_.path()))
      service_.spool.add({std::move(folder), settings.line_bytes, max_age});
  }

  ~Loop() {
    courier_->close();
    service_.discovery.stop();
    error_code ignored;
    acceptor_.close(ignored);
    pause_.cancel();
    pump_.stop();
    service_.streams.stop();
    ends_.cancel();
    while (!connections_.empty()) std::shared_ptr<Connection>(connections_.begin()->second)->close();
    // Cancelled handlers hold connections, which refer to members that go before io_ does.
    io_.restart();
    io_.poll();
  }

  void start() {
    // At a socket that was there before us somebody may have waited for longer than what was left.
    const bool is_first = !passed_descriptor(service_.settings.socket);
    asio::post(io_, [this, is_first] {
      pump_.start(is_first, [this] { accept(); });
      flush();
    });
    // Signals are the daemon's: its main thread takes them.
    sigset_t all{};
    sigset_t before{};
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    thread_ = std::thread([this] { run(); });
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    pthread_setname_np(thread_.native_handle(), "atm-unix");
  }

  [[nodiscard]] Status stop(std::chrono::milliseconds deadline) {
    // A look for agents may take longer than the rest; it ends before its answer is waited for.
    service_.discovery.stop();
    std::future<void> is_closed = all_closed_.get_future();
    const auto grace = std::min<std::chrono::milliseconds>(deadline / 2, kGoodbye);
    asio::post(io_, [this, grace] { finish(grace); });
    const bool in_time = is_closed.wait_for(deadline) == std::future_status::ready;
    io_.stop();
    thread_.join();
    service_.counters.flush(service_.host);
    return in_time ? Status::kOk : Status::kBusy;
  }

 private:
  static constexpr std::size_t kReadBytes = 256 * 1024;
  using Clock = std::chrono::steady_clock;
  using milliseconds = std::chrono::milliseconds;
  enum class Door { kCame, kNobody, kNoMeans };
  static constexpr milliseconds kGoodbye{1000};
  static constexpr int kAcceptsAtOnce = 64;
  static constexpr milliseconds kFollowEvery{10};

  void run() noexcept {
    for (;;) {
      try {
        io_.run();
        return;
      } catch (const std::exception& e) {
        // Out of memory, as a rule, for one client's message; the others are served on.
        service_.host.log(atm::LogLevel::kError, e.what());
      }
    }
  }

  void accept() {
    acceptor_.async_wait(stream_protocol::acceptor::wait_read, [this](const error_code& error) {
      if (error || leaving_by_) return;
      const bool is_well = accept_waiting();
      flush();
      if (is_well) return accept();
      // Out of descriptors: let some connection end first.
      pause_.expires_after(milliseconds(50));
      pause_.async_wait([this](const error_code& stopped) {
        if (!stopped) accept();
      });
    });
  }

  /// Whether the system gave what was asked of it.
  bool accept_waiting() {
    for (int i = 0; i < kAcceptsAtOnce; ++i) {
      if (const Door door = accept_one(); door != Door::kCame) return door == Door::kNobody;
    }
    return true;
  }

  Door accept_one() {
    const int fd = ::accept4(acceptor_.native_handle(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
      const bool is_short = errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM;
      return is_short ? Door::kNoMeans : Door::kNobody;
    }
    check(Connection::Socket(io_, stream_protocol(), fd));
    return Door::kCame;
  }

  void check(Connection::Socket socket) {
    service_.counters.add(Counter::kConnections);
    const auto peer = own_peer(socket.native_handle());
    if (!peer) return service_.counters.add(Counter::kConnectionsForeign);
    if (has_room()) return admit(std::move(socket), *peer);
    if (leaving_by_) return refuse(std::move(socket));
    // Some may have ended just now, and their turn comes first.
    asio::post(io_, [this, pid = *peer, waiting = std::move(socket)]() mutable {
      has_room() ? admit(std::move(waiting), pid) : refuse(std::move(waiting));
      flush();
    });
  }

  [[nodiscard]] bool has_room() const noexcept {
    return leaving_by_ ? Clock::now() < *leaving_by_
                       : connections_.size() < service_.settings.max_connections;
  }

  void refuse(Connection::Socket socket) {
    service_.counters.add(Counter::kConnectionsRefused);
    service_.counters.add(atm::protocol::WireError::kTooManyClients);
    std::string text;
    atm::protocol::append_error(text, atm::protocol::WireError::kTooManyClients,
                                "the limit of connections is reached; close one, or raise max_connections");
    error_code ignored;
    socket.non_blocking(true, ignored);
    socket.write_some(asio::buffer(text), ignored);
  }

  void admit(Connection::Socket socket, pid_t peer) {
    pump_.knock();
    const std::uint64_t id = ++last_id_;
    auto connection =
        std::make_shared<Connection>(std::move(socket), service_, id, peer, std::span<char>(read_buffer_),
                                     [this](std::uint64_t closed) { forget(closed); });
    connections_.emplace(id, connection);
    if (leaving_by_) return connection->finish(std::chrono::ceil<milliseconds>(*leaving_by_ - Clock::now()));
    // Whoever is connected and has written before is read first: a hook that has ended may have been accepted, and
    // not yet read, when the next one of its session comes. It takes one look for input after this accept, whose
    // results come before what is posted behind it.
    asio::post(io_, [this, connection] {
      asio::post(io_, [this, connection] {
        connection->start();
        flush();
      });
    });
  }

  void forget(std::uint64_t id) {
    connections_.erase(id);
    service_.streams.close(id);
    follow_ends();
    tell_when_closed();
  }

  /// What becomes of the processes whose streams have ended.
  void follow_ends() {
    if (is_following_ || !service_.streams.advance()) return;
    is_following_ = true;
    ends_.expires_after(kFollowEvery);
    ends_.async_wait([this](const error_code& error) {
      is_following_ = false;
      if (!error) follow_ends();
      flush();
    });
  }

  void take_deliveries() {
    // First all of them, then the clients that got some: one that got many writes once.
    std::vector<std::shared_ptr<Connection>> touched;
    for (Delivery& delivery : courier_->take()) {
      if (delivery.client == 0) service_.streams.deliver(delivery);
      const auto found = connections_.find(delivery.client);
      if (found == connections_.end()) continue;
      found->second->deliver(std::move(delivery));
      if (touched.empty() || touched.back() != found->second) touched.push_back(found->second);
    }
    for (const auto& connection : touched) connection->settle();
    flush();
  }

  void flush() {
    service_.counters.flush(service_.host);
    if (std::exchange(gauged_, connections_.size()) != connections_.size()) {
      service_.host.gauge("connections_open", static_cast<std::int64_t>(connections_.size()));
    }
  }

  void finish(milliseconds grace) {
    leaving_by_ = Clock::now() + grace;
    // From now on the system refuses who comes, and a hook leaves its record in the spool. Who waits at the door has
    // sent already and may be gone: they are taken in. At a socket that was passed the next daemon does that.
    const bool is_ours = !passed_descriptor(service_.settings.socket);
    if (is_ours) ::shutdown(acceptor_.native_handle(), SHUT_RD);
    error_code ignored;
    acceptor_.cancel(ignored);
    pause_.cancel();
    service_.streams.stop();
    ends_.cancel();
    // In the order in which they came; those who are on their way in come before those outside.
    const std::map<std::uint64_t, std::shared_ptr<Connection>> open(connections_.begin(), connections_.end());
    for (const auto& [id, connection] : open) connection->finish(grace);
    asio::post(io_, [this, is_ours] { is_ours ? take_last() : close_door(); });
  }

  /// As many at a time as there may be, and more: those who only wrote are done at once.
  void take_last() {
    const std::size_t most = service_.settings.max_connections + kAcceptsAtOnce;
    const bool is_over = !has_room();
    for (int i = 0; i < kAcceptsAtOnce; ++i) {
      const Door door = is_over || connections_.size() < most ? accept_one() : Door::kNoMeans;
      if (door == Door::kCame) continue;
      if (door == Door::kNobody || is_over) return close_door();
      pause_.expires_after(milliseconds(1));
      return pause_.async_wait([this](const error_code& stopped) {
        if (!stopped) take_last();
      });
    }
    asio::post(io_, [this] { take_last(); });
  }

  void close_door() {
    error_code ignored;
    acceptor_.close(ignored);
    pump_.stop();
    is_closing_ = true;
    tell_when_closed();
  }

  void tell_when_closed() {
    if (connections_.empty() && std::exchange(is_closing_, false)) all_closed_.set_value();
  }

  atm::LocalListener endpoint_;  // last to go: the path is ours until nothing runs
  asio::io_context io_{1};
  stream_protocol::acceptor acceptor_;
  asio::steady_timer pause_;
  asio::steady_timer ends_;
  const std::shared_ptr<Courier> courier_;
  Service service_;
  SpoolPump pump_;
  std::vector<char> read_buffer_;
  std::unordered_map<std::uint64_t, std::shared_ptr<Connection>> connections_;
  std::uint64_t last_id_ = 0;
  std::size_t gauged_ = 0;
  bool is_following_ = false;
  bool is_closing_ = false;
  std::optional<Clock::time_point> leaving_by_;
  std::promise<void> all_closed_;  // a connection may outlive the wait for it
  std::thread thread_;
};

Server::Server(const atm::Host& host, Settings settings) : host_(host), settings_(std::move(settings)) {}

Server::~Server() {
  static_cast<void>(stop(std::chrono::milliseconds(0)));
}

Status Server::start(std::string& error) {
  auto endpoint = open_endpoint(settings_.socket);
  if (!endpoint) {
    error = endpoint.error().message;
    return endpoint.error().code == atm::ErrorCode::kBusy ? Status::kExists : Status::kInvalid;
  }
  const std::string path = endpoint->path();
  loop_ = std::make_unique<Loop>(host_, settings_, std::move(*endpoint));
  host_.gauge("max_connections", static_cast<std::int64_t>(settings_.max_connections));
  host_.gauge("line_bytes", static_cast<std::int64_t>(settings_.line_bytes));
  host_.gauge("out_bytes", static_cast<std::int64_t>(settings_.out_bytes));
  host_.gauge("max_replies", static_cast<std::int64_t>(settings_.max_replies));
  host_.gauge("handshake_ms", settings_.handshake.count());
  host_.gauge("busy_ms", settings_.busy.count());
  loop_->start();
  host_.log(atm::LogLevel::kInfo, "serving", {atm::attr("socket", std::string_view(path))});
  return Status::kOk;
}

Status Server::stop(std::chrono::milliseconds deadline) {
  if (!loop_) return Status::kOk;
  const Status status = loop_->stop(deadline);
  loop_.reset();
  return status;
}

}  // namespace unix_socket
