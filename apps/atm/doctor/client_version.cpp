// SPDX-License-Identifier: MIT
#include "client_version.hpp"

#include <charconv>
#include <chrono>

#include "program.hpp"

namespace atm::cli {

namespace {

std::optional<ClientVersion> version_at(std::string_view text) {
  ClientVersion version{};
  const char* at = text.data();
  const char* const end = at + text.size();
  for (std::size_t i = 0; i < version.size(); ++i) {
    const auto [next, error] = std::from_chars(at, end, version[i]);
    if (error != std::errc()) return std::nullopt;
    at = next;
    if (i + 1 < version.size() && (at == end || *at++ != '.')) return std::nullopt;
  }
  return version;
}

std::string find_client(const doctor::Environment& around) {
  if (std::string found = around.find_program("claude"); !found.empty() || around.home.empty()) return found;
  // The directories of Claude Code's installers, which a shell adds by an alias or its start files.
  for (const char* const place : {"/.local/bin/claude", "/.claude/local/claude"}) {
    if (doctor::is_runnable(around.home + place)) return around.home + place;
  }
  return {};
}

}  // namespace

std::optional<ClientVersion> parse_client_version(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789";
  for (std::size_t at = text.find_first_of(kDigits); at != text.npos; at = text.find_first_of(kDigits, at)) {
    if (auto version = version_at(text.substr(at))) return version;
    at = text.find_first_not_of(kDigits, at);
    if (at == text.npos) break;
  }
  return std::nullopt;
}

std::string version_text(const ClientVersion& version) {
  return std::to_string(version[0]) + '.' + std::to_string(version[1]) + '.' + std::to_string(version[2]);
}

std::optional<ClientVersion> ask_client_version(const doctor::Environment& around) {
  const std::string client = find_client(around);
  if (client.empty()) return std::nullopt;
  const auto ran = run_program({"/usr/bin/env", "DISABLE_AUTOUPDATER=1", "DISABLE_TELEMETRY=1",
                                "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1", client, "--version"},
                               std::chrono::seconds(3));
  if (!ran.in_time || ran.code != 0) return std::nullopt;
  return parse_client_version(ran.output);
}

}  // namespace atm::cli
