// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "lib/config/problem.hpp"

namespace atm {

struct Mismatch;

/// A TOML file as JSON text, with the line of each key. Dates become text, so that a schema can describe them.
struct TomlFile {
  std::string path;
  std::string json = "{}";
  std::map<std::vector<std::string>, unsigned> lines;  ///< by key path; list elements by index

  /// The line of a key, or of its nearest ancestor with a line; else 0.
  [[nodiscard]] unsigned line(std::vector<std::string> key) const;
  /// "FILE:LINE" of a key.
  [[nodiscard]] std::string place(const std::vector<std::string>& key) const;
};

/// Converts a mismatch of the table at `prefix` to a problem with its line in the file.
[[nodiscard]] Problem problem_at(const TomlFile& file, std::vector<std::string> prefix,
                                 const Mismatch& mismatch);

/// Parses TOML 1.0; `path` is used in messages.
[[nodiscard]] std::variant<TomlFile, Problem> parse_toml(std::string_view text, std::string path);

}  // namespace atm
