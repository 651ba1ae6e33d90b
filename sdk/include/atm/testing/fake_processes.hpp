// SPDX-License-Identifier: MIT
// A process table that a test writes.
#pragma once

#include <atm/host/processes.h>

#include <algorithm>
#include <atm/plugin/values.hpp>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace atm::testing {

struct FakeProcess {
  std::int64_t pid = 0;
  std::uint64_t start_ticks = 0;
  std::string comm = {};
  std::string exe = {};
  std::string cwd = {};
  std::string tty = {};
  std::int64_t ppid = 1;
  std::int64_t age_ns = 0;
  std::map<std::string, std::string, std::less<>> environment = {};
  std::vector<std::string> arguments = {};
  std::uint64_t pid_ns = 0;  ///< of another PID namespace, in which it is `ns_pid`
  std::int64_t ns_pid = 0;
};

/// Part of FakeHost. As with the real one, a process that is not in the table has ended.
class FakeProcesses final {
 public:
  // ---- what the test does ----
  void add(FakeProcess process) {
    const std::lock_guard lock(mutex_);
    table_.push_back(std::move(process));
  }
  /// Takes it out of the table and tells whoever watches it, on this thread.
  void end(std::int64_t pid, std::uint64_t start_ticks) {
    std::vector<std::pair<std::uint64_t, Watch>> told;
    {
      const std::lock_guard lock(mutex_);
      table_.erase(
          std::remove_if(table_.begin(), table_.end(),
                         [&](const FakeProcess& p) { return p.pid == pid && p.start_ticks == start_ticks; }),
          table_.end());
      for (const auto& watch : watches_) {
        if (watch.second.pid == pid && watch.second.start_ticks == start_ticks) told.push_back(watch);
      }
      for (const auto& [id, watch] : told) watches_.erase(id);
    }
    for (const auto& [id, watch] : told) watch.fn(watch.context, id, pid, start_ticks);
  }
  /// No more than that many watches from now on: E_FULL.
  void set_max_watches(std::size_t count) {
    const std::lock_guard lock(mutex_);
    max_watches_ = count;
  }

  // ---- what the plugin did ----
  [[nodiscard]] std::size_t watch_count() const {
    const std::lock_guard lock(mutex_);
    return watches_.size();
  }

  // ---- the service (host/processes.h) ----
  atm_status lookup(std::int64_t pid, const atm_process_sink& sink) const {
    for (const FakeProcess& process : table()) {
      if (process.pid == pid) return give(process, sink);
    }
    return ATM_E_NOT_FOUND;
  }
  atm_status find(std::uint64_t pid_ns, std::int64_t pid, std::uint64_t start_ticks,
                  const atm_process_sink& sink) const {
    for (const FakeProcess& process : table()) {
      const bool is_there = process.pid_ns != 0 && (pid_ns == 0 || pid_ns == process.pid_ns);
      if (is_there && process.ns_pid == pid && process.start_ticks == start_ticks) return give(process, sink);
    }
    return ATM_E_NOT_FOUND;
  }
  atm_status list(const atm_str* names, std::uint64_t count, const atm_process_sink& sink) const {
    for (const FakeProcess& process : table()) {
      const auto is_it = [&](const atm_str& name) {
        return to_view(name) == process.comm ||
               to_view(name) == std::string_view(process.exe).substr(process.exe.rfind('/') + 1);
      };
      if (count != 0 && std::none_of(names, names + count, is_it)) continue;
      if (const atm_status status = give(process, sink); status != ATM_OK) return status;
    }
    return ATM_OK;
  }
  atm_status environment(std::int64_t pid, std::uint64_t start_ticks, atm_str name,
                         const atm_text_sink& sink) const {
    for (const FakeProcess& process : table()) {
      if (process.pid != pid || process.start_ticks != start_ticks) continue;
      const auto it = process.environment.find(to_view(name));
      return it == process.environment.end() ? ATM_SKIP : sink.text(sink.self, to_c(it->second));
    }
    return ATM_E_NOT_FOUND;
  }
  atm_status arguments(std::int64_t pid, std::uint64_t start_ticks, const atm_text_sink& sink) const {
    for (const FakeProcess& process : table()) {
      if (process.pid != pid || process.start_ticks != start_ticks) continue;
      for (const std::string& argument : process.arguments) {
        if (const atm_status status = sink.text(sink.self, to_c(argument)); status != ATM_OK) return status;
      }
      return ATM_OK;
    }
    return ATM_E_NOT_FOUND;
  }
  atm_status watch(std::int64_t pid, std::uint64_t start_ticks, atm_process_exit_fn fn, void* context,
                   std::uint64_t* id) {
    if (pid <= 0 || fn == nullptr || id == nullptr) return ATM_E_INVALID;
    {
      const std::lock_guard lock(mutex_);
      if (watches_.size() >= max_watches_) return ATM_E_FULL;
      *id = ++last_id_;
      const bool is_there = std::any_of(table_.begin(), table_.end(), [&](const FakeProcess& p) {
        return p.pid == pid && p.start_ticks == start_ticks;
      });
      if (is_there) {
        watches_[*id] = {pid, start_ticks, fn, context};
        return ATM_OK;
      }
    }
    fn(context, *id, pid, start_ticks);
    return ATM_OK;
  }
  atm_status unwatch(std::uint64_t id) {
    const std::lock_guard lock(mutex_);
    return watches_.erase(id) == 1 ? ATM_OK : ATM_E_NOT_FOUND;
  }

 private:
  struct Watch {
    std::int64_t pid = 0;
    std::uint64_t start_ticks = 0;
    atm_process_exit_fn fn = nullptr;
    void* context = nullptr;
  };

  [[nodiscard]] std::vector<FakeProcess> table() const {
    const std::lock_guard lock(mutex_);
    return table_;
  }
  static atm_status give(const FakeProcess& p, const atm_process_sink& sink) {
    atm_process out{};
    out.size = sizeof out;
    out.pid = p.pid;
    out.ppid = p.ppid;
    out.start_ticks = p.start_ticks;
    out.age_ns = p.age_ns;
    out.state = 'S';
    out.tty = to_c(p.tty);
    out.comm = to_c(p.comm);
    out.exe = to_c(p.exe);
    out.cwd = to_c(p.cwd);
    return sink.process(sink.self, &out);
  }

  mutable std::mutex mutex_;
  std::vector<FakeProcess> table_;
  std::map<std::uint64_t, Watch> watches_;
  std::size_t max_watches_ = 4096;
  std::uint64_t last_id_ = 0;
};

}  // namespace atm::testing
