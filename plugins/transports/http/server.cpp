// SPDX-License-Identifier: MIT
#include "server.hpp"

#include <algorithm>
#include <atm/plugin/thread.hpp>
#include <atm/transport/accept.hpp>
#include <atm/transport/secret_file.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <exception>
#include <future>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "connection.hpp"
#include "loopback.hpp"

namespace http_ingest {

namespace asio = boost::asio;
using asio::ip::tcp;
using atm::Status;
using boost::system::error_code;

/// The state of the serving transport. Between start and stop it belongs to its thread.
class Server::ServerLoop final {
 public:
  ServerLoop(const atm::Host& host, const Settings& settings, std::string token, Loopback loopback)
      : context_{host, settings, RequestAuthorizer(std::move(token), settings.body_bytes)},
        protocol_(tcp::v4()),
        acceptor_(io_, protocol_, loopback.socket.release()),
        pause_(io_) {}

  ~ServerLoop() {
    error_code ignored;
    acceptor_.close(ignored);
    pause_.cancel();
    while (!connections_.empty()) std::shared_ptr<Connection>(connections_.begin()->second)->close();
    // Cancelled handlers hold connections, which refer to members that are destroyed before io_.
    io_.restart();
    io_.poll();
  }

  void start() {
    thread_ = atm::start_thread("atm-http", [this] { run(); });
  }

  [[nodiscard]] Status stop(std::chrono::milliseconds deadline) {
    const std::future<void> is_closed = all_closed_.get_future();
    const auto grace = std::min<std::chrono::milliseconds>(deadline / 2, kGoodbye);
    asio::post(io_, [this, grace] { finish(grace); });
    const bool in_time = is_closed.wait_for(deadline) == std::future_status::ready;
    io_.stop();
    thread_.join();
    context_.counters.flush(context_.host);
    return in_time ? Status::kOk : Status::kBusy;
  }

 private:
  static constexpr std::chrono::milliseconds kGoodbye{1000};
  static constexpr int kAcceptsAtOnce = 64;

  void run() noexcept {
    for (;;) {
      try {
        accept();
        io_.run();
        return;
      } catch (const std::exception& e) {
        // Usually out of memory, for one request; the others continue.
        context_.host.log(atm::LogLevel::kError, e.what());
      }
    }
  }

  void accept() {
    if (is_accepting_ || is_finishing_) return;
    acceptor_.async_wait(tcp::acceptor::wait_read, [this](const error_code& error) {
      is_accepting_ = false;
      if (error) return;
      const bool is_well = accept_waiting();
      flush();
      if (is_well) return accept();
      // Out of descriptors: waits until a connection ends.
      pause_.expires_after(std::chrono::milliseconds(50));
      pause_.async_wait([this](const error_code& stopped) {
        if (!stopped) accept();
      });
    });
    is_accepting_ = true;
  }

  /// False if the system refused a descriptor.
  bool accept_waiting() {
    for (int i = 0; i < kAcceptsAtOnce; ++i) {
      atm::Accepted next = atm::accept_next(acceptor_.native_handle());
      if (!next.socket) return !next.is_short;
      tcp::socket socket(io_);
      socket.assign(protocol_, next.socket.get());
      static_cast<void>(next.socket.release());
      admit(std::move(socket));
    }
    return true;
  }

  void admit(tcp::socket socket) {
    if (connections_.size() >= context_.settings.max_connections) {
      context_.counters.add(Counter::kConnectionsRefused);
      return Connection::reject(socket);
    }
    context_.counters.add(Counter::kConnections);
    const std::uint64_t id = ++last_id_;
    auto connection = std::make_shared<Connection>(std::move(socket), context_, id,
                                                   [this](std::uint64_t closed) { forget(closed); });
    connections_.emplace(id, connection);
    connection->start();
  }

  void forget(std::uint64_t id) {
    connections_.erase(id);
    flush();
    if (is_finishing_) signal_when_closed();
  }

  void flush() {
    context_.counters.flush(context_.host);
    if (std::exchange(gauged_, connections_.size()) != connections_.size())
      context_.host.gauge("connections_open", static_cast<std::int64_t>(connections_.size()));
  }

  void signal_when_closed() {
    if (connections_.empty() && !std::exchange(is_signalled_, true)) all_closed_.set_value();
  }

  void finish(std::chrono::milliseconds grace) {
    static_cast<void>(accept_waiting());
    error_code ignored;
    acceptor_.close(ignored);
    pause_.cancel();
    is_finishing_ = true;
    std::vector<std::shared_ptr<Connection>> open;
    for (const auto& [id, connection] : connections_) open.push_back(connection);
    for (const auto& connection : open) connection->finish(grace);
    signal_when_closed();
  }

  asio::io_context io_{1};
  ServerContext context_;
  const tcp protocol_;
  tcp::acceptor acceptor_;
  asio::steady_timer pause_;
  std::unordered_map<std::uint64_t, std::shared_ptr<Connection>> connections_;
  std::uint64_t last_id_ = 0;
  std::size_t gauged_ = 0;
  bool is_accepting_ = false;
  bool is_finishing_ = false;
  bool is_signalled_ = false;
  std::promise<void> all_closed_;
  std::thread thread_;
};

Server::Server(const atm::Host& host, Settings settings) : host_(host), settings_(std::move(settings)) {}

Server::~Server() {
  static_cast<void>(stop(std::chrono::milliseconds(0)));
}

Status Server::start(std::string& error) {
  auto loopback = listen_on_loopback(settings_.port);
  if (!loopback) {
    error = loopback.error().message;
    return loopback.error().code == atm::ErrorCode::kBusy ? Status::kExists : Status::kInvalid;
  }
  auto token = atm::read_or_make_secret(settings_.token_file);
  if (!token) {
    error = "no token: " + token.error().message;
    return Status::kInvalid;
  }
  const std::int64_t port = loopback->port;
  auto loop = std::make_unique<ServerLoop>(host_, settings_, std::move(*token), std::move(*loopback));
  host_.gauge("port", port);
  host_.gauge("max_connections", static_cast<std::int64_t>(settings_.max_connections));
  host_.gauge("body_bytes", static_cast<std::int64_t>(settings_.body_bytes));
  host_.gauge("header_bytes", static_cast<std::int64_t>(settings_.header_bytes));
  loop->start();
  loop_ = std::move(loop);
  host_.log(atm::LogLevel::kInfo, "serving",
            {atm::attr("port", port), atm::attr("token_file", std::string_view(settings_.token_file))});
  return Status::kOk;
}

Status Server::stop(std::chrono::milliseconds deadline) {
  if (!loop_) return Status::kOk;
  const Status status = loop_->stop(deadline);
  loop_.reset();
  return status;
}

}  // namespace http_ingest
