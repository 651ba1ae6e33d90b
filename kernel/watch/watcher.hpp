// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>

#include "kernel/watch/directory_watch.hpp"
#include "kernel/watch/event_loop.hpp"
#include "kernel/watch/file_tail.hpp"
#include "kernel/watch/inotify.hpp"
#include "kernel/watch/process_table.hpp"
#include "kernel/watch/watch.hpp"

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

/// Watches processes and files for all plugins on one thread, `atm-watch`. What is asked for begins on that
/// thread, and all it tells it tells there with no lock held; so once remove() has come through it, nothing
/// is under way. Each watch has an owner, who alone can remove it.
class Watcher final {
 public:
  using Owner = const void*;
  using Id = std::uint64_t;  ///< never 0

  enum class Kind : std::uint8_t { kProcess, kFile };

  static constexpr std::size_t kMaxOfKind = 4096;

  explicit Watcher(const Clock& clock, WatcherOptions options = {});
  ~Watcher();
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;

  /// [any], as the table is.
  [[nodiscard]] ProcessTable& processes() noexcept { return processes_; }

  /// `ended` is called once; the watch is over then. kInvalid, kFull, kClosed. [any]
  [[nodiscard]] WatchError watch_process(Owner owner, std::int64_t pid, std::uint64_t start_ticks,
                                         std::function<void(Id)> ended, Id& id);
  /// kInvalid, kFull, kClosed. [any]
  [[nodiscard]] WatchError follow(Owner owner, FileTailOptions options,
                                  std::function<Taken(Id, const TailLine&)> line,
                                  std::function<void(Id, TailEvent)> event, Id& id);
  /// kInvalid, kFull, kClosed. [any]
  [[nodiscard]] WatchError watch_directory(Owner owner, DirectoryWatchOptions options,
                                           std::function<Taken(Id, const FileNews&)> changed, Id& id);
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
  /// End the thread after the call that is under way. False: it has not come back in time; ask again. [main]
  [[nodiscard]] bool stop(std::chrono::milliseconds deadline);

  /// Without a thread: do what is there to do, as far as the clock says. Gives how many calls that were.
  std::size_t run_until_idle();

 private:
  struct Entry {
    Owner owner;
    Kind kind;
    std::shared_ptr<Watch> watch;
    DirectoryWatch* directory;
  };

  [[nodiscard]] std::atomic<std::size_t>& count_of(Kind kind) {
    return kind == Kind::kProcess ? process_count_ : file_count_;
  }
  [[nodiscard]] bool reserve(Kind kind);
  WatchError add(Id id, Entry entry);
  void insert(Id id, Entry entry);
  void erase(Id id);
  [[nodiscard]] Entry* find(Owner owner, Kind kind, Id id);
  void end_all();

  EventLoop loop_;
  ProcessTable processes_;
  Inotify inotify_;
  WatchCounters counters_;
  const WatchContext context_;
  std::atomic<Id> last_id_{0};
  std::atomic<std::size_t> process_count_{0};
  std::atomic<std::size_t> file_count_{0};
  std::unordered_map<Id, Entry> entries_;  // [loop]

  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  bool is_running_ = false;
  std::thread thread_;
};

}  // namespace atm::kernel
