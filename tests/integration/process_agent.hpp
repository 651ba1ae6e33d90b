// SPDX-License-Identifier: MIT
// A real process that poses as an agent.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "event_recorder.hpp"
#include "wire_client.hpp"

namespace atm::test {

/// A process called `claude`, in its own terminal, with the environment of a tmux pane. The destructor ends it and its
/// children. Only reap() takes the exit status: a killed process stays a zombie until then.
class Agent final {
 public:
  explicit Agent(const ServedDaemon& daemon, std::vector<std::string> words = {});
  ~Agent();
  Agent(const Agent&) = delete;
  Agent& operator=(const Agent&) = delete;

  [[nodiscard]] pid_t pid() const noexcept { return pid_; }
  [[nodiscard]] std::uint64_t start_ticks() const noexcept { return start_ticks_; }
  [[nodiscard]] const std::string& tty() const noexcept { return tty_; }
  [[nodiscard]] std::string pending_id() const { return "pending-" + std::to_string(pid_); }
  /// The expected binding of a session in this process.
  [[nodiscard]] bool is_process_of(const protocol::Session& session) const;

  /// Runs the hook until the daemon has read its record: a hook gives up on a busy machine.
  void hook(std::string_view session, std::string_view event, std::string_view more = "");
  /// Starts an agent as its child, whose first hook is the SessionStart of `session`. Returns its pid.
  pid_t start_agent(std::string_view session);
  /// Ends normally.
  void quit();
  void kill() const;
  void reap();
  [[nodiscard]] bool is_zombie() const;

 private:
  std::string ask(const std::string& line);

  const ServedDaemon& daemon_;
  pid_t pid_ = -1;
  int input_ = -1;
  int output_ = -1;
  int terminal_ = -1;
  std::uint64_t start_ticks_ = 0;
  std::string tty_;
  bool is_reaped_ = false;
};

/// A private environment for agents.
inline constexpr std::string_view kPane = "%41";
inline constexpr std::string_view kTmuxSocket = "/tmp/tmux-test/default";

}  // namespace atm::test
