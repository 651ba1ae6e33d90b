// SPDX-License-Identifier: MIT
#include "kernel/watch/watcher.hpp"

#include <filesystem>
#include <limits>
#include <system_error>
#include <utility>
#include <vector>

#include "kernel/watch/mounts.hpp"
#include "kernel/watch/process_watcher.hpp"

namespace atm::kernel {
namespace {

// Limit of moves of one path between mounts.
constexpr int kMostMoves = 8;
// Time limit for a thread to leave its last system call.
constexpr std::chrono::milliseconds kLastCall{100};

bool is_absolute(const std::string& path) {
  return path.size() > 1 && path.front() == '/' && path.back() != '/' && path.find('\0') == std::string::npos;
}

std::string normal(const std::string& path) {
  return std::filesystem::path(path).lexically_normal().string();
}

}  // namespace

Watcher::Watcher(const Clock& clock, WatcherOptions options)
    : options_(std::move(options)),
      share_(std::make_shared<WatchShare>(clock, options_.proc_root)),
      main_(std::make_shared<WatchThread>(share_, options_.max_inotify_watches, options_.has_pidfd)) {}

Watcher::~Watcher() {
  while (!stop(std::chrono::seconds(1))) {
  }
  // Without a thread, posted tasks would stay in the loop, and they hold references to it.
  if (!is_in_background_) run_until_idle();
}

bool Watcher::reserve(Kind kind) {
  std::atomic<std::size_t>& count = count_of(kind);
  if (++count <= kMaxOfKind) return true;
  --count;
  return false;
}

std::shared_ptr<WatchThread> Watcher::thread_of(const std::string& mount_point) {
  const std::lock_guard lock(mutex_);
  if (!is_in_background_ || is_closed_) return main_;
  const auto found = of_mounts_.find(mount_point);
  if (found != of_mounts_.end()) return found->second;
  if (of_mounts_.size() >= kMaxFileThreads) return main_;
  try {
    const auto thread =
        std::make_shared<WatchThread>(share_, options_.max_inotify_watches, options_.has_pidfd);
    thread->start("atm-files");
    return of_mounts_.emplace(mount_point, thread).first->second;
  } catch (const std::system_error&) {  // the system has no thread or descriptor left
    return main_;
  }
}

WatchError Watcher::add(Entry entry, PendingWatch pending) {
  const Id id = pending.id;
  const Kind kind = entry.kind;
  const std::string mount_point =
      pending.path.empty() ? std::string() : Mounts().point_of(normal(pending.path));
  const std::shared_ptr<WatchThread> thread = pending.path.empty() ? main_ : thread_of(mount_point);
  entry.thread = thread;
  {
    const std::lock_guard lock(mutex_);
    entries_.emplace(id, std::move(entry));
  }
  if (enter(thread, mount_point, std::move(pending))) return WatchError::kNone;
  const std::lock_guard lock(mutex_);
  entries_.erase(id);
  --count_of(kind);
  return WatchError::kClosed;
}

bool Watcher::enter(const std::shared_ptr<WatchThread>& thread, const std::string& mount_point,
                    PendingWatch pending) {
  // A thread may outlive this object: only tasks on `main` refer to it.
  return thread->loop().post(
      [this, main = main_, thread = thread.get(), mount_point, pending = std::move(pending)]() mutable {
        if (thread != main.get() && pending.moves < kMostMoves) {
          const Mounts mounts;
          std::string path = mounts.resolve(pending.path, mount_point);
          std::string other = mounts.point_of(path);
          if (other != mount_point) {
            pending.path = std::move(path);
            ++pending.moves;
            main->loop().post(
                [this, other = std::move(other), pending = std::move(pending)] { move(other, pending); });
            return;
          }
        }
        thread->insert(pending.id, pending.factory);
      });
}

void Watcher::move(const std::string& mount_point, PendingWatch pending) {
  const std::shared_ptr<WatchThread> thread = thread_of(mount_point);
  {
    const std::lock_guard lock(mutex_);
    const auto it = entries_.find(pending.id);
    if (it == entries_.end()) return;  // removed in the meantime
    it->second.thread = thread;
  }
  static_cast<void>(enter(thread, mount_point, std::move(pending)));
}

WatchError Watcher::watch_process(Owner owner, std::int64_t pid, std::uint64_t start_ticks,
                                  std::function<void(Id)> ended, Id& id) {
  if (pid <= 0 || pid > std::numeric_limits<pid_t>::max() || !ended) return WatchError::kInvalid;
  if (!reserve(Kind::kProcess)) return WatchError::kFull;
  const Id mine = id = ++last_id_;
  const auto guard = std::make_shared<WatchGuard>(share_);
  const auto tell = [this, mine, guard, ended = std::move(ended)] {
    guard->call([&] {
      guard->is_removed = true;
      forget_process(mine);
      ended(mine);
    });
  };
  const auto factory = [pid, start_ticks, tell](const WatchContext& context) {
    return std::make_shared<ProcessWatcher>(context, pid, start_ticks, tell);
  };
  return add({owner, Kind::kProcess, guard, nullptr}, {mine, {}, factory});
}

void Watcher::forget_process(Id id) {
  {
    const std::lock_guard lock(mutex_);
    if (entries_.erase(id) != 0) --process_count_;
  }
  main_->erase(id);
}

WatchError Watcher::follow(Owner owner, FileTailOptions options,
                           std::function<ConsumeResult(Id, const TailLine&)> line,
                           std::function<void(Id, TailEvent)> event, Id& id) {
  if (!is_absolute(options.path) || options.max_line_bytes == 0 || !line) return WatchError::kInvalid;
  if (!reserve(Kind::kFile)) return WatchError::kFull;
  const Id mine = id = ++last_id_;
  const auto guard = std::make_shared<WatchGuard>(share_);
  const FileTailSink sink{[mine, guard, line = std::move(line)](const TailLine& l) {
                            ConsumeResult taken = ConsumeResult::kTaken;
                            guard->call([&] { taken = line(mine, l); });
                            return taken;
                          },
                          [mine, guard, event = std::move(event)](TailEvent e) {
                            if (event) guard->call([&] { event(mine, e); });
                          }};
  const std::string path = options.path;
  const auto factory = [options = std::move(options), sink](const WatchContext& context) {
    return std::make_shared<FileTail>(context, options, sink);
  };
  return add({owner, Kind::kFile, guard, nullptr}, {mine, path, factory});
}

WatchError Watcher::watch_directory(Owner owner, DirectoryWatchOptions options,
                                    std::function<ConsumeResult(Id, const FileChange&)> changed, Id& id) {
  if (!is_absolute(options.path) || options.suffix.empty() || !changed) return WatchError::kInvalid;
  if (!reserve(Kind::kFile)) return WatchError::kFull;
  const Id mine = id = ++last_id_;
  const auto guard = std::make_shared<WatchGuard>(share_);
  const auto sink = [mine, guard, changed = std::move(changed)](const FileChange& change) {
    ConsumeResult taken = ConsumeResult::kTaken;
    guard->call([&] { taken = changed(mine, change); });
    return taken;
  };
  const std::string path = options.path;
  const auto factory = [options, sink](const WatchContext& context) {
    return std::make_shared<DirectoryWatch>(context, options, sink);
  };
  return add({owner, Kind::kFile, guard, nullptr, std::move(options)}, {mine, path, factory});
}

WatchError Watcher::retry(Owner owner, Id id, std::string_view name, std::int64_t delay_ns) {
  if (delay_ns < 0) return WatchError::kInvalid;
  std::shared_ptr<WatchThread> thread;
  {
    const std::lock_guard lock(mutex_);
    if (is_closed_) return WatchError::kClosed;
    const auto it = entries_.find(id);
    if (it == entries_.end() || it->second.owner != owner || !it->second.directory)
      return WatchError::kNotFound;
    if (!it->second.directory->matches(name)) return WatchError::kInvalid;
    thread = it->second.thread;
  }
  const auto again = [id, thread = thread.get(), name = std::string(name), delay_ns] {
    auto* const watch = static_cast<DirectoryWatch*>(thread->find(id));
    if (watch != nullptr) static_cast<void>(watch->retry(name, delay_ns));
  };
  if (thread->loop().is_on_loop()) return again(), WatchError::kNone;
  return thread->loop().post(again) ? WatchError::kNone : WatchError::kClosed;
}

WatchError Watcher::remove(Owner owner, Kind kind, Id id) {
  std::optional<Entry> entry;
  {
    const std::lock_guard lock(mutex_);
    if (is_closed_) return WatchError::kClosed;
    const auto it = entries_.find(id);
    if (it == entries_.end() || it->second.owner != owner || it->second.kind != kind)
      return WatchError::kNotFound;
    entry = std::move(it->second);
    entries_.erase(it);
    --count_of(kind);
  }
  // Its end may be reported between the two locks.
  if (!entry->guard->remove()) return WatchError::kNotFound;
  EventLoop& loop = entry->thread->loop();
  const auto erase = [id, thread = entry->thread.get()] { thread->erase(id); };
  // A watch that has not reached its thread yet is erased after its insertion.
  if (loop.is_on_loop() && entry->thread->find(id) != nullptr) {
    erase();
  } else {
    static_cast<void>(loop.post(erase));
  }
  return WatchError::kNone;
}

void Watcher::remove_all(Owner owner) {
  std::vector<std::pair<Kind, Id>> mine;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, entry] : entries_) {
      if (entry.owner == owner) mine.emplace_back(entry.kind, id);
    }
  }
  for (const auto& [kind, id] : mine) static_cast<void>(remove(owner, kind, id));
}

