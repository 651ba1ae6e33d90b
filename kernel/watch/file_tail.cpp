// SPDX-License-Identifier: MIT
#include "kernel/watch/file_tail.hpp"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <utility>

namespace atm::kernel {
namespace {

constexpr std::size_t kChunkBytes = 64 * 1024;
constexpr std::size_t kOverlapBytes = 256;
constexpr int kChunksPerLook = 16;  // then the other files have their turn
constexpr std::uint32_t kNameEvents = IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_ATTRIB;
constexpr std::uint32_t kFileEvents = IN_MODIFY | IN_ATTRIB | IN_MOVE_SELF;

// Less than asked for only at the end of the file, or when the system fails: then another look will tell.
std::size_t read_at(int fd, char* to, std::size_t bytes, std::uint64_t offset) {
  std::size_t have = 0;
  while (have < bytes) {
    const ssize_t got = ::pread(fd, to + have, bytes - have, static_cast<off_t>(offset + have));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    have += static_cast<std::size_t>(got);
  }
  return have;
}

// Not what the kernel makes up when it is read: some of it can be read only once, or blocks.
bool is_of_kernel(const struct statfs& system) {
  return system.f_type == PROC_SUPER_MAGIC || system.f_type == SYSFS_MAGIC;
}

bool is_own_file(const struct stat& info) {
  return S_ISREG(info.st_mode) && info.st_uid == ::geteuid();
}

// Where the last line begins that is not complete at `size`; nothing when that is further than max_bytes.
bool find_line_start(int fd, std::uint64_t size, std::uint64_t max_bytes, std::uint64_t& start) {
  std::array<char, 4096> piece{};
  std::uint64_t end = size;
  while (end > 0 && size - end <= max_bytes) {
    const std::size_t bytes = static_cast<std::size_t>(std::min<std::uint64_t>(end, piece.size()));
    if (read_at(fd, piece.data(), bytes, end - bytes) != bytes) return false;
    const std::size_t newline = std::string_view(piece.data(), bytes).rfind('\n');
    end -= bytes;
    if (newline == std::string_view::npos) continue;
    start = end + newline + 1;
    return true;
  }
  start = 0;
  return end == 0;
}

}  // namespace

FileTail::FileTail(const WatchContext& context, FileTailOptions options, FileTailSink sink)
    : context_(context),
      options_(std::move(options)),
      sink_(std::move(sink)),
      parts_(options_.path),
      anchor_(context.inotify, parts_.parent, kNameEvents,
              [this](std::uint32_t, std::string_view name) {
                if (name.empty()) needs_settling_ = true;
                if (name.empty() || name == parts_.name) schedule_look();
              }),
      lines_(options_.max_line_bytes) {}

void FileTail::start() {
  if (is_cancelled_) return;
  is_anchored_ = anchor_.settle();
  bool is_other = false;
  if (is_regular(is_other) && open_named()) place_start();
  if (!is_cancelled_) look();
  if (!is_cancelled_) recheck();
}

void FileTail::cancel() {
  is_cancelled_ = true;
  context_.loop.cancel(look_);
  context_.loop.cancel(recheck_);
  anchor_.release();
  close_file();
}

void FileTail::schedule_look(std::int64_t delay_ns) {
  if (is_cancelled_ || look_ != 0) return;
  look_ = context_.loop.after(delay_ns, [this] {
    look_ = 0;
    look();
  });
}

// What nobody tells of is seen here: all of it when nothing can be watched, else the rare rest.
void FileTail::recheck() {
  context_.loop.cancel(recheck_);
  is_told_ = is_told_now();
  recheck_ = context_.loop.after(is_told_ ? kRecheckNs : kPollNs, [this] {
    if (!is_told_) ++context_.counters.polled;
    needs_settling_ = true;
    schedule_look();
    recheck();
  });
}

void FileTail::look() {
  read_on();
  if (!is_cancelled_ && is_told_ && !is_told_now()) recheck();
}

void FileTail::read_on() {
  if (std::exchange(needs_settling_, false)) {
    is_anchored_ = anchor_.settle();
    if (file_ && file_watch_ == 0) watch_file();
  }
  for (int chunk = 0; chunk < kChunksPerLook; ++chunk) {
    if (!deliver()) return;
    switch (read_chunk()) {
      case Reading::kData:
        break;
      case Reading::kRewritten:
        place_at(0);
        sink_.event(TailEvent::kTruncated);
        break;
      case Reading::kEnd:
        if (!follow_name()) return;
        break;
    }
    if (is_cancelled_) return;
  }
  schedule_look();
}

// False: cancelled, or the sink wants to be asked again.
bool FileTail::deliver() {
  TailLine line;
  for (;;) {
    const LineSplitter::Next next = lines_.next(line);
    if (next == LineSplitter::Next::kNeedsMore) return true;
    if (next == LineSplitter::Next::kSkipped) {
      ++context_.counters.skipped_lines;
      sink_.event(TailEvent::kLineSkipped);
    } else if (sink_.line(line) == ConsumeResult::kBusy) {
      ++context_.counters.busy;
      busy_ns_ = busy_ns_ == 0 ? kFirstBusyNs : std::min(2 * busy_ns_, kLongestBusyNs);
      schedule_look(busy_ns_);
      return false;
    } else {
      busy_ns_ = 0;
      lines_.take();
    }
    if (is_cancelled_) return false;
  }
}

FileTail::Reading FileTail::read_chunk() {
  if (!file_) return Reading::kEnd;
  // On the heap: an array would be a part of every thread's memory, those of plugins too.
  static thread_local const auto buffer = std::make_unique_for_overwrite<char[]>(kOverlapBytes + kChunkBytes);
  const std::size_t overlap = last_read_.size();
  const std::size_t got = read_at(file_.get(), buffer.get(), overlap + kChunkBytes, read_at_ - overlap);
  const std::string_view bytes(buffer.get(), got);
  if (bytes.substr(0, overlap) != last_read_) return Reading::kRewritten;
  if (got == overlap) return Reading::kEnd;
  if (bytes.find_first_not_of('\0', overlap) == std::string_view::npos && skip_hole()) return Reading::kData;
  lines_.feed(bytes.substr(overlap));
  read_at_ += got - overlap;
  last_read_ = bytes.substr(got - std::min(got, kOverlapBytes));
  return Reading::kData;
}

// A hole may be larger than anybody can read. It is a part of a line, which is none without it.
bool FileTail::skip_hole() {
  off_t data = ::lseek(file_.get(), static_cast<off_t>(read_at_), SEEK_DATA);
  struct stat info {};
  if (data < 0 && errno == ENXIO && ::fstat(file_.get(), &info) == 0) data = info.st_size;
  if (data <= static_cast<off_t>(read_at_)) return false;
  place_at(static_cast<std::uint64_t>(data), true);
  ++context_.counters.skipped_lines;
  sink_.event(TailEvent::kLineSkipped);
  return true;
}

// Whether the name leads to a file that may be read; is_other: to another than the open one.
bool FileTail::is_regular(bool& is_other) const {
  struct stat info {};
  struct statfs system {};
  if (::stat(options_.path.c_str(), &info) != 0 || !is_own_file(info)) return false;
  if (::statfs(options_.path.c_str(), &system) != 0 || is_of_kernel(system)) return false;
  is_other = !file_ || info.st_dev != device_ || info.st_ino != inode_;
  return true;
}

// At the end of the open file. True: read on, there may be more.
bool FileTail::follow_name() {
  bool is_other = false;
  if (!is_regular(is_other)) {
    if (!file_) return false;
    // One that was renamed may still grow: it stays open until another has the name.
    struct stat info {};
    if (::fstat(file_.get(), &info) != 0 || info.st_nlink == 0) close_file();
    if (!std::exchange(is_gone_, true)) sink_.event(TailEvent::kGone);
    return false;
  }
  if (!is_other) {
    is_gone_ = is_read_out_ = false;
    return false;
  }
  if (file_ && !std::exchange(is_read_out_, true)) return true;
  const bool is_replaced = file_ && !is_gone_;
  if (!open_named()) return false;
  place_at(0);
  sink_.event(is_replaced ? TailEvent::kReplaced : TailEvent::kAppeared);
  return true;
}

bool FileTail::open_named() {
  // Not to wait for the writer of a pipe that has come to this place since.
  UniqueFd file(::open(options_.path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  struct stat info {};
  struct statfs system {};
  if (!file || ::fstat(file.get(), &info) != 0 || !is_own_file(info)) return false;
  if (::fstatfs(file.get(), &system) != 0 || is_of_kernel(system)) return false;
  close_file();
  file_ = std::move(file);
  device_ = info.st_dev;
  inode_ = info.st_ino;
  is_gone_ = false;
  watch_file();
  return true;
}

void FileTail::place_start() {
  struct stat info {};
  const bool is_known = ::fstat(file_.get(), &info) == 0;
  const auto size = is_known ? static_cast<std::uint64_t>(info.st_size) : 0;
  char before = '\n';
  switch (options_.start) {
    case TailStart::kBeginning:
      return place_at(0);
    case TailStart::kEnd: {
      std::uint64_t start = 0;
      const bool is_found = find_line_start(file_.get(), size, options_.max_line_bytes, start);
      return place_at(is_found ? start : size, !is_found);
    }
    case TailStart::kOffset:
      if (options_.offset > 0 && read_at(file_.get(), &before, 1, options_.offset - 1) == 0) before = '\0';
      place_at(before == '\n' ? options_.offset : 0);
      if (before != '\n') sink_.event(TailEvent::kTruncated);
      return;
    case TailStart::kTail: {
      const std::uint64_t from = size - std::min(size, options_.offset);
      if (from > 0 && read_at(file_.get(), &before, 1, from - 1) == 0) before = '\0';
      place_at(from, before != '\n');
    }
  }
}

void FileTail::place_at(std::uint64_t offset, bool inside_line) {
  lines_.restart(offset, inside_line);
  read_at_ = offset;
  std::array<char, kOverlapBytes> buffer{};
  const std::size_t overlap = static_cast<std::size_t>(std::min<std::uint64_t>(offset, kOverlapBytes));
  last_read_.assign(buffer.data(), read_at(file_.get(), buffer.data(), overlap, offset - overlap));
}

void FileTail::watch_file() {
  // By descriptor: another file may have the name by now.
  file_watch_ = context_.inotify
                    .add("/proc/self/fd/" + std::to_string(file_.get()), kFileEvents,
                         [this](std::uint32_t, std::string_view) { schedule_look(); })
                    .id;
}

void FileTail::close_file() {
  context_.inotify.remove(std::exchange(file_watch_, 0));
  file_ = UniqueFd();
  is_read_out_ = false;
}

}  // namespace atm::kernel
