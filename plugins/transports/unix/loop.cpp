// SPDX-License-Identifier: MIT
#include "loop.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <atm/plugin/thread.hpp>
#include <atm/protocol/daemon_message.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <exception>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "endpoint.hpp"
#include "passed_socket.hpp"
#include "refused_records.hpp"

namespace unix_socket {

namespace asio = boost::asio;
using atm::FileDescriptor;
using atm::Status;
using boost::system::error_code;

namespace {
constexpr std::size_t kReadBytes = 256 * 1024;  // all that a default socket holds, in one look
constexpr std::chrono::milliseconds kGoodbye{1000};
constexpr std::chrono::milliseconds kFollowEvery{10};
constexpr std::size_t kLastAtOnce = 64;
}  // namespace

Loop::Loop(const atm::Host& host, const Settings& settings, atm::LocalListener endpoint)
    : courier_(std::make_shared<Courier>([this] { asio::post(io_, [this] { take_deliveries(); }); })),
      service_(host, settings, courier_,
               [this](std::uint64_t client) { asio::post(io_, [this, client] { take_turn(client); }); }),
      door_(
          io_, std::move(endpoint), service_.counters,
          [this](FileDescriptor socket, pid_t peer) { admit(std::move(socket), peer); },
          [this](Door::Seen last) { let_in(last != Door::Seen::kNobody); }),
      is_passed_(passed_descriptor(settings.socket).has_value()),
      path_guard_(io_, door_, service_.host, is_passed_),
      last_look_(io_),
      ends_(io_),
      pump_(io_, service_.spool, service_.turns),
      read_buffer_(std::make_unique_for_overwrite<char[]>(kReadBytes)) {
  if (!settings.spool) return;
  const auto max_age = std::chrono::nanoseconds(settings.spool_max_age).count();
  auto folders = spool_folders(door_.path());
  spool_folder_ = folders.front();
  for (std::string& folder : folders) service_.spool.add({std::move(folder), settings.line_bytes, max_age});
  service_.spool.only_while([this] { return door_.has_lock(); });
}

Loop::~Loop() {
  courier_->close();
  service_.discovery.stop();
  path_guard_.stop();
  door_.close();
  last_look_.cancel();
  pump_.stop();
  service_.streams.stop();
  ends_.cancel();
  while (!connections_.empty()) std::shared_ptr<Connection>(connections_.begin()->second)->close();
  // Cancelled handlers hold connections, which refer to members that go before io_ does.
  io_.restart();
  io_.poll();
}

void Loop::start() {
  thread_ = atm::start_thread("atm-unix", [this] { run(); });
}

Status Loop::stop(std::chrono::milliseconds deadline) {
  // A look for agents may take longer than the rest; it ends before its answer is waited for.
  service_.discovery.stop();
  std::future<void> is_closed = all_closed_.get_future();
  const auto grace = std::min<Milliseconds>(deadline / 2, kGoodbye);
  asio::post(io_, [this, grace] { finish(grace); });
  const bool in_time = is_closed.wait_for(deadline) == std::future_status::ready;
  io_.stop();
  thread_.join();
  service_.counters.flush(service_.host);
  return in_time ? Status::kOk : Status::kBusy;
}

void Loop::run() noexcept {
  for (bool has_failed = false;; has_failed = true) {
    try {
      if (has_failed) {
        let_in(false);
        door_.go_on();
      } else {
        // At a socket that was there before us somebody may have waited for longer than what was left.
        pump_.start(!is_passed_, [this] {
          door_.open();
          path_guard_.start();
        });
        flush();
      }
      io_.run();
      return;
    } catch (const std::exception& e) {
      // Out of memory, as a rule, for one client's message; the others are served on.
      service_.host.log(atm::LogLevel::kError, e.what());
    }
  }
}

bool Loop::has_room() const noexcept {
  return leaving_by_ ? Clock::now() < *leaving_by_ : connections_.size() < service_.settings.max_connections;
}

void Loop::admit(FileDescriptor socket, pid_t peer) {
  if (has_room()) {
    connect(std::move(socket), peer);
  } else if (leaving_by_) {
    refuse(socket);
  } else {
    without_room_.emplace_back(std::move(socket), peer);
  }
}

void Loop::refuse(const FileDescriptor& socket) {
  static const std::string kText = [] {
    std::string text;
    atm::protocol::append_error(text, atm::protocol::WireError::kTooManyClients,
                                "the limit of connections is reached; close one, or raise max_connections");
    return text;
  }();
  service_.counters.add(Counter::kConnectionsRefused);
  service_.counters.add(atm::protocol::WireError::kTooManyClients);
  const std::string sent = take_what_was_sent(socket.get());
  for (const std::string_view record : unanswered_records(sent, service_.reader)) {
    const bool is_saved = !spool_folder_.empty() && append_to_spool(spool_folder_, record);
    service_.counters.add(is_saved ? Counter::kRecordsSaved : Counter::kRecordsLost);
  }
  static_cast<void>(::send(socket.get(), kText.data(), kText.size(), MSG_NOSIGNAL));
}

void Loop::connect(FileDescriptor socket, pid_t peer) {
  Connection::Socket connected(io_);
  connected.assign(asio::local::stream_protocol(), socket.get());
  static_cast<void>(socket.release());
  const std::uint64_t id = ++last_id_;
  auto connection = std::make_shared<Connection>(std::move(connected), service_, id, peer,
                                                 std::span<char>(read_buffer_.get(), kReadBytes),
                                                 [this](std::uint64_t closed) { forget(closed); });
  newcomers_.reserve(newcomers_.size() + 1);
  connections_.emplace(id, connection);
  newcomers_.push_back(std::move(connection));
}

// Whoever came stays in its list until what is next for it is sure to run: memory may be short.
void Loop::let_in(bool is_anybody_outside) {
  flush();
  if (is_anybody_outside || !newcomers_.empty() || !without_room_.empty()) pump_.knock();
  // Some may have ended just now, and their turn comes first.
  if (!without_room_.empty()) asio::post(io_, [this] { admit_late(); });
  if (newcomers_.empty()) return;
  if (leaving_by_) {
    for (const auto& connection : std::exchange(newcomers_, {})) connection->finish(time_left());
    return;
  }
  // Whoever is connected and has written before is read first: a hook that has ended may have been accepted, and
  // not yet read, when the next one of its session comes. It takes one look for input after these were accepted,
  // whose results come before what is posted behind it.
  asio::post(io_,
             [this, newcomers = newcomers_] { asio::post(io_, [this, newcomers] { begin(newcomers); }); });
  newcomers_.clear();
}

void Loop::admit_late() {
  for (auto& [socket, peer] : std::exchange(without_room_, {}))
    has_room() ? connect(std::move(socket), peer) : refuse(socket);
  let_in(false);
}

void Loop::begin(const std::vector<std::shared_ptr<Connection>>& newcomers) {
  for (const auto& connection : newcomers) {
    try {
      leaving_by_ ? connection->finish(time_left()) : connection->start();
    } catch (const std::exception& e) {
      service_.host.log(atm::LogLevel::kError, e.what());
      connection->close();
    }
  }
  flush();
}

Loop::Milliseconds Loop::time_left() const {
  return std::chrono::ceil<Milliseconds>(*leaving_by_ - Clock::now());
}

void Loop::forget(std::uint64_t id) {
  connections_.erase(id);
  service_.streams.close(id);
  follow_ends();
  tell_when_closed();
}

/// What becomes of the processes whose streams have ended.
void Loop::follow_ends() {
  if (is_following_ || !service_.streams.advance()) return;
  is_following_ = true;
  ends_.expires_after(kFollowEvery);
  ends_.async_wait([this](const error_code& error) {
    is_following_ = false;
    if (!error) follow_ends();
    flush();
  });
}

void Loop::take_deliveries() {
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

void Loop::take_turn(std::uint64_t client) {
  const auto found = connections_.find(client);
  if (found != connections_.end()) std::shared_ptr<Connection>(found->second)->settle();
}

void Loop::flush() {
  service_.counters.flush(service_.host);
  if (std::exchange(gauged_, connections_.size()) != connections_.size())
    service_.host.gauge("connections_open", static_cast<std::int64_t>(connections_.size()));
}

void Loop::finish(Milliseconds grace) {
  leaving_by_ = Clock::now() + grace;
  path_guard_.stop();
  // From now on the system refuses who comes, and a hook leaves its record in the spool. Who waits at the door has
  // sent already and may be gone: they are taken in. At a socket that was passed the next daemon does that.
  door_.stop(!is_passed_);
  service_.streams.stop();
  ends_.cancel();
  // In the order in which they came; those who are on their way in come before those outside.
  const std::map<std::uint64_t, std::shared_ptr<Connection>> open(connections_.begin(), connections_.end());
  for (const auto& [id, connection] : open) connection->finish(grace);
  asio::post(io_, [this] { is_passed_ ? close_door() : take_last(); });
}

/// As many at a time as there may be, and more: those who only wrote are done at once.
void Loop::take_last() {
  const std::size_t most = service_.settings.max_connections + kLastAtOnce;
  const bool is_over = !has_room();
  for (std::size_t i = 0; i < kLastAtOnce; ++i) {
    const auto seen = is_over || connections_.size() < most ? door_.take() : Door::Seen::kNoMeans;
    if (seen == Door::Seen::kCame) continue;
    if (seen == Door::Seen::kNobody || is_over) return close_door();
    last_look_.expires_after(Milliseconds(1));
    return last_look_.async_wait([this](const error_code& stopped) {
      if (!stopped) take_last();
    });
  }
  asio::post(io_, [this] { take_last(); });
}

void Loop::close_door() {
  door_.close();
  pump_.stop();
  is_closing_ = true;
  tell_when_closed();
}

void Loop::tell_when_closed() {
  if (connections_.empty() && std::exchange(is_closing_, false)) all_closed_.set_value();
}

}  // namespace unix_socket
