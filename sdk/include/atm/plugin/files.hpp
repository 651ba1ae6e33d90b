// SPDX-License-Identifier: MIT
// Files that others write (host/files.h), told to objects instead of functions with a context.
#pragma once

#include <atm/host/files.h>

#include <atm/plugin/host.hpp>
#include <atm/plugin/values.hpp>
#include <cstdint>
#include <string_view>

namespace atm {

enum class FileStart : std::uint32_t {
  kBeginning = ATM_FILE_FROM_BEGINNING,
  kEnd = ATM_FILE_FROM_END,
  kOffset = ATM_FILE_FROM_OFFSET,
  kTail = ATM_FILE_FROM_TAIL,
};

enum class FileEvent : std::uint32_t {
  kAppeared = ATM_FILE_APPEARED,
  kTruncated = ATM_FILE_TRUNCATED,
  kReplaced = ATM_FILE_REPLACED,
  kGone = ATM_FILE_GONE,
  kLineSkipped = ATM_FILE_LINE_SKIPPED,
};

/// Takes the lines of a followed file. [watch], never two calls at once.
class FileFollower {
 public:
  virtual ~FileFollower() = default;
  /// kBusy: not now, ask again with the same line.
  virtual Status on_line(std::uint64_t follow, const atm_file_line& line) = 0;
  virtual void on_event(std::uint64_t follow, FileEvent event) = 0;
};

/// Takes the news of a directory's small files. [watch], never two calls at once.
class DirectoryFollower {
 public:
  virtual ~DirectoryFollower() = default;
  /// kBusy: not now, ask again with what is there then.
  virtual Status on_file(std::uint64_t watch, const atm_file_news& news) = 0;
};

/// Copyable, valid until the plugin is destroyed; kUnsupported where the host has no such service. A follower
/// must live until close() of what it follows has returned.
class Files final {
 public:
  explicit Files(const Host& host) noexcept : Files(host.c()) {}
  explicit Files(const atm_host* host) noexcept
      : self_(host->self),
        table_(static_cast<const atm_host_files*>(host->query(host->self, to_c(ATM_HOST_FILES)))) {}

  [[nodiscard]] bool is_there() const noexcept { return table_ != nullptr; }

  /// `offset` counts for FileStart::kOffset and kTail only; max_line_bytes 0: the default. [any]
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

  /// Files whose name ends in `suffix`; with `digits_only` nothing but digits may stand before it. [any]
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

  /// Tell one file again after a while: it was torn. [any]
  Status retry(std::uint64_t watch, std::string_view name, std::int64_t delay_ns) const noexcept {
    return table_ ? static_cast<Status>(table_->retry(self_, watch, to_c(name), delay_ns))
                  : Status::kUnsupported;
  }

  /// After the return its follower is not called. [any]
  Status close(std::uint64_t id) const noexcept {
    return table_ ? static_cast<Status>(table_->close(self_, id)) : Status::kUnsupported;
  }

 private:
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
    } catch (...) {  // there is nobody to tell
      return;
    }
  }
  static atm_status changed(void* context, std::uint64_t watch, const atm_file_news* news) noexcept {
    try {
      return to_c(static_cast<DirectoryFollower*>(context)->on_file(watch, *news));
    } catch (...) {
      return ATM_E_INTERNAL;
    }
  }

  void* self_;
  const atm_host_files* table_;
};

}  // namespace atm
