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

std::optional<std::int64_t> process_start_ticks(std::int64_t pid) noexcept {
  std::array<char, 40> path{};
  std::snprintf(path.data(), path.size(), "/proc/%lld/stat", static_cast<long long>(pid));
  const atm::FileDescriptor file(::open(path.data(), O_RDONLY | O_CLOEXEC));
  std::array<char, 1024> bytes{};
  const ssize_t size = file ? ::read(file.get(), bytes.data(), bytes.size()) : 0;
  std::string_view text(bytes.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
  // The name, field 2, may hold spaces and parentheses: what counts comes after its last one.
  const std::size_t name_end = text.rfind(") ");
  if (name_end == std::string_view::npos) return std::nullopt;
  text.remove_prefix(name_end + 2);
  constexpr int kFieldsBetween = 22 - 3;
  for (int i = 0; i < kFieldsBetween; ++i) {
    const std::size_t space = text.find(' ');
    if (space == std::string_view::npos) return std::nullopt;
    text.remove_prefix(space + 1);
  }
  std::int64_t ticks = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), ticks);
  return error == std::errc{} && end != text.data() ? std::optional(ticks) : std::nullopt;
}

}  // namespace unix_socket
