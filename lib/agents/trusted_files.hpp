// SPDX-License-Identifier: MIT
// The manifests of the user that may name files (docs/agents/manifest.md, "Trust").
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "lib/config/problem.hpp"

namespace atm {

/// Of a file in the directories of the user.
enum class Trust : std::uint8_t {
  kNotNeeded,  ///< it names no files
  kTrusted,
  kNeeded,   ///< the user never trusted it
  kChanged,  ///< the user trusted other content
};

/// SHA-256 in lower-case hexadecimal digits.
[[nodiscard]] std::string sha256_text(std::string_view content);

/// The files that the user trusts and the SHA-256 of their content, stored as `sha256sum` prints it.
class TrustedFiles final {
 public:
  static constexpr std::size_t kMaxBytes = 256 * 1024;

  /// Without `file` nothing is trusted. Nor is anything if it is a link or another user can write it: problem() is then
  /// set. [any]
  [[nodiscard]] static TrustedFiles read(const std::filesystem::path& file);

  [[nodiscard]] const std::optional<Problem>& problem() const noexcept { return problem_; }
  /// kTrusted, kNeeded or kChanged. `sha256` is that of the content.
  [[nodiscard]] Trust of(const std::string& file, std::string_view sha256) const;
  /// By path, the SHA-256.
  [[nodiscard]] const std::map<std::string, std::string>& all() const noexcept { return files_; }

  /// False: the path has a line break, or the list would be too long.
  [[nodiscard]] bool add(const std::string& file, std::string_view sha256);
  /// False: it was not there.
  bool remove(const std::string& file);
  /// The content of the file.
  [[nodiscard]] std::string text() const;

 private:
  std::map<std::string, std::string> files_;
  std::optional<Problem> problem_;
};

}  // namespace atm
