// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

namespace atm::kernel {

/// The mount points of this process as the kernel lists them. Each function accesses only the file system of its
/// argument, so that no other hung file system blocks it. [any]
class Mounts final {
 public:
  /// Reads /proc/self/mountinfo; falls back to "/" alone.
  Mounts();

  /// The mount point above an absolute path, by its text: symbolic links are not followed.
  [[nodiscard]] std::string point_of(const std::string& path) const;

  /// Resolves the symbolic links of a path as long as they stay below the mount point `here`. If a link leads
  /// elsewhere, the point_of() the result is another mount point.
  [[nodiscard]] std::string resolve(const std::string& path, const std::string& here) const;

 private:
  std::vector<std::string> points_;  // longest first
};

}  // namespace atm::kernel
