// SPDX-License-Identifier: MIT
#include "kernel/watch/inotify.hpp"

#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace atm::kernel {

Inotify::Inotify(EventLoop& loop, std::size_t max_watches) : loop_(loop), max_watches_(max_watches) {
  if (max_watches_ == 0) return;
  posix::FileDescriptor fd(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  if (!fd) return;
  token_ = loop_.add_fd(fd.get(), [this] { read_events(); });
  if (token_ != 0) fd_ = std::move(fd);
}

Inotify::~Inotify() {
  if (fd_) loop_.remove_fd(token_, fd_.get());
}

Inotify::Added Inotify::add(const std::string& path, std::uint32_t mask, Handler handler) {
  if (!fd_) return {0, ENOSYS};
  if (listeners_.size() >= max_watches_) return {0, ENOSPC};
  const int watch = ::inotify_add_watch(fd_.get(), path.c_str(), mask | IN_MASK_ADD);
  if (watch < 0) return {0, errno};
  const Id id = ++last_id_;
  listeners_[watch].push_back({id, mask, std::make_shared<const Handler>(std::move(handler))});
  watch_of_.emplace(id, watch);
  return {id, 0};
}

void Inotify::remove(Id id) {
  const auto it = watch_of_.find(id);
  if (it == watch_of_.end()) return;
  const int watch = it->second;
  watch_of_.erase(it);
  std::vector<Listener>& all = listeners_.at(watch);
  all.erase(std::find_if(all.begin(), all.end(), [id](const Listener& l) { return l.id == id; }));
  if (!all.empty()) return;
  listeners_.erase(watch);
  ::inotify_rm_watch(fd_.get(), watch);
}

void Inotify::read_events() {
  alignas(inotify_event) std::array<char, 64 * 1024> buffer;
  const ssize_t got = ::read(fd_.get(), buffer.data(), buffer.size());
  for (ssize_t at = 0; at < got;) {
    inotify_event event{};
    std::memcpy(&event, buffer.data() + at, sizeof event);
    const char* name = buffer.data() + at + sizeof event;
    dispatch(event.wd, event.mask, {name, ::strnlen(name, event.len)});
    at += static_cast<ssize_t>(sizeof event + event.len);
  }
}

void Inotify::dispatch(int watch, std::uint32_t mask, std::string_view name) {
  if ((mask & IN_Q_OVERFLOW) != 0) {
    ++overflows_;
    std::vector<Listener> all;
    for (const auto& [descriptor, listeners] : listeners_)
      all.insert(all.end(), listeners.begin(), listeners.end());
    tell(all, mask, {});
    return;
  }
  const auto it = listeners_.find(watch);
  if (it == listeners_.end()) return;  // removed while its events were queued
  const std::vector<Listener> listeners = it->second;
  tell(listeners, mask, name);
  if ((mask & IN_IGNORED) == 0) return;
  for (const Listener& listener : listeners) watch_of_.erase(listener.id);
  listeners_.erase(watch);
}

void Inotify::tell(const std::vector<Listener>& listeners, std::uint32_t mask, std::string_view name) const {
  constexpr std::uint32_t kAlways = IN_IGNORED | IN_UNMOUNT | IN_Q_OVERFLOW;
  for (const Listener& listener : listeners) {
    if ((mask & (listener.mask | kAlways)) == 0) continue;
    if (watch_of_.count(listener.id) != 0) (*listener.handler)(mask, name);
  }
}

}  // namespace atm::kernel
