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
  std::size_t max_inotify_watches = 8192;  ///< of the user's limit; 0: poll
};

struct WatcherStats {
  std::uint64_t processes = 0;  ///< currently watched
  std::uint64_t files = 0;      ///< currently followed files and watched directories
  std::uint64_t polled = 0;
  std::uint64_t inotify_overflows = 0;
  std::uint64_t skipped_lines = 0;
  std::uint64_t refused_files = 0;
  std::uint64_t busy = 0;
};

/// Watches processes and files for all plugins. The thread `atm-watch` watches processes. Each mounted file system has
/// its own thread `atm-files`, so that a hung file system delays only its own files. The threads call sinks one at a
/// time. Only the owner of a watch can remove it.
class Watcher final {
 public:
  using Owner = const void*;
  using Id = std::uint64_t;  ///< never 0

  enum class Kind : std::uint8_t { kProcess, kFile };

  static constexpr std::size_t kMaxOfKind = 4096;
  static constexpr std::size_t kMaxFileThreads = 64;  ///< `atm-watch` watches the files of further mounts

  explicit Watcher(const Clock& clock, WatcherOptions options = {});
  ~Watcher();
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;

  /// [any], like the table.
  [[nodiscard]] ProcessTable& processes() noexcept { return share_->processes; }

  /// `ended` is called once and ends the watch. kInvalid, kFull, kClosed. [any]
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

  /// No call follows the return; waits for a running call, unless called within it. kNotFound, kClosed. [any]
  [[nodiscard]] WatchError remove(Owner owner, Kind kind, Id id);
  /// Calls remove() for all watches of one owner. [any]
  void remove_all(Owner owner);

  [[nodiscard]] WatcherStats stats() const;

  /// Works on separate threads until stop(). [main]
  void run_in_background();
  /// Ends the threads after the running call. Returns false if it has not returned in time; call again. A thread that
  /// hangs in a file system is abandoned and makes no more calls. [main]
  [[nodiscard]] bool stop(std::chrono::milliseconds deadline);

  /// Without a thread: does all work that is due and returns the number of calls.
  std::size_t run_until_idle();

 private:
  struct Entry {
    Owner owner;
    Kind kind;
    std::shared_ptr<WatchGuard> guard;
    std::shared_ptr<WatchThread> thread;               ///< current or future thread
    std::optional<DirectoryWatchOptions> directory{};  ///< set for a directory
  };

  [[nodiscard]] std::atomic<std::size_t>& count_of(Kind kind) {
    return kind == Kind::kProcess ? process_count_ : file_count_;
  }
  /// A watch that has not reached its thread.
  struct PendingWatch {
    Id id;
    std::string path;  ///< path with links resolved so far; empty: a process
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
  const std::shared_ptr<WatchThread> main_;  ///< processes, and files without their own thread
  std::atomic<Id> last_id_{0};
  std::atomic<std::size_t> process_count_{0};
  std::atomic<std::size_t> file_count_{0};

  mutable std::mutex mutex_;  // guards the members below; not held during calls
  std::unordered_map<Id, Entry> entries_;
  std::map<std::string, std::shared_ptr<WatchThread>> of_mounts_;
  bool is_in_background_ = false;
  bool is_closed_ = false;
};

}  // namespace atm::kernel
