// SPDX-License-Identifier: MIT
#include "kernel/watch/directory_watch.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atm/posix/file_descriptor.hpp>
#include <atm/posix/ownership.hpp>
#include <cerrno>
#include <limits>
#include <memory>
#include <utility>
#include <vector>

namespace atm::kernel {
namespace {

constexpr std::uint32_t kEvents =
    IN_CREATE | IN_MODIFY | IN_CLOSE_WRITE | IN_ATTRIB | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO;

// Reads at most max_bytes + 1; the extra byte shows that there is more.
bool read_all(int fd, std::size_t max_bytes, std::string& text) {
  text.resize(max_bytes + 1);
  std::size_t have = 0;
  while (have < text.size()) {
    const ssize_t got = ::read(fd, text.data() + have, text.size() - have);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return false;
    if (got == 0) break;
    have += static_cast<std::size_t>(got);
  }
  text.resize(have);
  return true;
}

}  // namespace

bool DirectoryWatchOptions::matches(std::string_view name) const noexcept {
  if (name.size() <= suffix.size()) return false;
  const std::string_view stem = name.substr(0, name.size() - suffix.size());
  if (name.substr(stem.size()) != suffix || name.find('/') != std::string_view::npos) return false;
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  return !digits_only || std::all_of(stem.begin(), stem.end(), is_digit);
}

DirectoryWatch::DirectoryWatch(const WatchContext& context, DirectoryWatchOptions options,
                               std::function<ConsumeResult(const FileChange&)> sink)
    : context_(context),
      options_(std::move(options)),
      sink_(std::move(sink)),
      anchor_(context.inotify, options_.path, kEvents,
              [this](std::uint32_t mask, std::string_view name) { on_event(mask, name); }) {}

void DirectoryWatch::start() {
  if (is_cancelled_) return;
  look_at_all();
  look_at_due();
  if (!is_cancelled_) recheck();
}

void DirectoryWatch::cancel() {
  is_cancelled_ = true;
  context_.loop.cancel(timer_);
  context_.loop.cancel(recheck_);
  anchor_.release();
}

bool DirectoryWatch::retry(std::string_view name, std::int64_t delay_ns) {
  if (!options_.matches(name)) return false;
  plan(std::string(name), delay_ns, true);
  arm();
  return true;
}

void DirectoryWatch::on_event(std::uint32_t mask, std::string_view name) {
  if (name.empty()) {
    needs_all_ = true;
    arm();
  } else if (options_.matches(name)) {
    const bool is_unfinished = (mask & (IN_CREATE | IN_MODIFY)) != 0;
    plan(std::string(name), is_unfinished ? kSettleNs : 0, false);
    arm();
  }
}

void DirectoryWatch::look_at_all() {
  is_anchored_ = anchor_.settle();
  std::vector<std::string> names;
  const std::unique_ptr<DIR, int (*)(DIR*)> all(::opendir(options_.path.c_str()), &::closedir);
  while (all != nullptr) {
    const dirent* item = ::readdir(all.get());
    if (item == nullptr) break;
    if (options_.matches(item->d_name)) names.emplace_back(item->d_name);
  }
  for (const auto& [name, mark] : reported_) names.push_back(name);
  for (const std::string& name : names) plan(name, 0, false);
}

void DirectoryWatch::recheck() {
  context_.loop.cancel(recheck_);
  has_events_ = is_anchored_;
  recheck_ = context_.loop.after(has_events_ ? kRecheckNs : kPollNs, [this] {
    if (!has_events_) ++context_.counters.polled;
    needs_all_ = true;
    recheck();
    look_at_due();
  });
}

void DirectoryWatch::plan(const std::string& name, std::int64_t delay_ns, bool is_forced) {
  std::int64_t due_ns = 0;
  if (__builtin_add_overflow(context_.loop.now_ns(), delay_ns, &due_ns)) return;
  Pending& look = pending_.emplace(name, Pending{due_ns, is_forced}).first->second;
  // Never later than an earlier check: a writer that does not stop must not hide its file.
  look.due_ns = std::min(look.due_ns, due_ns);
  look.is_forced = look.is_forced || is_forced;
}

void DirectoryWatch::arm() {
  if (is_cancelled_) return;
  context_.loop.cancel(std::exchange(timer_, 0));
  if (pending_.empty() && !needs_all_) return;
  const std::int64_t now_ns = context_.loop.now_ns();
  std::int64_t due_ns = needs_all_ ? now_ns : std::numeric_limits<std::int64_t>::max();
  for (const auto& [name, look] : pending_) due_ns = std::min(due_ns, look.due_ns);
  timer_ = context_.loop.after(due_ns - now_ns, [this] {
    timer_ = 0;
    look_at_due();
  });
}

void DirectoryWatch::look_at_due() {
  if (std::exchange(needs_all_, false)) {
    look_at_all();
    if (has_events_ && !is_anchored_) recheck();
  }
  const std::int64_t now_ns = context_.loop.now_ns();
  std::vector<std::pair<std::string, bool>> due;
  for (const auto& [name, look] : pending_) {
    if (look.due_ns <= now_ns) due.emplace_back(name, look.is_forced);
  }
  for (const auto& [name, is_forced] : due) pending_.erase(name);
  for (const auto& [name, is_forced] : due) {
    look_at(name, is_forced);
    if (is_cancelled_) return;
  }
  arm();
}

void DirectoryWatch::look_at(const std::string& name, bool is_forced) {
  const auto known = reported_.find(name);
  if (known == reported_.end() && reported_.size() >= kMaxFiles) {
    ++context_.counters.refused_files;
    return;
  }
  const Found found = find(name);
  const bool is_change =
      known == reported_.end() ? found.state != FileState::kGone : known->second != found.mark;
  if (!is_change && !(is_forced && known != reported_.end())) return;
  if (found.state == FileState::kTooLarge) ++context_.counters.refused_files;
  if (sink_({name, found.state, found.content}) == ConsumeResult::kBusy) {
    ++context_.counters.busy;
    plan(name, kFirstBusyNs, true);
  } else if (found.state == FileState::kGone) {
    reported_.erase(name);
  } else {
    reported_[name] = found.mark;
  }
}

DirectoryWatch::Found DirectoryWatch::find(const std::string& name) const {
  const std::string path = options_.path + "/" + name;
  struct stat info {};
  Found found;
  // lstat() before open(): opening a pipe or a device has effects on its other end.
  if (::lstat(path.c_str(), &info) != 0 || !posix::is_own_file(info)) return found;
  const posix::FileDescriptor fd(
      ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY));
  if (!fd || ::fstat(fd.get(), &info) != 0 || !posix::is_own_file(info)) return found;
  if (!read_all(fd.get(), kMaxFileBytes, found.content)) return found;
  found.state = FileState::kThere;
  if (found.content.size() > kMaxFileBytes) {
    found.state = FileState::kTooLarge;
    found.content.clear();
  }
  found.mark = std::hash<std::string_view>{}(found.content) * 3 + static_cast<std::size_t>(found.state);
  return found;
}

}  // namespace atm::kernel
