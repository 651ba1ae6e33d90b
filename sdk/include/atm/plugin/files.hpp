// SPDX-License-Identifier: MIT
// Files that other programs write (atm/host/files.h), with callback objects instead of functions.
#pragma once

#include <atm/host/files.h>

#include <atm/plugin/host.hpp>
#include <atm/plugin/values.hpp>
#include <cstdint>
#include <string_view>

namespace atm {

/// Where a follow begins to read an existing file; a file that appears later is read from its beginning.
enum class FileStart : std::uint32_t {
  kBeginning = ATM_FILE_FROM_BEGINNING,
  kEnd = ATM_FILE_FROM_END,
  kOffset = ATM_FILE_FROM_OFFSET,
  kTail = ATM_FILE_FROM_TAIL,
};

/// What happened to a followed file; atm/host/files.h defines each event.
enum class FileEvent : std::uint32_t {
  kAppeared = ATM_FILE_APPEARED,
  kTruncated = ATM_FILE_TRUNCATED,
  kReplaced = ATM_FILE_REPLACED,
  kGone = ATM_FILE_GONE,
  kLineSkipped = ATM_FILE_LINE_SKIPPED,
};

/// Takes the lines of a followed file. The host calls it from one thread at a time, in the order of the file.
/// Exceptions are caught: on_line() then counts as taken. [watch]
class FileFollower {
 public:
  /// Close the follow before the destructor runs.
  virtual ~FileFollower() = default;
  /// Takes one line. kBusy: the host calls again later with the same line; any other result counts as taken.
  virtual Status on_line(std::uint64_t follow, const atm_file_line& line) = 0;
  /// Takes an event, in order with the lines.
  virtual void on_event(std::uint64_t follow, FileEvent event) = 0;
};

/// Takes the state of the small files of a directory, one call at a time. [watch]
class DirectoryFollower {
 public:
  /// Close the watch before the destructor runs.
  virtual ~DirectoryFollower() = default;
  /// Takes the new state of one file. kBusy: the host calls again later with the state of that time.
  virtual Status on_file(std::uint64_t watch, const atm_file_change& change) = 0;
};

/// The host service for files.
///
/// Followers are called on threads of the host. A follower must therefore live until close() of its follow or watch has
/// returned. Without the service each call returns kUnsupported. Copyable; valid until the plugin is destroyed.
class Files final {
 public:
  /// Queries the service once. Both forms are equivalent.
  explicit Files(const Host& host) noexcept : Files(host.c()) {}
  explicit Files(const atm_host* host) noexcept
      : self_(host->self),
        table_(static_cast<const atm_host_files*>(host->query(host->self, to_c(ATM_HOST_FILES)))) {}

  /// Whether the host has the service.
  [[nodiscard]] bool is_there() const noexcept { return table_ != nullptr; }

  /// Begins to follow a file. `path` is absolute; `offset` (bytes) is used by FileStart::kOffset and kTail only;
  /// max_line_bytes 0: 1 MiB. `follow` is never 0. kInvalid, kFull, kClosed. [any]
  Status follow(std::string_view path, FileStart start, std::uint64_t offset, std::uint64_t max_line_bytes,
                FileFollower& to, std::uint64_t& follow) const noexcept {
    if (table_ == nullptr) return Status::kUnsupported;
    const atm_file_follow options{sizeof(atm_file_follow),
                                  static_cast<std::uint32_t>(start),
                                  offset,
                                  max_line_bytes,
                                  to_c(path),
                                  &to,
                                  &Files::line,
                                  &Files::event};
    return static_cast<Status>(table_->follow(self_, &options, &follow));
  }

  /// Begins to watch those files of a directory whose names end in `suffix`; with `digits_only` the rest of a name must
  /// be decimal digits. kInvalid, kFull, kClosed. [any]
  Status watch(std::string_view directory, std::string_view suffix, bool digits_only, DirectoryFollower& to,
               std::uint64_t& watch) const noexcept {
    if (table_ == nullptr) return Status::kUnsupported;
    const atm_directory_watch options{sizeof(atm_directory_watch),
                                      digits_only ? ATM_DIRECTORY_DIGITS : ATM_DIRECTORY_ANY_NAME,
                                      to_c(directory),
                                      to_c(suffix),
                                      &to,
                                      &Files::changed};
    return static_cast<Status>(table_->watch(self_, &options, &watch));
  }

  /// Reads one file again after delay_ns and reports it even if unchanged; for a file whose content was incomplete.
  /// [any]
  Status retry(std::uint64_t watch, std::string_view name, std::int64_t delay_ns) const noexcept {
    return table_ ? static_cast<Status>(table_->retry(self_, watch, to_c(name), delay_ns))
                  : Status::kUnsupported;
  }

  /// Ends a follow or watch. After the return its follower is not called. Waits for a running call, so the caller must
  /// not hold a lock that the follower takes; within a follower it returns at once. [any]
  Status close(std::uint64_t id) const noexcept {
    return table_ ? static_cast<Status>(table_->close(self_, id)) : Status::kUnsupported;
  }

 private:
  /// The C entry points. An exception must not reach the host.
  static atm_status line(void* context, std::uint64_t follow, const atm_file_line* line) noexcept {
    try {
      return to_c(static_cast<FileFollower*>(context)->on_line(follow, *line));
    } catch (...) {
      return ATM_E_INTERNAL;
    }
  }
  static void event(void* context, std::uint64_t follow, std::uint32_t event) noexcept {
    try {
      static_cast<FileFollower*>(context)->on_event(follow, static_cast<FileEvent>(event));
    } catch (...) {  // the function has no result to report it
      return;
    }
  }
  static atm_status changed(void* context, std::uint64_t watch, const atm_file_change* change) noexcept {
    try {
      return to_c(static_cast<DirectoryFollower*>(context)->on_file(watch, *change));
    } catch (...) {
      return ATM_E_INTERNAL;
    }
  }

  /// Borrowed from the host; table_ is NULL without the service.
  void* self_;
  const atm_host_files* table_;
};

}  // namespace atm
