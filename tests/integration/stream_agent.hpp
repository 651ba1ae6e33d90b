// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "wire_client.hpp"

namespace atm::test {

/// A real process that talks to the daemon itself, on long-lived connections. The destructor ends it.
class StreamAgent final {
 public:
  explicit StreamAgent(const ServedDaemon& daemon);
  ~StreamAgent();
  StreamAgent(const StreamAgent&) = delete;
  StreamAgent& operator=(const StreamAgent&) = delete;

  [[nodiscard]] pid_t pid() const noexcept { return pid_; }
  /// The context that a hook of this process would send.
  [[nodiscard]] std::string hook_of(std::string_view session) const;

  void connect(int connection = 0);
  void say(std::string_view line, int connection = 0);
  void disconnect(int connection = 0);
  void kill() const;
  void reap();

 private:
  void order(const std::string& line);

  const ServedDaemon& daemon_;
  pid_t pid_ = -1;
  int input_ = -1;
  int output_ = -1;
  bool is_reaped_ = false;
};

}  // namespace atm::test
