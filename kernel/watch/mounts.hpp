// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

namespace atm::kernel {

/// The mount points of this process as the kernel lists them. No function of it calls a file system that is mounted
/// elsewhere than the one it is asked about, so none hangs with another one. [any]
class Mounts final {
 public:
  /// Reads /proc/self/mountinfo; "/" alone where that cannot be read.
  Mounts();

  /// The mount point that an absolute path lies below, by its text: symbolic links are not followed.
  [[nodiscard]] std::string point_of(const std::string& path) const;

  /// A path below the mount point `here` with its symbolic links followed as far as they stay below `here`. The
  /// point_of() the result is another one where a link leads there.
  [[nodiscard]] std::string resolve(const std::string& path, const std::string& here) const;

 private:
  std::vector<std::string> points_;  // longest first
};

}  // namespace atm::kernel
