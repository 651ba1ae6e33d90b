// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "lib/config/problem.hpp"

namespace atm::kernel {

/// The description of a plugin beside its library, so that the host can refuse it before any of its code runs.
struct Manifest {
  struct Version {
    std::uint32_t major = 0;
    std::uint32_t minor = 0;
  };

  std::filesystem::path file;     ///< the manifest itself
  std::filesystem::path library;  ///< in the same directory
  std::string id;
  std::string version;
  Version abi;
  Version vocabulary;
  std::string arch;
  std::string sanitizer;
  std::vector<std::string> provides;
  std::vector<std::string> needs;
  bool is_enabled = true;  ///< default if the configuration does not set it
};

/// The properties of plugins that this build of atmd can load.
struct HostTraits {
  std::string_view arch;
  std::string_view sanitizer;
};
[[nodiscard]] HostTraits host_traits();

/// Larger files are not manifests.
inline constexpr std::size_t kMaxManifestBytes = 64 * 1024;

/// Parses a manifest; `file` is used in messages.
[[nodiscard]] std::variant<Manifest, Problem> parse_manifest(std::string_view text,
                                                             const std::filesystem::path& file);

/// Reads a manifest file.
[[nodiscard]] std::variant<Manifest, Problem> read_manifest(const std::filesystem::path& file);

/// Returns the reason why a host with these traits cannot load this plugin: another ABI major or a newer minor, another
/// vocabulary major, architecture or sanitizer, or an unknown host service.
[[nodiscard]] std::optional<Problem> check_manifest(const Manifest& manifest, const HostTraits& traits);

}  // namespace atm::kernel
