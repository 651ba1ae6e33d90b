// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "kernel/watch/directory_anchor.hpp"
#include "kernel/watch/event_loop.hpp"
#include "kernel/watch/watch.hpp"

namespace atm::kernel {

struct DirectoryWatchOptions {
  std::string path;    ///< absolute
  std::string suffix;  ///< ".json"; may not be empty
  bool digits_only = false;

  /// Whether the watch may open this file. Other files may hold secrets.
  [[nodiscard]] bool matches(std::string_view name) const noexcept;
};

enum class FileState : std::uint8_t { kThere, kGone, kTooLarge };

struct FileChange {
  std::string_view name;
  FileState state = FileState::kThere;
  std::string_view content;  ///< kThere only; any bytes, possibly incomplete
};

/// Reports the state of the small files of a directory whenever it differs from the last report. Events only trigger a
/// check, and the check decides the report, so a lost or repeated event changes nothing. A file is checked 20 ms after
/// a write, and at once after a close.
class DirectoryWatch final : public Watch {
 public:
  static constexpr std::size_t kMaxFileBytes = 256 * 1024;
  static constexpr std::size_t kMaxFiles = 4096;
  static constexpr std::int64_t kSettleNs = 20'000'000;

  DirectoryWatch(const WatchContext& context, DirectoryWatchOptions options,
                 std::function<ConsumeResult(const FileChange&)> sink);

  void start() override;
  void cancel() override;

  /// Checks one file after the delay and reports it even if it is unchanged. Returns false if its name does not match.
  bool retry(std::string_view name, std::int64_t delay_ns);

 private:
  struct Found {
    FileState state = FileState::kGone;
    std::string content;
    std::size_t mark = 0;  ///< hash of state and content
  };
  struct Pending {
    std::int64_t due_ns;
    bool is_forced;  ///< report it even if it is unchanged
  };

  void on_event(std::uint32_t mask, std::string_view name);
  void look_at_all();
  void recheck();
  void plan(const std::string& name, std::int64_t delay_ns, bool is_forced);
  void look_at_due();
  void arm();
  void look_at(const std::string& name, bool is_forced);
  [[nodiscard]] Found find(const std::string& name) const;

  const WatchContext context_;
  const DirectoryWatchOptions options_;
  const std::function<ConsumeResult(const FileChange&)> sink_;
  DirectoryAnchor anchor_;
  std::map<std::string, std::size_t, std::less<>> reported_;  ///< hash of the last report
  std::map<std::string, Pending, std::less<>> pending_;
  EventLoop::Token timer_ = 0;
  EventLoop::Token recheck_ = 0;
  bool is_anchored_ = false;
  bool has_events_ = false;  ///< set when the recheck was scheduled
  bool needs_all_ = false;
  bool is_cancelled_ = false;
};

}  // namespace atm::kernel
