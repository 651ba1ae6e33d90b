// SPDX-License-Identifier: MIT
// The command lines in the settings of agents. They do nothing once the program is uninstalled.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace atm::cli::setup {

/// The absolute paths of the installed programs that the settings run.
struct Programs {
  std::string hook;  ///< atm-hook
  std::string atm;
};

/// The URL path of HTTP hooks.
inline constexpr std::string_view kHookPath = "/v1/ingest/claude_code/hook";

inline constexpr std::string_view kClaudeAgent = "claude_code";

[[nodiscard]] std::string hook_command(const std::string& hook, std::string_view agent = kClaudeAgent);
/// The same for an agent that appends the payload to the arguments of `sh -c`.
[[nodiscard]] std::string argument_command(const std::string& hook, std::string_view agent);
[[nodiscard]] bool is_argument_command(std::string_view command, std::string_view agent);
/// `former` is the user's own command; if it is empty, atm prints the line.
[[nodiscard]] std::string status_line_command(const Programs& programs, std::string_view former);

enum class Ownership : std::uint8_t {
  kForeign,
  kOurs,
  kMixed,  ///< a user's own command that runs atm-hook among other programs
};
[[nodiscard]] Ownership hook_ownership(std::string_view command, std::string_view agent = kClaudeAgent);
/// Returns true if an HTTP hook of that URL posts to atmd.
[[nodiscard]] bool is_our_url(std::string_view url);

struct StatusLineParts {
  Ownership ownership = Ownership::kForeign;
  std::string former{};  ///< of ATM's command: the command inside it; empty if there was none
};
[[nodiscard]] StatusLineParts status_line_parts(std::string_view command);

}  // namespace atm::cli::setup
