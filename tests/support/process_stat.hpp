// SPDX-License-Identifier: MIT
// The state of a process in /proc.
#pragma once

#include <sys/types.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <sstream>
#include <string>

namespace atm::test {

/// Its stat from field 3, the state, on: a name may contain brackets and spaces. Empty if it does not exist.
[[nodiscard]] inline std::string stat_of(pid_t pid) {
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  std::string text;
  std::getline(stat, text);
  return text.substr(std::min(text.rfind(')') + 2, text.size()));
}

/// Its start time; throws if it does not exist.
[[nodiscard]] inline std::uint64_t start_ticks_of(pid_t pid) {
  std::istringstream rest(stat_of(pid));
  std::string field;
  for (int i = 3; i <= 22; ++i) rest >> field;
  return std::stoull(field);
}

}  // namespace atm::test
