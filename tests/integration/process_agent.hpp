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

/// A process called `claude`, in a terminal of its own, with the environment of a tmux pane. It and what it
/// starts end with this object. Its parent takes its exit status on reap() only: one that was killed stays a
/// zombie till then.
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
  /// What a session in this process should be bound to.
  [[nodiscard]] bool is_process_of(const protocol::Session& session) const;

  /// Runs the hook until the daemon has read a record of it: a hook gives up when the machine is busy.
  void hook(std::string_view session, std::string_view event, std::string_view more = "");
  /// Starts an agent as its child, whose first hook is the SessionStart of `session`; its pid.
  pid_t start_agent(std::string_view session);
  /// Ends as a program does.
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

/// Where agents run, and nobody else.
inline constexpr std::string_view kPane = "%41";
inline constexpr std::string_view kTmuxSocket = "/tmp/tmux-test/default";

}  // namespace atm::test
