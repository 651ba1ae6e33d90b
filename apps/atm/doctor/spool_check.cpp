// SPDX-License-Identifier: MIT
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atm/domain/relative_time.hpp>
#include <atm/file_descriptor.hpp>
#include <atm/posix/ownership.hpp>
#include <atm/posix/xdg.hpp>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <system_error>

#include "file_checks.hpp"

namespace atm::cli::doctor {

namespace {

constexpr std::uint64_t kMostBytes = 64 * 1024 * 1024;  // read to count records

struct Waiting {
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;
  std::optional<Timestamp> last{};
};

Timestamp time_of(const struct stat& about) {
  return Timestamp(std::chrono::seconds(about.st_mtim.tv_sec) +
                   std::chrono::nanoseconds(about.st_mtim.tv_nsec));
}

// Lines that are not empty: each record starts with a line feed as well.
std::uint64_t count_records(int file) {
  std::array<char, 64 * 1024> block{};
  std::uint64_t records = 0;
  char before = '\n';
  for (std::uint64_t all = 0; all < kMostBytes;) {
    const ssize_t got = ::read(file, block.data(), block.size());
    if (got <= 0) break;
    for (ssize_t i = 0; i < got; ++i) {
      const char c = block.at(static_cast<std::size_t>(i));
      if (c == '\n' && before != '\n') ++records;
      before = c;
    }
    all += static_cast<std::uint64_t>(got);
  }
  return records;
}

void add(int directory, const char* name, Waiting& to) {
  const FileDescriptor file(
      ::openat(directory, name, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC));
  struct stat about {};
  if (!file || ::fstat(file.get(), &about) != 0 || !S_ISREG(about.st_mode) || about.st_size <= 0) return;
  to.records += count_records(file.get());
  to.bytes += static_cast<std::uint64_t>(about.st_size);
  to.last = std::max(to.last.value_or(time_of(about)), time_of(about));
}

std::uint64_t size_of(int directory, const char* name) {
  struct stat about {};
  const bool is_file = ::fstatat(directory, name, &about, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(about.st_mode);
  return is_file ? static_cast<std::uint64_t>(about.st_size) : 0;
}

// Records whose parsing ended two daemons.
bool check_refused(int spool, const std::string& path, Findings& out) {
  FileDescriptor directory(::openat(spool, "refused", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  const std::unique_ptr<DIR, int (*)(DIR*)> list(directory ? ::fdopendir(directory.get()) : nullptr,
                                                 &::closedir);
  if (!list) return false;
  static_cast<void>(directory.release());
  std::uint64_t count = 0;
  while (const dirent* entry = ::readdir(list.get())) count += entry->d_name[0] == '.' ? 0 : 1;
  if (count == 0) return false;
  out.push_back(
      finding("spool", Severity::kWarning,
              counted(count, "record") + " in " + path + "/refused crashed two daemons and " +
                  (count == 1 ? "is" : "are") + " not parsed again",
              "inspect it with less " + path +
                  "/refused/* (it may contain prompts), send it to the plugin's author and remove it"));
  return true;
}

// Why hooks and daemon do not use the directory; empty if they do.
std::string refusal(int directory, int error) {
  struct stat about {};
  if (directory < 0) {
    if (error == ELOOP || error == ENOTDIR) return "is a link or not a directory";
    return "cannot be opened: " + std::generic_category().message(error);
  }
  if (::fstat(directory, &about) != 0) return "cannot be inspected";
  if (!posix::is_own(about)) return posix::owner_text(about);
  return posix::is_writable_by_others(about) ? "is writable by other users" : "";
}

void check_waiting(const std::string& path, const Waiting& waiting, bool has_daemon, Timestamp now,
                   Findings& out) {
  constexpr std::chrono::seconds kSoon{5};  // a daemon reads new records within a fraction of it
  const std::string found = counted(waiting.records, "record") + " (" + std::to_string(waiting.bytes) +
                            " bytes) in " + path + ", the last " + format_relative(*waiting.last, now);
  if (!has_daemon) {
    out.push_back(finding("spool", Severity::kNote, found, "the daemon reads them when it starts"));
  } else if (elapsed(*waiting.last, now) < kSoon) {
    out.push_back(finding("spool", Severity::kOk, found));
  } else {
    out.push_back(
        finding("spool", Severity::kWarning, found + "; the daemon does not read them",
                "check that it is the daemon of this socket and that plugins.unix.spool is on; see its log"));
  }
}

bool check_spool(const std::string& path, bool has_daemon, Timestamp now, Findings& out) {
  const FileDescriptor directory(
      ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  const int error = errno;
  if (!directory && error == ENOENT) return false;
  if (const std::string why = refusal(directory.get(), error); !why.empty()) {
    out.push_back(finding("spool", Severity::kWarning,
                          path + " " + why + ": hooks store no records while no daemon runs",
                          "remove it, or make it a directory of yours with mode 700"));
    return true;
  }
  Waiting waiting;
  add(directory.get(), "taken", waiting);
  add(directory.get(), "records", waiting);
  Waiting paused;
  add(directory.get(), "paused", paused);
  const std::uint64_t dropped = size_of(directory.get(), "dropped");
  if (dropped > 0) {
    out.push_back(finding("spool", Severity::kWarning,
                          counted(dropped, "record") + " did not fit into " + path + " and " +
                              (dropped == 1 ? "is" : "are") + " lost",
                          "keep the daemon running: systemctl --user enable --now atmd.socket"));
  }
  if (waiting.last) check_waiting(path, waiting, has_daemon, now, out);
  if (paused.records > 0) {
    out.push_back(finding("spool", Severity::kNote,
                          counted(paused.records, "record") + " in " + path + "/paused " +
                              (paused.records == 1 ? "waits" : "wait") + " for a plugin that was paused",
                          "atm plugins shows which plugin is paused, why, and until when"));
  }
  const bool has_refused = check_refused(directory.get(), path, out);
  return dropped > 0 || waiting.last.has_value() || paused.records > 0 || has_refused;
}

}  // namespace

std::vector<std::string> spool_directories(const Environment& around,
                                           const std::vector<std::string>& sockets) {
  std::vector<std::string> directories;
  directories.reserve(sockets.size() + 1);
  for (const std::string& socket : sockets) directories.push_back(socket + ".spool");
  if (around.socket.empty() && !around.state_directory.empty())
    directories.push_back(around.state_directory + "/spool");
  return directories;
}

void check_spools(const std::vector<std::string>& directories, bool has_daemon, Timestamp now,
                  Findings& out) {
  bool is_empty = true;
  for (const std::string& path : directories) {
    if (check_spool(path, has_daemon, now, out)) is_empty = false;
  }
  if (is_empty) out.push_back(finding("spool", Severity::kOk, "no records wait in the spool"));
}

std::vector<std::string> loss_files(const Environment& around) {
  if (!around.socket.empty()) return {around.socket + ".lost"};
  std::vector<std::string> files{posix::login_runtime_directory() + "/atm.lost",
                                 "/tmp/atm-" + std::to_string(::geteuid()) + ".lost"};
  const std::string named = around.runtime_directory + "/atm.lost";
  if (!around.runtime_directory.empty() && named != files.front()) files.insert(files.begin(), named);
  return files;
}

void check_losses_of_hooks(const std::vector<std::string>& files, Timestamp now, Findings& out) {
  for (const std::string& path : files) {
    struct stat about {};
    if (::lstat(path.c_str(), &about) != 0 || !posix::is_own_file(about) || about.st_size <= 0) continue;
    const auto lost = static_cast<std::uint64_t>(about.st_size);
    out.push_back(
        finding("spool", Severity::kWarning,
                counted(lost, "record") + " of hooks " + (lost == 1 ? "is" : "are") +
                    " lost because no spool accepted " + (lost == 1 ? "it" : "them") + ", the last " +
                    format_relative(time_of(about), now),
                "make the user that runs the agent the owner of the spool's directories, or free disk space; "
                "then remove " +
                    path));
  }
}

void check_disk(const std::string& directory, Findings& out) {
  constexpr std::uint64_t kLeastBytes = 1024 * 1024;
  std::string place = directory;
  struct statvfs room {};
  while (!place.empty() && ::statvfs(place.c_str(), &room) != 0)
    place.resize(std::min(place.rfind('/'), place.size() - 1));
  if (place.empty() || room.f_blocks == 0) return;
  const std::uint64_t bytes =
      std::uint64_t{room.f_frsize} * (::geteuid() == 0 ? room.f_bfree : room.f_bavail);
  const bool has_names = room.f_files == 0 || room.f_favail > 0;
  if (bytes >= kLeastBytes && has_names) {
    out.push_back(finding("disk", Severity::kOk, "there is free space in " + place));
    return;
  }
  out.push_back(finding("disk", Severity::kWarning,
                        "the disk of " + place + " is full: " + std::to_string(bytes) + " bytes" +
                            (has_names ? "" : " and no file") +
                            " left, so hooks store no records while no daemon runs",
                        "free disk space there"));
}

}  // namespace atm::cli::doctor
