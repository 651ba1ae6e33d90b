// SPDX-License-Identifier: MIT
#include "client_version.hpp"

#include <array>
#include <charconv>
#include <chrono>
#include <system_error>

#include "run_program.hpp"

namespace atm::cli::doctor {

bool ClientVersion::is_untried() const noexcept {
  constexpr std::array<int, 3> kOldest{2, 1, 197};
  std::array<int, 3> parts{};
  const char* at = text.data();
  const char* const end = at + text.size();
  for (int& part : parts) {
    const auto read = std::from_chars(at, end, part);
    if (read.ec != std::errc()) return false;
    at = read.ptr == end ? end : read.ptr + 1;
  }
  return parts < kOldest;
}

ClientVersion ask_client_version(const Environment& around) {
  const std::string program = around.find_program("claude");
  if (program.empty()) return {};
  const ProcessResult ran = run_program({program, "--version"}, std::chrono::milliseconds(3000));
  if (!ran.in_time || ran.code != 0) return {};
  return {ran.output.substr(0, ran.output.find_first_of(" \r\n"))};  // `2.1.330 (Claude Code)`
}

}  // namespace atm::cli::doctor
