// SPDX-License-Identifier: MIT
#include "kernel/system/paths.hpp"

#include <pwd.h>
#include <unistd.h>

#include <array>
#include <atm/posix/xdg.hpp>
#include <cstdlib>
#include <string_view>

namespace atm::kernel {
namespace {

namespace fs = std::filesystem;

std::string home_from_user_database() {
  passwd entry{};
  passwd* found = nullptr;
  std::array<char, 4096> buffer{};
  getpwuid_r(::geteuid(), &entry, buffer.data(), buffer.size(), &found);
  return found != nullptr && found->pw_dir != nullptr ? found->pw_dir : "/";
}

}  // namespace

Environment process_environment() {
  return [](const char* name) -> std::optional<std::string> {
    const char* const value = std::getenv(name);
    if (value == nullptr) return std::nullopt;
    return std::string(value);
  };
}

Paths Paths::from(const Environment& environment) {
  auto home = environment("HOME");
  if (!home || !home->starts_with('/')) home = home_from_user_database();
  std::optional<std::string> value;
  const auto xdg = posix::XdgDirectories::from([&](const char* name) {
    value = std::string_view(name) == "HOME" ? home : environment(name);
    return value ? value->c_str() : nullptr;
  });
  return {fs::path(xdg.config) / "atm" / "atm.toml", fs::path(xdg.state) / "atm",
          fs::path(xdg.data) / "atm" / "plugins"};
}

fs::path program_dir() {
  std::error_code error;
  return fs::read_symlink("/proc/self/exe", error).parent_path();
}

}  // namespace atm::kernel