WatcherStats Watcher::stats() const {
  WatcherStats stats;
  stats.processes = process_count_;
  stats.files = file_count_;
  stats.polled = share_->counters.polled;
  stats.skipped_lines = share_->counters.skipped_lines;
  stats.refused_files = share_->counters.refused_files;
  stats.busy = share_->counters.busy;
  const std::lock_guard lock(mutex_);
  stats.inotify_overflows = main_->inotify_overflows();
  for (const auto& [point, thread] : of_mounts_) stats.inotify_overflows += thread->inotify_overflows();
  return stats;
}

void Watcher::run_in_background() {
  main_->start("atm-watch");
  const std::lock_guard lock(mutex_);
  is_in_background_ = true;
}

void Watcher::close() {
  const std::lock_guard lock(mutex_);
  is_closed_ = true;
  main_->loop().close();
  for (const auto& [point, thread] : of_mounts_) thread->loop().close();
}

bool Watcher::stop(std::chrono::milliseconds deadline) {
  const auto until = std::chrono::steady_clock::now() + deadline;
  close();
  if (!main_->wait(until) || !share_->calls.try_lock_until(until)) return false;
  share_->is_over = true;
  share_->calls.unlock();
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, entry] : entries_) --count_of(entry.kind);
    entries_.clear();
  }
  const auto last = std::chrono::steady_clock::now() + kLastCall;
  for (const auto& [point, thread] : of_mounts_) {
    if (!thread->wait(last)) thread->abandon();
  }
  return true;
}

std::size_t Watcher::run_until_idle() {
  std::size_t ran = 0;
  while (const std::size_t now = main_->loop().turn(0)) ran += now;
  return ran;
}

}  // namespace atm::kernel
