// SPDX-License-Identifier: MIT
// A daemon with ZeroMQ on, and the example that follows it.
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

/// Waits for a condition, at most 30 s; whether it came true.
[[nodiscard]] bool eventually(const std::function<bool()>& holds);

/// atmd with the unix and the zmq transport in a home of its own.
class ZmqDaemon final {
 public:
  explicit ZmqDaemon(std::string_view zmq_settings);

  void start();
  [[nodiscard]] Atmd& process() { return *process_; }
  [[nodiscard]] std::string ask(const std::string& line) const { return process_->ask(line); }
  /// All sessions as their owner says, one JSON array sorted by id.
  [[nodiscard]] std::string sessions() const;
  [[nodiscard]] std::string publish() const { return "ipc://" + directory() + "/zmq-pub.sock"; }
  [[nodiscard]] std::string request() const { return "ipc://" + directory() + "/zmq-router.sock"; }
  [[nodiscard]] std::string directory() const { return (home_.dir().path() / "run/atm").string(); }
  [[nodiscard]] const Home& home() const noexcept { return home_; }

 private:
  Home home_;
  std::unique_ptr<Atmd> process_;
};

/// examples/subscribers/zmq_follow.py, running.
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
  /// Whether it asked for a snapshot and has had every answer.
  [[nodiscard]] bool is_in_step() const {
    const int asked = count("asking for a snapshot");
    return asked > 0 && asked == count("caught up");
  }
  /// Ends it; the array of sessions it ends with.
  [[nodiscard]] std::string finish();

 private:
  std::filesystem::path output_;
  pid_t pid_ = -1;
};

/// The array of session objects with the objects sorted by id, for comparing.
[[nodiscard]] std::string sorted_by_id(std::string_view sessions);

/// The request that gives a session so many tokens.
[[nodiscard]] inline std::string update(const std::string& session, int tokens) {
  return R"({"type":"update_context","session_id":")" + session + R"(","context":{"total_input_tokens":)" +
         std::to_string(tokens) + "}}";
}

}  // namespace atm::test
