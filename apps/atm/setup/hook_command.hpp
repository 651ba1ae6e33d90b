// SPDX-License-Identifier: MIT
// The command lines that stand in the client's settings. They outlive us: without the program they do nothing.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace atm::cli::setup {

/// Where what the settings call is installed: absolute paths.
struct Programs {
  std::string hook;  ///< atm-hook
  std::string atm;
};

/// Where HTTP hooks go.
inline constexpr std::string_view kHookPath = "/v1/ingest/claude_code/hook";
inline constexpr std::string_view kHookUrl = "http://127.0.0.1:7641/v1/ingest/claude_code/hook";

[[nodiscard]] std::string hook_command(const std::string& hook);
/// `former` is the user's own command; empty: there was none, and atm prints the line.
[[nodiscard]] std::string status_line_command(const Programs& programs, std::string_view former);

enum class Ownership : std::uint8_t {
  kForeign,
  kOurs,
  kMixed,  ///< a person's own command that runs atm-hook beside other things
};
[[nodiscard]] Ownership hook_ownership(std::string_view command);
/// Whether an HTTP hook of that URL posts to us.
[[nodiscard]] bool is_our_url(std::string_view url);

struct StatusLineParts {
  Ownership ownership = Ownership::kForeign;
  std::string former{};  ///< of ours: the command within; empty where there was none
};
[[nodiscard]] StatusLineParts status_line_parts(std::string_view command);

}  // namespace atm::cli::setup
