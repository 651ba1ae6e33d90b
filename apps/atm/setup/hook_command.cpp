// SPDX-License-Identifier: MIT
#include "hook_command.hpp"

#include <atm/posix/shell_word.hpp>
#include <optional>

#include "shell_words.hpp"

namespace atm::cli::setup {

namespace {

constexpr std::string_view kAgent = " --agent claude_code";
// With `sh -c COMMAND PAYLOAD` the payload is $0.
constexpr std::string_view kArgument = " --argv \"$0\"";
constexpr std::string_view kStatusLine = " --status-line";
constexpr std::string_view kOwnLine = " status-line";

bool take(std::string_view& rest, std::string_view text) {
  if (rest.substr(0, text.size()) != text) return false;
  rest.remove_prefix(text.size());
  return true;
}

bool is_id_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

bool is_program(const std::optional<std::string>& path, std::string_view name) {
  if (!path) return false;
  const std::string_view text = *path;
  return text.substr(text.rfind('/') + 1) == name;
}

bool take_program(std::string_view& rest, std::string_view name) {
  return is_program(take_shell_word(rest), name);
}

std::string argument_of(std::string_view agent) {
  return std::string(" --agent ").append(agent);
}

// The text of a command that runs atm-hook, with any quoting.
bool names_hook(std::string_view command, std::string_view agent) {
  const std::string argument = argument_of(agent);
  for (std::size_t at = 0; (at = command.find("atm-hook", at)) != command.npos; ++at) {
    std::string_view rest = command.substr(at + std::string_view("atm-hook").size());
    if (!rest.empty() && (rest.front() == '\'' || rest.front() == '"')) rest.remove_prefix(1);
    rest = rest.substr(0, argument.size() + 1);
    // Another agent's id may begin with this one.
    if (rest.starts_with(argument) && (rest.size() == argument.size() || !is_id_byte(rest.back())))
      return true;
  }
  return false;
}

// `[ -x P ] && P --agent AGENT || true`, or a manually written `P --agent AGENT`.
bool is_whole_hook(std::string_view rest, std::string_view agent, std::string_view more = {}) {
  const bool is_guarded = take(rest, "[ -x ");
  if (is_guarded && (!take_program(rest, "atm-hook") || !take(rest, " ] && "))) return false;
  return take_program(rest, "atm-hook") && take(rest, argument_of(agent)) && take(rest, more) &&
         rest == (is_guarded ? " || true" : "");
}

bool is_own_line(std::string_view command) {
  return take_program(command, "atm") && command == kOwnLine;
}

std::optional<std::string> line_within(std::string_view rest) {
  const bool is_guarded = take(rest, "[ -x ");
  if (is_guarded && (!take_program(rest, "atm-hook") || !take(rest, " ] && exec "))) return std::nullopt;
  if (!take_program(rest, "atm-hook") || !take(rest, kAgent) || !take(rest, kStatusLine)) return std::nullopt;
  if (!is_guarded && rest.empty()) return "";
  if (!take(rest, " --then ")) return std::nullopt;
  const auto former = take_shell_word(rest);
  if (!former) return std::nullopt;
  if (rest == "; true" && is_own_line(*former)) return "";
  // Without the guard nothing needs to follow.
  const bool is_whole = (!is_guarded && rest.empty()) || (take(rest, "; ") && rest == *former);
  return is_whole ? former : std::nullopt;
}

}  // namespace

std::string hook_command(const std::string& hook, std::string_view agent) {
  const std::string word = shell_word(hook);
  return "[ -x " + word + " ] && " + word + argument_of(agent) + " || true";
}

std::string argument_command(const std::string& hook, std::string_view agent) {
  const std::string word = shell_word(hook);
  return "[ -x " + word + " ] && " + word + argument_of(agent) + std::string(kArgument) + " || true";
}

bool is_argument_command(std::string_view command, std::string_view agent) {
  return is_whole_hook(command, agent, kArgument);
}

std::string status_line_command(const Programs& programs, std::string_view former) {
  const std::string word = shell_word(programs.hook);
  const std::string own = posix::shell_quoted(programs.atm) + std::string(kOwnLine);
  return "[ -x " + word + " ] && exec " + word + std::string(kAgent) + std::string(kStatusLine) + " --then " +
         posix::shell_quoted(former.empty() ? own : former) + "; " +
         std::string(former.empty() ? "true" : former);
}

Ownership hook_ownership(std::string_view command, std::string_view agent) {
  if (is_whole_hook(command, agent)) return Ownership::kOurs;
  return names_hook(command, agent) ? Ownership::kMixed : Ownership::kForeign;
}

bool is_our_url(std::string_view url) {
  const bool is_local =
      take(url, "http://127.0.0.1:") || take(url, "http://localhost:") || take(url, "http://[::1]:");
  const std::size_t slash = url.find('/');
  return is_local && slash != url.npos && url.substr(slash) == kHookPath;
}

StatusLineParts status_line_parts(std::string_view command) {
  if (auto former = line_within(command)) return {Ownership::kOurs, std::move(*former)};
  return {names_hook(command, kClaudeAgent) ? Ownership::kMixed : Ownership::kForeign, ""};
}

}  // namespace atm::cli::setup
