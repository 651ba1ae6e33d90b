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

  /// Whether this is a file the watch may open. A neighbour may hold a secret.
  [[nodiscard]] bool matches(std::string_view name) const noexcept;
};

enum class FileState : std::uint8_t { kThere, kGone, kTooLarge };

struct FileChange {
  std::string_view name;
  FileState state = FileState::kThere;
  std::string_view content;  ///< kThere only; any bytes, may be torn
};

/// Tells the state of the small files of a directory whenever it differs from what was told before. Events
/// only say where to look; what is told is what was found, so a lost or doubled event changes nothing. A
/// change while the writer is at work is looked at 20 ms later, its close at once.
class DirectoryWatch final : public Watch {
 public:
  static constexpr std::size_t kMaxFileBytes = 256 * 1024;
  static constexpr std::size_t kMaxFiles = 4096;
  static constexpr std::int64_t kSettleNs = 20'000'000;

  DirectoryWatch(const WatchContext& context, DirectoryWatchOptions options,
                 std::function<ConsumeResult(const FileChange&)> sink);

  void start() override;
  void cancel() override;

  /// Look at one file after a while and tell it even if it is the same. False: its name does not match.
  bool retry(std::string_view name, std::int64_t delay_ns);

 private:
  struct Found {
    FileState state = FileState::kGone;
    std::string content;
    std::size_t mark = 0;  ///< of state and content
  };
  struct Pending {
    std::int64_t due_ns;
    bool is_forced;  ///< tell it even if it is the same
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
  std::map<std::string, std::size_t, std::less<>> told_;  ///< the mark of what was told
  std::map<std::string, Pending, std::less<>> pending_;
  EventLoop::Token timer_ = 0;
  EventLoop::Token recheck_ = 0;
  bool is_anchored_ = false;
  bool is_told_ = false;  ///< when the second look was set
  bool needs_all_ = false;
  bool is_cancelled_ = false;
};

}  // namespace atm::kernel
