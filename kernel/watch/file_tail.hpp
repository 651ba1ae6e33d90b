// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <atm/posix/file_descriptor.hpp>
#include <cstdint>
#include <functional>
#include <string>

#include "kernel/watch/directory_anchor.hpp"
#include "kernel/watch/event_loop.hpp"
#include "kernel/watch/line_splitter.hpp"
#include "kernel/watch/watch.hpp"

namespace atm::kernel {

enum class TailStart : std::uint8_t { kBeginning, kEnd, kOffset, kTail };
enum class TailEvent : std::uint8_t { kAppeared = 1, kTruncated, kReplaced, kGone, kLineSkipped };

struct FileTailOptions {
  static constexpr std::size_t kMaxLineBytes = 1024 * 1024;

  std::string path;  ///< absolute
  TailStart start = TailStart::kBeginning;
  std::uint64_t offset = 0;  ///< kOffset; kTail: how many bytes before the end
  std::size_t max_line_bytes = kMaxLineBytes;
};

struct FileTailSink {
  std::function<ConsumeResult(const TailLine&)> line;
  std::function<void(TailEvent)> event;
};

/// Follows one file line by line (host/files.h). The file's name and the open file change independently, and a
/// rewritten file may be longer than the current position. So the tail reads the open file to its end before it checks
/// the name, and each read repeats the last bytes of the previous one: if they differ, the file is another one.
class FileTail final : public Watch {
 public:
  FileTail(const WatchContext& context, FileTailOptions options, FileTailSink sink);

  void start() override;
  void cancel() override;

 private:
  enum class Reading : std::uint8_t { kData, kEnd, kRewritten };

  void look();
  void read_on();
  void schedule_look(std::int64_t delay_ns = 0);
  void recheck();
  [[nodiscard]] bool has_events_now() const noexcept { return is_anchored_ && (!file_ || file_watch_ != 0); }
  [[nodiscard]] bool deliver();
  [[nodiscard]] Reading read_chunk();
  [[nodiscard]] bool skip_hole();
  [[nodiscard]] bool follow_name();
  [[nodiscard]] bool is_regular(bool& is_other) const;
  [[nodiscard]] bool open_named();
  void place_start();
  void place_at(std::uint64_t offset, bool inside_line = false);
  void watch_file();
  void close_file();

  const WatchContext context_;
  const FileTailOptions options_;
  const FileTailSink sink_;
  const PathParts parts_;
  DirectoryAnchor anchor_;
  LineSplitter lines_;

  posix::FileDescriptor file_;
  dev_t device_ = 0;
  ino_t inode_ = 0;
  Inotify::Id file_watch_ = 0;
  std::uint64_t read_at_ = 0;
  std::string last_read_;  ///< the bytes before read_at_

  EventLoop::Token look_ = 0;
  EventLoop::Token recheck_ = 0;
  std::int64_t busy_ns_ = 0;  ///< the pause that the sink requested; 0: none
  bool is_anchored_ = false;
  bool has_events_ = false;  ///< set when the recheck was scheduled
  bool needs_settling_ = false;
  bool is_read_out_ = false;  ///< the open file has lost its name and was read to its end afterwards
  bool is_gone_ = false;
  bool is_cancelled_ = false;
};

}  // namespace atm::kernel
