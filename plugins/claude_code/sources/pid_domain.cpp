// SPDX-License-Identifier: MIT
#include "sources/pid_domain.hpp"

#include <charconv>
#include <filesystem>
#include <fstream>
#include <system_error>

namespace claude_code {

std::optional<PidDomain> PidDomain::parse(std::string_view text) {
  constexpr std::string_view kSystem = "linux:";
  constexpr std::string_view kNamespace = ":pid:[";
  const std::size_t at = text.rfind(kNamespace);
  if (!text.starts_with(kSystem) || at == std::string_view::npos || at < kSystem.size() || text.back() != ']')
    return std::nullopt;
  PidDomain domain;
  domain.machine = text.substr(kSystem.size(), at - kSystem.size());
  const std::string_view number =
      text.substr(at + kNamespace.size(), text.size() - 1 - at - kNamespace.size());
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), domain.pid_ns);
  if (error != std::errc() || end != number.data() + number.size() || domain.pid_ns == 0) return std::nullopt;
  return domain;
}

PidDomain PidDomain::own() {
  std::string machine;
  std::getline(std::ifstream("/etc/machine-id"), machine);
  std::error_code error;
  const std::string pid_ns = std::filesystem::read_symlink("/proc/self/ns/pid", error).string();
  return parse("linux:" + machine + ":" + pid_ns).value_or(PidDomain{machine, 0});
}

}  // namespace claude_code
