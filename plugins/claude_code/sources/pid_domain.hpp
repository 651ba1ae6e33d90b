// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace claude_code {

/// The PID namespace of the pid in a session file, in the format of Claude Code:
/// `linux:<machine id>:pid:[<inode number>]`.
struct PidDomain {
  /// The initial namespace has this inode number on every machine, and it shows the processes of all others.
  static constexpr std::uint64_t kInitialNamespace = 4026531836;

  std::string machine;  ///< empty: not known
  std::uint64_t pid_ns = 0;

  /// Nothing for a text of another form.
  [[nodiscard]] static std::optional<PidDomain> parse(std::string_view text);
  /// That of this process; `pid_ns` is 0 where it cannot be read.
  [[nodiscard]] static PidDomain own();

  bool operator==(const PidDomain&) const = default;
};

}  // namespace claude_code
