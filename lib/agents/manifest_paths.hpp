// SPDX-License-Identifier: MIT
// The paths that a manifest may name: below the home directory, or below a directory that a variable names. Pure, but
// resolved_path() reads the environment.
#pragma once

#include <string>
#include <string_view>

namespace atm {

/// The path that `~/x` or `${NAME:-~/x}/y` means for this process, the forms that the schema allows. Empty without a
/// home directory.
[[nodiscard]] std::string resolved_path(std::string_view path);

/// Whether a file may hold keys or passwords, by its name. No manifest may name it, and nothing opens it. [any]
[[nodiscard]] bool is_secret_file(std::string_view path);

/// Whether a text has C0, DEL or C1, which a terminal would interpret.
[[nodiscard]] bool has_control(std::string_view text) noexcept;

/// A path below the home directory, or below a directory that a variable names: its name in `variable`.
[[nodiscard]] bool is_place(std::string_view path, std::string_view& variable);

/// A file that setup may edit: with this beginning and this ending of its name.
[[nodiscard]] bool is_settings_path(std::string_view path, std::string_view begin, std::string_view ending);

/// The files of a follow, below its directories.
[[nodiscard]] bool is_glob(std::string_view glob);

/// A place with a directory behind the variable.
[[nodiscard]] bool is_own_path(std::string_view path);

/// Names of directories and of a file *.jsonl, each with at most one * or {PART}.
[[nodiscard]] bool is_usage_pattern(std::string_view pattern);

}  // namespace atm
