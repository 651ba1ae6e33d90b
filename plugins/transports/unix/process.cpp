// SPDX-License-Identifier: MIT
#include "process.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <atm/file_descriptor.hpp>
#include <charconv>
#include <cstdio>
#include <string_view>

namespace unix_socket {

namespace {

struct Stat {
  char state = '\0';
  std::int64_t start_ticks = 0;
};

std::optional<Stat> stat_of(std::int64_t pid) noexcept {
  std::array<char, 40> path{};
  std::snprintf(path.data(), path.size(), "/proc/%lld/stat", static_cast<long long>(pid));
  const atm::FileDescriptor file(::open(path.data(), O_RDONLY | O_CLOEXEC));
  std::array<char, 1024> bytes{};
  const ssize_t size = file ? ::read(file.get(), bytes.data(), bytes.size()) : 0;
  std::string_view text(bytes.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
  // The name, field 2, may contain spaces and parentheses: the next field follows the last parenthesis.
  const std::size_t name_end = text.rfind(") ");
  if (name_end == std::string_view::npos || name_end + 2 == text.size()) return std::nullopt;
  text.remove_prefix(name_end + 2);
  Stat stat;
  stat.state = text.front();
  constexpr int kFieldsBetween = 22 - 3;
  for (int i = 0; i < kFieldsBetween; ++i) {
    const std::size_t space = text.find(' ');
    if (space == std::string_view::npos) return std::nullopt;
    text.remove_prefix(space + 1);
  }
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), stat.start_ticks);
  return error == std::errc{} && end != text.data() ? std::optional(stat) : std::nullopt;
}

}  // namespace

std::optional<std::int64_t> process_start_ticks(std::int64_t pid) noexcept {
  const auto stat = stat_of(pid);
  return stat ? std::optional(stat->start_ticks) : std::nullopt;
}

bool is_running(const ProcessId& process) noexcept {
  const auto stat = stat_of(process.pid);
  return stat && stat->start_ticks == process.start_ticks && stat->state != 'Z' && stat->state != 'X';
}

}  // namespace unix_socket
