// SPDX-License-Identifier: MIT
#include "net/server_loop.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <atm/plugin/thread.hpp>
#include <atm/protocol/daemon_message.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <exception>
#include <string>
#include <string_view>
#include <utility>

#include "ingest/refused_records.hpp"
#include "net/endpoint.hpp"
#include "net/passed_socket.hpp"

namespace unix_socket {

namespace asio = boost::asio;
using atm::FileDescriptor;
using atm::Status;
using boost::system::error_code;

namespace {
// The content of a default socket buffer in one read: with 64 KiB, 10,000 updates reach 9 readers half as late again,
// because fewer updates of a session are merged.
constexpr std::size_t kReadBytes = 256 * 1024;
constexpr std::chrono::milliseconds kGoodbye{1000};
constexpr std::chrono::milliseconds kFollowEvery{10};
constexpr std::size_t kLastAtOnce = 64;
// The default of net.core.somaxconn: more connections have arrived later.
constexpr int kMostListening = 4096;
constexpr int kAcceptsAtOnce = 4;
}  // namespace

ServerLoop::ServerLoop(const atm::Host& host, const Settings& settings, atm::LocalListener endpoint)
    : inbox_(std::make_shared<CrossThreadQueue>([this] { asio::post(io_, [this] { take_deliveries(); }); })),
      context_(host, settings, inbox_),
      acceptor_(
          io_, std::move(endpoint), context_.counters,
          [this](FileDescriptor socket, pid_t peer) { on_accept(std::move(socket), peer); },
          [this] { on_batch(); }),
      is_passed_(passed_descriptor(settings.socket).has_value()),
      path_guard_(io_, acceptor_, context_.host, is_passed_),
      last_scan_(io_),
      ends_(io_),
      ingest_timer_(io_),
      read_buffer_(std::make_unique_for_overwrite<char[]>(kReadBytes)) {
  context_.ingest.on_change([this] { plan(); });
  if (!settings.spool) return;
  const auto max_age = std::chrono::nanoseconds(settings.spool_max_age).count();
  auto directories = spool_directories(acceptor_.path());
  spool_directory_ = directories.front();
  for (std::string& directory : directories)
    context_.ingest.add_spool({std::move(directory), settings.line_bytes, max_age});
  context_.ingest.only_while([this] { return acceptor_.has_lock(); });
}

ServerLoop::~ServerLoop() {
  inbox_->close();
  context_.discovery.stop();
  path_guard_.stop();
  acceptor_.close();
  last_scan_.cancel();
  context_.ingest.on_change([] {});
  ingest_timer_.cancel();
  context_.live_agents.stop();
  ends_.cancel();
  while (!connections_.empty()) std::shared_ptr<Connection>(connections_.begin()->second)->close();
  // Cancelled handlers hold connections, which refer to members that are destroyed before io_.
  io_.restart();
  io_.poll();
}

void ServerLoop::start() {
  thread_ = atm::start_thread("atm-unix", [this] { run(); });
}

Status ServerLoop::stop(std::chrono::milliseconds deadline) {
  // A discovery may take longer than the rest; it ends before the loop waits for its answer.
  context_.discovery.stop();
  std::future<void> is_closed = all_closed_.get_future();
  const auto grace = std::min<Milliseconds>(deadline / 2, kGoodbye);
  asio::post(io_, [this, grace] { finish(grace); });
  const bool in_time = is_closed.wait_for(deadline) == std::future_status::ready;
  io_.stop();
  thread_.join();
  context_.counters.flush(context_.host);
  return in_time ? Status::kOk : Status::kBusy;
}

void ServerLoop::run() noexcept {
  for (bool has_failed = false;; has_failed = true) {
    try {
      if (has_failed) {
        on_batch();
        acceptor_.go_on();
      } else {
        // At a passed socket, connections may have waited for longer than the spool entries.
        context_.ingest.start(!is_passed_);
        advance_ingest();
      }
      io_.run();
      return;
    } catch (const std::exception& e) {
      // Usually out of memory, for the message of one peer; the others continue.
      context_.host.log(atm::LogLevel::kError, e.what());
    }
  }
}

bool ServerLoop::has_room() const noexcept {
  return leaving_by_ ? Clock::now() < *leaving_by_ : connections_.size() < context_.settings.max_connections;
}

void ServerLoop::on_accept(FileDescriptor socket, pid_t peer) {
  if (has_room()) {
    connect(std::move(socket), peer);
  } else if (leaving_by_) {
    refuse(socket);
  } else {
    without_room_.emplace_back(std::move(socket), peer);
  }
}

void ServerLoop::refuse(const FileDescriptor& socket) {
  static const std::string kText = [] {
    std::string text;
    atm::protocol::append_error(
        text, atm::protocol::WireError::kTooManyClients,
        "the limit of connections is reached; close a connection, or raise max_connections");
    return text;
  }();
  context_.counters.add(Counter::kConnectionsRefused);
  context_.counters.add(atm::protocol::WireError::kTooManyClients);
  const std::string sent = take_what_was_sent(socket.get());
  for (const std::string_view record : unanswered_records(sent, context_.reader)) {
    const bool is_saved = !spool_directory_.empty() && append_to_spool(spool_directory_, record);
    context_.counters.add(is_saved ? Counter::kRecordsSaved : Counter::kRecordsLost);
  }
  static_cast<void>(::send(socket.get(), kText.data(), kText.size(), MSG_NOSIGNAL));
}

void ServerLoop::connect(FileDescriptor socket, pid_t peer) {
  Connection::Socket connected(io_);
  connected.assign(asio::local::stream_protocol(), socket.get());
  static_cast<void>(socket.release());
  const std::uint64_t id = ++last_id_;
  auto connection = std::make_shared<Connection>(std::move(connected), context_, id, peer,
                                                 std::span<char>(read_buffer_.get(), kReadBytes),
                                                 [this](std::uint64_t closed) { forget(closed); });
  pending_accepts_.reserve(pending_accepts_.size() + 1);
  connections_.emplace(id, connection);
  pending_accepts_.push_back(std::move(connection));
}

void ServerLoop::on_batch() {
  if (has_accepted() && begin_accepted()) static_cast<void>(accept_all());
  flush();
}

void ServerLoop::search_spool() {
  const bool is_waiting = context_.ingest.search_all();
  read_open();
  context_.ingest.admit();
  context_.ingest.searched(!is_waiting || accept_all());
}

/// Begins the accepted connections after all records that can precede theirs: a hook may have ended after the daemon
/// accepted its connection or after it wrote to the spool. Returns whether there were new entries.
bool ServerLoop::begin_accepted() {
  const bool has_found = context_.ingest.search_for_connections();
  read_open();
  context_.ingest.admit();
  begin();
  return has_found;
}

/// False: some could not be accepted.
bool ServerLoop::accept_all() {
  for (int i = 0; i < kMostListening && has_room(); i += kAcceptsAtOnce) {
    const auto seen = acceptor_.accept(kAcceptsAtOnce);
    if (seen == Acceptor::AcceptResult::kNone && !has_accepted()) return true;
    if (has_accepted()) static_cast<void>(begin_accepted());
    if (seen == Acceptor::AcceptResult::kNoDescriptor) return false;
  }
  return false;
}

/// Connections that end at once make room for the next.
void ServerLoop::begin() {
  auto waiting = std::exchange(without_room_, {});
  start_accepted();
  for (auto& [socket, peer] : waiting) {
    has_room() ? connect(std::move(socket), peer) : refuse(socket);
    start_accepted();
  }
}

void ServerLoop::start_accepted() {
  for (const auto& connection : std::exchange(pending_accepts_, {})) {
    try {
      leaving_by_ ? connection->finish(time_left()) : connection->start();
    } catch (const std::exception& e) {
      context_.host.log(atm::LogLevel::kError, e.what());
      connection->close();
    }
  }
}

void ServerLoop::read_open() {
  std::vector<pollfd> sockets;
  std::vector<Connection*> open;
  for (const auto& [id, connection] : connections_) {
    const int socket = connection->readable();
    if (socket < 0) continue;
    sockets.push_back({socket, POLLIN, 0});
    open.push_back(connection.get());
  }
  if (sockets.empty() || ::poll(sockets.data(), sockets.size(), 0) <= 0) return;
  for (std::size_t i = 0; i < sockets.size(); ++i) {
    // A connection ends only in its own step.
    if (sockets[i].revents != 0) open[i]->shared_from_this()->read();
  }
}

/// Sets the timer of the ingest queue, unless it expires early enough.
void ServerLoop::plan() {
  const std::int64_t due_ns = context_.ingest.next_ns();
  if (due_ns >= planned_ns_) return;
  const std::int64_t delay_ns = std::max<std::int64_t>(0, due_ns - context_.host.monotonic_ns());
  ingest_timer_.expires_after(std::chrono::nanoseconds(delay_ns));
  ingest_timer_.async_wait([this](const error_code& error) {
    if (error) return;
    planned_ns_ = IngestQueue::kNever;
    advance_ingest();
  });
  planned_ns_ = due_ns;
}

void ServerLoop::advance_ingest() {
  if (is_open_ && !leaving_by_ && context_.ingest.is_search_due()) search_spool();
  if (const std::uint64_t client = context_.ingest.advance(); client != 0) {
    const auto found = connections_.find(client);
    if (found != connections_.end()) {
      std::shared_ptr<Connection>(found->second)->settle();
    } else {
      context_.ingest.leave(client);
    }
  }
  if (!is_open_ && !leaving_by_ && context_.ingest.is_started()) {
    is_open_ = true;
    acceptor_.open();
    path_guard_.start();
  }
  flush();
}

ServerLoop::Milliseconds ServerLoop::time_left() const {
  return std::chrono::ceil<Milliseconds>(*leaving_by_ - Clock::now());
}

void ServerLoop::forget(std::uint64_t id) {
  connections_.erase(id);
  context_.live_agents.close(id);
  follow_ends();
  tell_when_closed();
}

/// Follows up the processes whose streams have ended.
void ServerLoop::follow_ends() {
  if (is_following_ || !context_.live_agents.advance()) return;
  is_following_ = true;
  ends_.expires_after(kFollowEvery);
  ends_.async_wait([this](const error_code& error) {
    is_following_ = false;
    if (!error) follow_ends();
    flush();
  });
}

void ServerLoop::take_deliveries() {
  // First all messages, then each touched connection once, so that it writes once.
  std::vector<std::shared_ptr<Connection>> touched;
  for (PeerMessage& message : inbox_->take()) {
    if (message.client == 0) context_.live_agents.deliver(message);
    const auto found = connections_.find(message.client);
    if (found == connections_.end()) continue;
    found->second->deliver(std::move(message));
    if (touched.empty() || touched.back() != found->second) touched.push_back(found->second);
  }
  for (const auto& connection : touched) connection->settle();
  flush();
}

void ServerLoop::flush() {
  context_.counters.flush(context_.host);
  if (std::exchange(gauged_, connections_.size()) != connections_.size())
    context_.host.gauge("connections_open", static_cast<std::int64_t>(connections_.size()));
  plan();
}

void ServerLoop::finish(Milliseconds grace) {
  leaving_by_ = Clock::now() + grace;
  path_guard_.stop();
  // From now on the system refuses connections, and hooks write to the spool. Waiting connections have already sent
  // their records, so the daemon accepts them; at a passed socket the next daemon does. The new spool entries are left
  // to the next daemon: a record without a time would take them in before the waiting connections.
  context_.ingest.stop();
  acceptor_.stop(!is_passed_);
  context_.live_agents.stop();
  ends_.cancel();
  const auto open = connections_;
  for (const auto& [id, connection] : open) connection->finish(grace);
  asio::post(io_, [this] { is_passed_ ? close_acceptor() : take_last(); });
}

/// May exceed the limit of connections: those that only sent records end at once.
void ServerLoop::take_last() {
  const std::size_t most = context_.settings.max_connections + kLastAtOnce;
  const bool is_over = !has_room();
  for (std::size_t i = 0; i < kLastAtOnce; ++i) {
    auto seen = Acceptor::AcceptResult::kNoDescriptor;
    if (is_over || connections_.size() < most) seen = acceptor_.accept(1);
    on_batch();
    if (seen == Acceptor::AcceptResult::kAccepted) continue;
    if (seen == Acceptor::AcceptResult::kNone || is_over) return close_acceptor();
    last_scan_.expires_after(Milliseconds(1));
    return last_scan_.async_wait([this](const error_code& stopped) {
      if (!stopped) take_last();
    });
  }
  asio::post(io_, [this] { take_last(); });
}

void ServerLoop::close_acceptor() {
  acceptor_.close();
  is_closing_ = true;
  tell_when_closed();
}

void ServerLoop::tell_when_closed() {
  if (connections_.empty() && std::exchange(is_closing_, false)) all_closed_.set_value();
}

}  // namespace unix_socket
