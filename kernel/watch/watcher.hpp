// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "kernel/watch/directory_watch.hpp"
#include "kernel/watch/file_tail.hpp"
#include "kernel/watch/process_table.hpp"
#include "kernel/watch/watch_thread.hpp"

namespace atm::kernel {

enum class WatchError : std::uint8_t { kNone, kInvalid, kFull, kNotFound, kClosed };

struct WatcherOptions {
  std::string proc_root = "/proc";
  bool has_pidfd = true;
  std::size_t max_inotify_watches = 8192;  ///< of the user's; 0: poll
};

struct WatcherStats {
  std::uint64_t processes = 0;  ///< watched now
  std::uint64_t files = 0;      ///< followed files and watched directories now
  std::uint64_t polled = 0;
  std::uint64_t inotify_overflows = 0;
  std::uint64_t skipped_lines = 0;
  std::uint64_t refused_files = 0;
  std::uint64_t busy = 0;
};

/// Watches processes and files for all plugins. The thread `atm-watch` watches processes. Each mounted file system has
/// a thread `atm-files` of its own for its files: one that hangs delays its own files and nothing else. The threads call
/// sinks one at a time. Each watch has an owner, who alone can remove it.
class Watcher final {
 public:
  using Owner = const void*;
  using Id = std::uint64_t;  ///< never 0

  enum class Kind : std::uint8_t { kProcess, kFile };

  static constexpr std::size_t kMaxOfKind = 4096;
  static constexpr std::size_t kMaxFileThreads =
      64;  ///< the files of further mounts are watched by `atm-watch`

  explicit Watcher(const Clock& clock, WatcherOptions options = {});
  ~Watcher();
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;

  /// [any], as the table is.
  [[nodiscard]] ProcessTable& processes() noexcept { return share_->processes; }

  /// `ended` is called once; the watch is over then. kInvalid, kFull, kClosed. [any]
  [[nodiscard]] WatchError watch_process(Owner owner, std::int64_t pid, std::uint64_t start_ticks,
                                         std::function<void(Id)> ended, Id& id);
  /// kInvalid, kFull, kClosed. [any]
  [[nodiscard]] WatchError follow(Owner owner, FileTailOptions options,
                                  std::function<ConsumeResult(Id, const TailLine&)> line,
                                  std::function<void(Id, TailEvent)> event, Id& id);
  /// kInvalid, kFull, kClosed. [any]
  [[nodiscard]] WatchError watch_directory(Owner owner, DirectoryWatchOptions options,
                                           std::function<ConsumeResult(Id, const FileChange&)> changed,
                                           Id& id);
  /// DirectoryWatch::retry(). kInvalid, kNotFound, kClosed. [any]
  [[nodiscard]] WatchError retry(Owner owner, Id id, std::string_view name, std::int64_t delay_ns);

  /// After the return nothing of it is called; waits for a call that is under way, but within one.
  /// kNotFound, kClosed. [any]
  [[nodiscard]] WatchError remove(Owner owner, Kind kind, Id id);
  /// remove() for all of one owner. [any]
  void remove_all(Owner owner);

  [[nodiscard]] WatcherStats stats() const;

  /// Work on a thread of our own until stop(). [main]
  void run_in_background();
  /// End the threads after the call that is under way. False: it has not come back in time; ask again. A thread that
  /// hangs in a file system is left behind and calls nobody any more. [main]
  [[nodiscard]] bool stop(std::chrono::milliseconds deadline);

  /// Without a thread: do what is there to do, as far as the clock says. Gives how many calls that were.
  std::size_t run_until_idle();

 private:
  struct Entry {
    Owner owner;
    Kind kind;
    std::shared_ptr<WatchGuard> guard;
    std::shared_ptr<WatchThread> thread;               ///< where it is, or is on its way to
    std::optional<DirectoryWatchOptions> directory{};  ///< of a directory
  };

  [[nodiscard]] std::atomic<std::size_t>& count_of(Kind kind) {
    return kind == Kind::kProcess ? process_count_ : file_count_;
  }
  /// A watch on its way to its thread.
  struct PendingWatch {
    Id id;
    std::string path;  ///< as far as its links have been followed; empty: a process
    WatchThread::Factory factory;
    int moves = 0;
  };

  [[nodiscard]] bool reserve(Kind kind);
  [[nodiscard]] WatchError add(Entry entry, PendingWatch pending);
  [[nodiscard]] bool enter(const std::shared_ptr<WatchThread>& thread, const std::string& mount_point,
                           PendingWatch pending);
  void move(const std::string& mount_point, PendingWatch pending);
  [[nodiscard]] std::shared_ptr<WatchThread> thread_of(const std::string& mount_point);
  void forget_process(Id id);
  void close();

  const WatcherOptions options_;
  const std::shared_ptr<WatchShare> share_;
  const std::shared_ptr<WatchThread> main_;  ///< processes, and what has no thread of its own
  std::atomic<Id> last_id_{0};
  std::atomic<std::size_t> process_count_{0};
  std::atomic<std::size_t> file_count_{0};

  mutable std::mutex mutex_;  // guards what follows; nothing is called under it
  std::unordered_map<Id, Entry> entries_;
  std::map<std::string, std::shared_ptr<WatchThread>> of_mounts_;
  bool is_in_background_ = false;
  bool is_closed_ = false;
};

}  // namespace atm::kernel
