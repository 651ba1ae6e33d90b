// SPDX-License-Identifier: MIT
#include "kernel/watch/watcher.hpp"

#include <limits>
#include <utility>
#include <vector>

#include "kernel/runtime/thread_name.hpp"
#include "kernel/watch/process_watcher.hpp"

namespace atm::kernel {
namespace {

bool is_absolute(const std::string& path) {
  return path.size() > 1 && path.front() == '/' && path.back() != '/' && path.find('\0') == std::string::npos;
}

}  // namespace

Watcher::Watcher(const Clock& clock, WatcherOptions options)
    : loop_(clock),
      processes_(clock, std::move(options.proc_root)),
      inotify_(loop_, options.max_inotify_watches),
      context_{loop_, inotify_, processes_, counters_, options.has_pidfd} {}

Watcher::~Watcher() {
  loop_.close();
  if (thread_.joinable()) thread_.join();
  end_all();
}

bool Watcher::reserve(Kind kind) {
  std::atomic<std::size_t>& count = count_of(kind);
  if (++count <= kMaxOfKind) return true;
  --count;
  return false;
}

WatchError Watcher::add(Id id, Entry entry) {
  // Within a call of the loop it must be there for a remove() that follows in the same call.
  const auto enter = [this, id, entry] { insert(id, entry); };
  if (loop_.is_on_loop() ? loop_.call(enter) : loop_.post(enter)) return WatchError::kNone;
  --count_of(entry.kind);
  return WatchError::kClosed;
}

void Watcher::insert(Id id, Entry entry) {
  const std::shared_ptr<Watch> watch = entry.watch;
  entries_.emplace(id, std::move(entry));
  loop_.after(0, [watch] { watch->start(); });
}

void Watcher::erase(Id id) {
  const auto it = entries_.find(id);
  if (it == entries_.end()) return;
  const std::shared_ptr<Watch> watch = std::move(it->second.watch);
  --count_of(it->second.kind);
  entries_.erase(it);
  watch->cancel();
  // We may be within one of its calls: it stays until the loop is out of it.
  loop_.after(0, [watch] {});
}

Watcher::Entry* Watcher::find(Owner owner, Kind kind, Id id) {
  const auto it = entries_.find(id);
  if (it == entries_.end() || it->second.owner != owner || it->second.kind != kind) return nullptr;
  return &it->second;
}

WatchError Watcher::watch_process(Owner owner, std::int64_t pid, std::uint64_t start_ticks,
                                  std::function<void(Id)> ended, Id& id) {
  if (pid <= 0 || pid > std::numeric_limits<pid_t>::max() || !ended) return WatchError::kInvalid;
  if (!reserve(Kind::kProcess)) return WatchError::kFull;
  id = ++last_id_;
  auto tell = [this, id, ended = std::move(ended)] {
    erase(id);
    ended(id);
  };
  return add(id, {owner, Kind::kProcess,
                  std::make_shared<ProcessWatcher>(context_, pid, start_ticks, std::move(tell)), nullptr});
}

WatchError Watcher::follow(Owner owner, FileTailOptions options,
                           std::function<Taken(Id, const TailLine&)> line,
                           std::function<void(Id, TailEvent)> event, Id& id) {
  if (!is_absolute(options.path) || options.max_line_bytes == 0 || !line) return WatchError::kInvalid;
  if (!reserve(Kind::kFile)) return WatchError::kFull;
  const Id mine = id = ++last_id_;
  FileTailTaker taker{[mine, line = std::move(line)](const TailLine& l) { return line(mine, l); },
                      [mine, event = std::move(event)](TailEvent e) {
                        if (event) event(mine, e);
                      }};
  return add(id, {owner, Kind::kFile,
                  std::make_shared<FileTail>(context_, std::move(options), std::move(taker)), nullptr});
}

WatchError Watcher::watch_directory(Owner owner, DirectoryWatchOptions options,
                                    std::function<Taken(Id, const FileNews&)> changed, Id& id) {
  if (!is_absolute(options.path) || options.suffix.empty() || !changed) return WatchError::kInvalid;
  if (!reserve(Kind::kFile)) return WatchError::kFull;
  const Id mine = id = ++last_id_;
  auto taker = [mine, changed = std::move(changed)](const FileNews& news) { return changed(mine, news); };
  const auto watch = std::make_shared<DirectoryWatch>(context_, std::move(options), std::move(taker));
  return add(id, {owner, Kind::kFile, watch, watch.get()});
}

WatchError Watcher::retry(Owner owner, Id id, std::string_view name, std::int64_t delay_ns) {
  if (delay_ns < 0) return WatchError::kInvalid;
  WatchError error = WatchError::kNotFound;
  const bool has_run = loop_.call([&] {
    const Entry* entry = find(owner, Kind::kFile, id);
    if (entry == nullptr || entry->directory == nullptr) return;
    error = entry->directory->retry(name, delay_ns) ? WatchError::kNone : WatchError::kInvalid;
  });
  return has_run ? error : WatchError::kClosed;
}

WatchError Watcher::remove(Owner owner, Kind kind, Id id) {
  WatchError error = WatchError::kNotFound;
  const bool has_run = loop_.call([&] {
    if (find(owner, kind, id) == nullptr) return;
    erase(id);
    error = WatchError::kNone;
  });
  return has_run ? error : WatchError::kClosed;
}

void Watcher::remove_all(Owner owner) {
  static_cast<void>(loop_.call([&] {
    std::vector<Id> mine;
    for (const auto& [id, entry] : entries_) {
      if (entry.owner == owner) mine.push_back(id);
    }
    for (const Id id : mine) erase(id);
  }));
}

WatcherStats Watcher::stats() const {
  WatcherStats stats;
  stats.processes = process_count_;
  stats.files = file_count_;
  stats.polled = counters_.polled;
  stats.inotify_overflows = inotify_.overflows();
  stats.skipped_lines = counters_.skipped_lines;
  stats.refused_files = counters_.refused_files;
  stats.busy = counters_.busy;
  return stats;
}

void Watcher::run_in_background() {
  std::unique_lock lock(mutex_);
  thread_ = std::thread([this] {
    name_this_thread("atm-watch");
    loop_.run([this] {
      const std::lock_guard started(mutex_);
      is_running_ = true;
      changed_.notify_all();
    });
    const std::lock_guard ended(mutex_);
    is_running_ = false;
    changed_.notify_all();
  });
  changed_.wait(lock, [this] { return is_running_; });
}

bool Watcher::stop(std::chrono::milliseconds deadline) {
  loop_.close();
  {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, deadline, [this] { return !is_running_; })) return false;
  }
  if (thread_.joinable()) thread_.join();
  end_all();
  return true;
}

void Watcher::end_all() {
  std::vector<Id> all;
  for (const auto& [id, entry] : entries_) all.push_back(id);
  for (const Id id : all) erase(id);
  loop_.turn(0);  // it lets go of them while all that they give back to is there
}

std::size_t Watcher::run_until_idle() {
  std::size_t ran = 0;
  while (const std::size_t now = loop_.turn(0)) ran += now;
  return ran;
}

}  // namespace atm::kernel
