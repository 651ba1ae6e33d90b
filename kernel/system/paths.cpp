// SPDX-License-Identifier: MIT
#include "kernel/system/paths.hpp"

#include <pwd.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

namespace atm::kernel {
namespace {

namespace fs = std::filesystem;

std::optional<fs::path> absolute_path(const Environment& environment, const char* name) {
  const std::optional<std::string> value = environment(name);
  if (!value || value->empty() || value->front() != '/') return std::nullopt;
  return fs::path(*value);
}

fs::path home_from_user_database() {
  passwd entry{};
  passwd* found = nullptr;
  std::array<char, 4096> buffer{};
  getpwuid_r(::geteuid(), &entry, buffer.data(), buffer.size(), &found);
  return found != nullptr && found->pw_dir != nullptr ? fs::path(found->pw_dir) : fs::path("/");
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
  const auto home = [&environment] {
    const auto set = absolute_path(environment, "HOME");
    return set ? *set : home_from_user_database();
  };
  const auto base = [&](const char* name, const char* below_home) {
    const auto set = absolute_path(environment, name);
    return set ? *set : home() / below_home;
  };
  return {base("XDG_CONFIG_HOME", ".config") / "atm" / "atm.toml",
          base("XDG_STATE_HOME", ".local/state") / "atm",
          base("XDG_DATA_HOME", ".local/share") / "atm" / "plugins"};
}

fs::path program_dir() {
  std::error_code error;
  return fs::read_symlink("/proc/self/exe", error).parent_path();
}

}  // namespace atm::kernel
