// SPDX-License-Identifier: MIT
#include "kernel/watch/directory_anchor.hpp"

#include <sys/inotify.h>
#include <sys/stat.h>

#include <cerrno>

namespace atm::kernel {
namespace {

constexpr std::uint32_t kSelf = IN_ONLYDIR | IN_DELETE_SELF | IN_MOVE_SELF;

bool is_directory(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

}  // namespace

PathParts::PathParts(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  parent = slash == 0 || slash == std::string::npos ? "/" : path.substr(0, slash);
  name = path.substr(slash == std::string::npos ? 0 : slash + 1);
}

DirectoryAnchor::DirectoryAnchor(Inotify& inotify, std::string directory, std::uint32_t mask,
                                 Inotify::Handler handler)
    : inotify_(inotify), directory_(std::move(directory)), mask_(mask), handler_(std::move(handler)) {}

Inotify::Added DirectoryAnchor::add(const std::string& place, const std::string& awaited) {
  if (awaited.empty()) return inotify_.add(place, mask_ | kSelf, handler_);
  return inotify_.add(place, kSelf | IN_CREATE | IN_MOVED_TO | IN_ATTRIB,
                      [this, awaited](std::uint32_t mask, std::string_view name) {
                        if (name.empty() || name == awaited) handler_(mask, {});
                      });
}

bool DirectoryAnchor::settle() {
  // Each round that finds the awaited entry already there starts again below it. The limit bounds the work when another
  // process creates and removes the entry all the time.
  for (int round = 0; round < 16; ++round) {
    std::string place = directory_;
    std::string awaited;
    Inotify::Added added = add(place, awaited);
    while (added.id == 0 && (added.error == ENOENT || added.error == ENOTDIR) && place != "/") {
      const PathParts parts(place);
      place = parts.parent;
      awaited = parts.name;
      added = add(place, awaited);
    }
    if (added.id == 0) return adopt(0);
    if (awaited.empty() || !is_directory((place == "/" ? "" : place) + "/" + awaited)) return adopt(added.id);
    inotify_.remove(added.id);
  }
  return adopt(0);
}

bool DirectoryAnchor::adopt(Inotify::Id id) {
  inotify_.remove(id_);  // after the new watch is added: the same directory keeps its watch and its events
  id_ = id;
  return id_ != 0;
}

void DirectoryAnchor::release() {
  adopt(0);
}

}  // namespace atm::kernel
