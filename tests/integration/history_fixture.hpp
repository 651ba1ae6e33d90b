// SPDX-License-Identifier: MIT
// What the tests of the history share: a daemon that keeps one, its input, and atm without a daemon.
#pragma once

#include <atm/protocol/session.hpp>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cli_program.hpp"
#include "wire_client.hpp"

namespace atm::test {

inline constexpr std::string_view kWithHistory = "\n[plugins.history]\nkeep_days = 30\n";

/// What a user sees of a session, without what time alone changes.
[[nodiscard]] std::string seen(const protocol::Session& session);

/// Waits until every input that the registry has folded is in the file.
[[nodiscard]] bool is_durable(const ServedDaemon& daemon);

[[nodiscard]] std::string content_of(const std::filesystem::path& path);

/// Reports the session "asks", which waits for a permission, and "done", whose turn is over.
void work(const ServedDaemon& daemon);

/// The time as --at takes it.
[[nodiscard]] std::string now_text();

/// Runs atm without a daemon.
class Programs final {
 public:
  explicit Programs(const ServedDaemon& daemon) : home_(daemon.home().dir().path()) {}

  [[nodiscard]] std::unique_ptr<Program> run(std::vector<std::string> words) const;
  /// With these lines as its input.
  [[nodiscard]] std::unique_ptr<Program> run(std::vector<std::string> words, const std::string& lines) const;
  /// The output; the command must succeed silently.
  [[nodiscard]] std::string out(std::vector<std::string> words) const;

 private:
  [[nodiscard]] std::unique_ptr<Program> start(const std::vector<std::string>& command) const;

  std::filesystem::path home_;
};

}  // namespace atm::test
