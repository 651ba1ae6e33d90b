// SPDX-License-Identifier: MIT
#pragma once

#include <unistd.h>

#include <cstdlib>
#include <functional>
#include <string>

namespace atm::posix {

/// The base directories of the XDG Base Directory Specification 0.8; an unknown one is empty. Ignores empty and
/// relative variables, as the specification demands. Accesses no directory.
struct XdgDirectories {
  std::string home{};     ///< $HOME
  std::string config{};   ///< ${XDG_CONFIG_HOME:-$HOME/.config}
  std::string state{};    ///< ${XDG_STATE_HOME:-$HOME/.local/state}
  std::string data{};     ///< ${XDG_DATA_HOME:-$HOME/.local/share}
  std::string runtime{};  ///< $XDG_RUNTIME_DIR

  /// The value of an environment variable; a null pointer if it is unset.
  using Lookup = std::function<const char*(const char* name)>;

  [[nodiscard]] static XdgDirectories from(const Lookup& lookup);
  /// By the environment of this process. [any, while no thread changes the environment]
  [[nodiscard]] static XdgDirectories of_this_process() {
    return from([](const char* name) { return std::getenv(name); });  // NOLINT(concurrency-mt-unsafe)
  }
};

/// The runtime directory that a login creates for the effective user; it may be missing.
[[nodiscard]] inline std::string login_runtime_directory() {
  return "/run/user/" + std::to_string(::geteuid());
}

inline XdgDirectories XdgDirectories::from(const Lookup& lookup) {
  const auto absolute = [&lookup](const char* name) {
    const char* const value = lookup(name);
    return std::string(value != nullptr && value[0] == '/' ? value : "");
  };
  XdgDirectories found;
  found.home = absolute("HOME");
  const auto base = [&](const char* name, const char* below_home) {
    std::string value = absolute(name);
    return value.empty() && !found.home.empty() ? found.home + below_home : value;
  };
  found.config = base("XDG_CONFIG_HOME", "/.config");
  found.state = base("XDG_STATE_HOME", "/.local/state");
  found.data = base("XDG_DATA_HOME", "/.local/share");
  found.runtime = absolute("XDG_RUNTIME_DIR");
  return found;
}

}  // namespace atm::posix
