// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>

#include "kernel/watch/inotify.hpp"

namespace atm::kernel {

/// Watches a directory that may not exist: the directory itself, or else its nearest existing parent for the next entry
/// on the path. All of it is [loop].
class DirectoryAnchor final {
 public:
  /// The handler's `name` is an entry of the directory; empty: call settle() and check everything. The handler itself
  /// must not call settle().
  DirectoryAnchor(Inotify& inotify, std::string directory, std::uint32_t mask, Inotify::Handler handler);
  ~DirectoryAnchor() { release(); }
  DirectoryAnchor(const DirectoryAnchor&) = delete;
  DirectoryAnchor& operator=(const DirectoryAnchor&) = delete;

  /// Finds the current place of the directory. Returns false if nothing can be watched and the caller must poll.
  bool settle();
  void release();

 private:
  /// Watches `place`; `awaited` is the next entry on the path to the directory, empty for the directory itself.
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
