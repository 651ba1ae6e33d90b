// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>

#include "kernel/watch/inotify.hpp"

namespace atm::kernel {

/// Watches a directory that need not exist: the directory itself, or else its nearest existing parent for the
/// next step to it. All of it is [loop].
class DirectoryAnchor final {
 public:
  /// The handler's `name` is an entry of the directory; empty: settle() and look at everything. It must not
  /// call settle() itself.
  DirectoryAnchor(Inotify& inotify, std::string directory, std::uint32_t mask, Inotify::Handler handler);
  ~DirectoryAnchor() { release(); }
  DirectoryAnchor(const DirectoryAnchor&) = delete;
  DirectoryAnchor& operator=(const DirectoryAnchor&) = delete;

  /// Find where the directory is now. False: nothing can be watched, the caller has to poll.
  bool settle();
  void release();

 private:
  /// Watch `place`; `awaited` is the entry on the way to the directory, empty for the directory itself.
  [[nodiscard]] Inotify::Added add(const std::string& place, const std::string& awaited);
  bool adopt(Inotify::Id id);

  Inotify& inotify_;
  const std::string directory_;
  const std::uint32_t mask_;
  const Inotify::Handler handler_;
  Inotify::Id id_ = 0;
};

/// "/a/b" and "c" of "/a/b/c"; the parent of an entry of the root is "/".
struct PathParts {
  explicit PathParts(const std::string& path);
  std::string parent;
  std::string name;
};

}  // namespace atm::kernel
