// SPDX-License-Identifier: MIT
// Shared by the wire tests: a private daemon with the first-party plugins, and its clients.
#pragma once

#include <atm/protocol/daemon_message_reader.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "support/atmd_process.hpp"

namespace atm::test {

/// The longest wait of a test.
inline constexpr std::chrono::seconds kTimeout{60};

inline constexpr std::string_view kHello =
    R"({"type":"hello","protocol_version":{"major":1,"minor":0},"client_type":"cli"})";

class Wire;

/// A serving atmd. The destructor kills it, and a failing test prints its log. It discovers agents only on request,
/// unless `toml` has a table of that plugin.
class ServedDaemon final {
 public:
  explicit ServedDaemon(std::string_view toml = "", Manager manager = {});
  ~ServedDaemon();
  ServedDaemon(const ServedDaemon&) = delete;
  ServedDaemon& operator=(const ServedDaemon&) = delete;

  [[nodiscard]] Atmd& process() noexcept { return *process_; }
  [[nodiscard]] const Home& home() const noexcept { return home_; }
  [[nodiscard]] std::filesystem::path socket() const { return home_.socket(); }
  /// Another start in the same home.
  void restart();

  /// A member of the stats by its path of names; 0 if absent.
  [[nodiscard]] std::int64_t stat(const std::vector<std::string_view>& path) const;
  /// Returns true if that reaches `wanted` or more in time.
  [[nodiscard]] bool stat_reaches(const std::vector<std::string_view>& path, std::int64_t wanted,
                                  std::chrono::seconds timeout = kTimeout) const;
  [[nodiscard]] std::vector<protocol::Session> sessions() const;
  [[nodiscard]] std::optional<protocol::Session> session(std::string_view id) const;

 private:
  Home home_;
  const Manager manager_;
  std::unique_ptr<Atmd> process_;
};

/// One connection, for tests: everything has a deadline.
class Wire final {
 public:
  /// Connects without a message.
  explicit Wire(const std::filesystem::path& socket);
  explicit Wire(const ServedDaemon& daemon) : Wire(daemon.socket()) {}
  ~Wire() { close(); }
  Wire(Wire&& other) noexcept;
  Wire& operator=(Wire&&) = delete;

  /// Sends hello and returns the answer.
  protocol::ServerHello greet(std::string_view hello = kHello);
  /// Adds the newline.
  void send(std::string_view line);
  void send_raw(std::string_view bytes);
  /// Sends as much as the socket takes without waiting. Returns the number of bytes.
  std::size_t send_some(std::string_view bytes);
  /// Closes the writing side.
  void half_close();
  void close();

  /// Absent if the daemon has closed; throws after the deadline.
  [[nodiscard]] std::optional<std::string> line();
  [[nodiscard]] protocol::Reply reply();
  /// The next message, which must be of this kind; otherwise throws with the line.
  template <class Message>
  [[nodiscard]] Message next() {
    protocol::Reply got = reply();
    if (auto* message = std::get_if<Message>(&got.message)) return std::move(*message);
    throw std::runtime_error("another message came: " + last_);
  }
  template <class Message>
  [[nodiscard]] Message ask(std::string_view line) {
    send(line);
    return next<Message>();
  }
  /// Sends a ping and waits for its answer: everything before it has been handled.
  void sync();
  [[nodiscard]] bool is_closed_by_daemon() { return !line().has_value(); }
  [[nodiscard]] int fd() const noexcept { return fd_; }

 private:
  [[nodiscard]] bool wait(short events) const;

  int fd_ = -1;
  std::string buffer_;
  std::size_t at_ = 0;
  std::string last_;
  protocol::DaemonMessageReader reader_;
};

/// An ingest line with a hook's payload: `{"hook_event_name":event,"session_id":id,...more}`.
[[nodiscard]] std::string hook(std::string_view id, std::string_view event, std::string_view more = "");
/// An ingest line with a status line's payload.
[[nodiscard]] std::string status_line(std::string_view id, double cost_usd, std::string_view more = "");

}  // namespace atm::test
