// SPDX-License-Identifier: MIT
#include "sources/session_file_index.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace claude_code {

void SessionFileIndex::put(std::string_view path, Entry entry) {
  {
    const std::lock_guard lock(mutex_);
    entries_.insert_or_assign(std::string(path), std::move(entry));
  }
  tell();
}

std::optional<SessionFileIndex::Entry> SessionFileIndex::find(std::string_view path) const {
  const std::lock_guard lock(mutex_);
  const auto it = entries_.find(path);
  return it == entries_.end() ? std::nullopt : std::optional(it->second);
}

void SessionFileIndex::erase(std::string_view path) {
  {
    const std::lock_guard lock(mutex_);
    const auto it = entries_.find(path);
    if (it == entries_.end()) return;
    entries_.erase(it);
  }
  tell();
}

void SessionFileIndex::erase_below(std::string_view directory) {
  {
    const std::lock_guard lock(mutex_);
    for (auto it = entries_.begin(); it != entries_.end();)
      it = it->first.starts_with(directory) ? entries_.erase(it) : std::next(it);
  }
  tell();
}

void SessionFileIndex::erase_ended(const std::function<bool(const ProcessClaim&)>& has_ended) {
  std::vector<ProcessClaim> processes;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [path, entry] : entries_) {
      if (entry.process) processes.push_back(*entry.process);
    }
  }
  const auto lives = [&](const ProcessClaim& process) { return !has_ended(process); };
  processes.erase(std::remove_if(processes.begin(), processes.end(), lives), processes.end());
  if (processes.empty()) return;
  {
    const std::lock_guard lock(mutex_);
    for (auto it = entries_.begin(); it != entries_.end();) {
      const auto& process = it->second.process;
      const bool is_over = process && std::count(processes.begin(), processes.end(), *process) != 0;
      it = is_over ? entries_.erase(it) : std::next(it);
    }
  }
  tell();
}

std::vector<SessionFileIndex::Entry> SessionFileIndex::sessions() const {
  const std::lock_guard lock(mutex_);
  std::vector<Entry> all;
  for (const auto& [path, entry] : entries_) {
    if (entry.kind == Kind::kSession) all.push_back(entry);
  }
  return all;
}

bool SessionFileIndex::has(const ProcessClaim& process) const {
  return wait_for(process, std::chrono::steady_clock::time_point::min());
}

std::uint64_t SessionFileIndex::count(Kind kind) const {
  const std::lock_guard lock(mutex_);
  return static_cast<std::uint64_t>(std::count_if(entries_.begin(), entries_.end(),
                                                  [&](const auto& one) { return one.second.kind == kind; }));
}

bool SessionFileIndex::wait_for(const ProcessClaim& process,
                                std::chrono::steady_clock::time_point until) const {
  std::unique_lock lock(mutex_);
  return updated_.wait_until(lock, until, [&] {
    return std::any_of(entries_.begin(), entries_.end(),
                       [&](const auto& one) { return one.second.process == process; });
  });
}

void SessionFileIndex::tell() const {
  updated_.notify_all();
  changed_();
}

}  // namespace claude_code
