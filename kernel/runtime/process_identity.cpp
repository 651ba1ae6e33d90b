// SPDX-License-Identifier: MIT
#include "kernel/runtime/process_identity.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <string_view>

#include "kernel/runtime/unique_fd.hpp"

namespace atm::kernel {
namespace {

// A small file of /proc in one read.
std::string read_small(const char* path) {
  const UniqueFd fd(::open(path, O_RDONLY | O_CLOEXEC));
  std::array<char, 1024> buffer{};
  const ssize_t got = fd ? ::read(fd.get(), buffer.data(), buffer.size()) : -1;
  return got > 0 ? std::string(buffer.data(), static_cast<std::size_t>(got)) : std::string();
}

}  // namespace

std::optional<std::uint64_t> process_start_ticks(std::int64_t pid) {
  if (pid <= 0) return std::nullopt;
  const std::string stat = read_small(("/proc/" + std::to_string(pid) + "/stat").c_str());
  // The second field is the program's name in brackets and may hold anything: count from its last bracket.
  const std::size_t end_of_name = stat.rfind(") ");
  if (end_of_name == std::string::npos || end_of_name + 2 >= stat.size()) return std::nullopt;
  std::string_view rest = std::string_view(stat).substr(end_of_name + 2);
  if (rest.front() == 'Z' || rest.front() == 'X') return std::nullopt;
  constexpr int kFieldsBefore = 19;  // from field 3 to field 22
  for (int i = 0; i < kFieldsBefore; ++i) {
    const std::size_t space = rest.find(' ');
    if (space == std::string_view::npos) return std::nullopt;
    rest.remove_prefix(space + 1);
  }
  std::uint64_t ticks = 0;
  const auto parsed = std::from_chars(rest.data(), rest.data() + rest.size(), ticks);
  if (parsed.ec != std::errc()) return std::nullopt;
  return ticks;
}

const std::string& boot_id() {
  static const std::string id = [] {
    std::string text = read_small("/proc/sys/kernel/random/boot_id");
    while (!text.empty() && text.back() == '\n') text.pop_back();
    return text;
  }();
  return id;
}

const std::string& host_name() {
  static const std::string name = [] {
    std::array<char, 256> buffer{};
    ::gethostname(buffer.data(), buffer.size() - 1);
    return std::string(buffer.data());
  }();
  return name;
}

}  // namespace atm::kernel
