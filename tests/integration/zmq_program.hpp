// SPDX-License-Identifier: MIT
// A daemon with ZeroMQ enabled, and the example that follows it.
#pragma once

#include <sys/types.h>

#include <csignal>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "support/atmd_process.hpp"

namespace atm::test {

/// Waits for a condition, at most 30 s. Returns true if it held.
[[nodiscard]] bool eventually(const std::function<bool()>& holds);

/// atmd with the transports unix and zmq in a private home directory.
class ZmqDaemon final {
 public:
  explicit ZmqDaemon(std::string_view zmq_settings);

  void start();
  [[nodiscard]] Atmd& process() { return *process_; }
  [[nodiscard]] std::string ask(const std::string& line) const { return process_->ask(line); }
  /// All sessions of the daemon, one JSON array sorted by id.
  [[nodiscard]] std::string sessions() const;
  [[nodiscard]] std::string publish() const { return "ipc://" + directory() + "/zmq-pub.sock"; }
  [[nodiscard]] std::string request() const { return "ipc://" + directory() + "/zmq-router.sock"; }
  [[nodiscard]] std::string directory() const { return (home_.dir().path() / "run/atm").string(); }
  [[nodiscard]] const Home& home() const noexcept { return home_; }

 private:
  Home home_;
  std::unique_ptr<Atmd> process_;
};

/// A running examples/subscribers/zmq_follow.py.
class Follower final {
 public:
  explicit Follower(const ZmqDaemon& daemon) : Follower(daemon.home().dir()) {}
  /// Of the sockets in run/atm of this home.
  explicit Follower(const TempDir& home);
  ~Follower();
  Follower(const Follower&) = delete;
  Follower& operator=(const Follower&) = delete;

  void signal(int number) const { ::kill(pid_, number); }
  [[nodiscard]] std::string output() const;
  [[nodiscard]] int count(std::string_view text) const;
  /// Returns true if it requested a snapshot and got every answer.
  [[nodiscard]] bool is_in_step() const {
    const int asked = count("asking for a snapshot");
    return asked > 0 && asked == count("caught up");
  }
  /// Ends it. Returns its final array of sessions.
  [[nodiscard]] std::string finish();

 private:
  std::filesystem::path output_;
  pid_t pid_ = -1;
};

/// The array of session objects sorted by id, for comparison.
[[nodiscard]] std::string sorted_by_id(std::string_view sessions);

/// The request that sets the tokens of a session.
[[nodiscard]] inline std::string update(const std::string& session, int tokens) {
  return R"({"type":"update_context","session_id":")" + session + R"(","context":{"total_input_tokens":)" +
         std::to_string(tokens) + "}}";
}

}  // namespace atm::test
