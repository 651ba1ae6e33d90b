// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace atm::test {

/// A process that poses as Claude Code. It writes its session file as Claude Code does: in place, without a rename,
/// beside a secret.
class ClaudeClient final {
 public:
  /// Starts with `config_dir` as its CLAUDE_CONFIG_DIR and without a session file.
  ClaudeClient(std::filesystem::path config_dir, std::string session, std::string cwd = "/home/dev/p");
  ~ClaudeClient();
  ClaudeClient(const ClaudeClient&) = delete;
  ClaudeClient& operator=(const ClaudeClient&) = delete;

  /// Writes the session file with this status; `more` are members, each with a comma before it.
  void says(std::string_view status, std::string_view more = "") const;
  /// The same in two writes, with a pause in between.
  template <class Between>
  void says_torn(std::string_view status, const Between& between) const {
    const std::string text = entry(status, "");
    write(text.substr(0, text.size() / 2));
    between();
    write(text);
  }
  void switches_to(std::string session) { session_ = std::move(session); }
  /// Ends like a terminated agent process: it removes its session file first.
  void removes_entry() const;
  /// Sends SIGKILL; the session file remains. With `reap` no zombie is left.
  void is_killed(bool reap);
  /// Appends a line to the transcript of the session.
  void records(std::string_view line) const;

  [[nodiscard]] pid_t pid() const noexcept { return pid_; }
  [[nodiscard]] std::uint64_t start_ticks() const noexcept { return start_ticks_; }
  /// For the session file of another process.
  void claims_start(std::uint64_t start_ticks) noexcept { start_ticks_ = start_ticks; }
  [[nodiscard]] std::filesystem::path entry_file() const;
  [[nodiscard]] std::filesystem::path secret_file() const;
  [[nodiscard]] std::filesystem::path transcript_file() const;

 private:
  [[nodiscard]] std::string entry(std::string_view status, std::string_view more) const;
  void write(std::string_view text) const;

  const std::filesystem::path config_dir_;
  std::string session_;
  const std::string cwd_;
  pid_t pid_ = -1;
  std::uint64_t start_ticks_ = 0;
};

}  // namespace atm::test
