// SPDX-License-Identifier: MIT
// The processes service of FakeHost.
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

/// A process of the fake table; the user is the caller's.
struct FakeProcess {
  /// Pid in the daemon's namespace.
  std::int64_t pid = 0;
  /// Clock ticks from boot to the start.
  std::uint64_t start_ticks = 0;
  /// As /proc reports it: at most 15 bytes; not checked here.
  std::string comm = {};
  /// Absolute path of the program.
  std::string exe = {};
  /// Absolute path.
  std::string cwd = {};
  /// `/dev/pts/3`; empty: none.
  std::string tty = {};
  /// The parent; it need not be in the table.
  std::int64_t ppid = 1;
  /// Nanoseconds since the start.
  std::int64_t age_ns = 0;
  /// The environment at the start, and the arguments.
  std::map<std::string, std::string, std::less<>> environment = {};
  std::vector<std::string> arguments = {};
  /// PID namespace (inode number) in which the process has the pid `ns_pid`; 0: the daemon's own.
  std::uint64_t pid_ns = 0;
  std::int64_t ns_pid = 0;
};

/// A process table (atm/host/processes.h) that the test writes.
///
/// Real processes would make a test slow and dependent on timing. As in the real service, a process that is not in the
/// table has ended. There are no zombies and no foreign users. Part of FakeHost; safe to use from the plugin's threads.
class FakeProcesses final {
 public:
  /// Adds a process.
  void add(FakeProcess process) {
    const std::lock_guard lock(mutex_);
    table_.push_back(std::move(process));
  }
  /// Removes a process and calls the functions that watch it, on this thread and without a lock.
  void end(std::int64_t pid, std::uint64_t start_ticks) {
    // Collected first, because functions of the plugin are called without the lock.
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
  /// Limit of open watches from now on; watch() then returns E_FULL.
  void set_max_watches(std::size_t count) {
    const std::lock_guard lock(mutex_);
    max_watches_ = count;
  }

  /// Watches that are open now.
  [[nodiscard]] std::size_t watch_count() const {
    const std::lock_guard lock(mutex_);
    return watches_.size();
  }

  /// Whether a watch of this process is open now.
  [[nodiscard]] bool is_watched(std::int64_t pid) const {
    const std::lock_guard lock(mutex_);
    return std::any_of(watches_.begin(), watches_.end(),
                       [pid](const auto& watch) { return watch.second.pid == pid; });
  }

  /// The process with this pid in the daemon's namespace.
  atm_status lookup(std::int64_t pid, const atm_process_sink& sink) const {
    for (const FakeProcess& process : table()) {
      if (process.pid == pid) return give(process, sink);
    }
    return ATM_E_NOT_FOUND;
  }
  /// A process of another PID namespace; `pid_ns` 0: any.
  atm_status find(std::uint64_t pid_ns, std::int64_t pid, std::uint64_t start_ticks,
                  const atm_process_sink& sink) const {
    for (const FakeProcess& process : table()) {
      // A process of the daemon's own namespace is not found here.
      const bool is_there = process.pid_ns != 0 && (pid_ns == 0 || pid_ns == process.pid_ns);
      if (is_there && process.ns_pid == pid && process.start_ticks == start_ticks) return give(process, sink);
    }
    return ATM_E_NOT_FOUND;
  }
  /// Processes by comm or file name of exe; all without names.
  atm_status list(const atm_str* names, std::uint64_t count, const atm_process_sink& sink) const {
    for (const FakeProcess& process : table()) {
      // The name of the kernel, or the last component of the program's path.
      const auto is_it = [&](const atm_str& name) {
        return to_view(name) == process.comm ||
               to_view(name) == std::string_view(process.exe).substr(process.exe.rfind('/') + 1);
      };
      // No names: all processes.
      if (count != 0 && std::none_of(names, names + count, is_it)) continue;
      if (const atm_status status = give(process, sink); status != ATM_OK) return status;
    }
    return ATM_OK;
  }
  /// SKIP: the variable is not set; E_NOT_FOUND: no such process.
  atm_status environment(std::int64_t pid, std::uint64_t start_ticks, atm_str name,
                         const atm_text_sink& sink) const {
    for (const FakeProcess& process : table()) {
      if (process.pid != pid || process.start_ticks != start_ticks) continue;
      const auto it = process.environment.find(to_view(name));
      return it == process.environment.end() ? ATM_SKIP : sink.text(sink.self, to_c(it->second));
    }
    return ATM_E_NOT_FOUND;
  }
  /// One call of the sink for each argument.
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
  /// Calls `fn` before it returns if the process does not exist, as the real service may.
  atm_status watch(std::int64_t pid, std::uint64_t start_ticks, atm_process_exit_fn fn, void* context,
                   std::uint64_t* id) {
    if (pid <= 0 || fn == nullptr || id == nullptr) return ATM_E_INVALID;
    {
      const std::lock_guard lock(mutex_);
      // As the real service does at 4,096 watches.
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
    // The process does not exist: report its end at once.
    fn(context, *id, pid, start_ticks);
    return ATM_OK;
  }
  /// Does not wait for a running `fn`.
  atm_status unwatch(std::uint64_t id) {
    const std::lock_guard lock(mutex_);
    return watches_.erase(id) == 1 ? ATM_OK : ATM_E_NOT_FOUND;
  }

 private:
  /// An open watch.
  struct Watch {
    std::int64_t pid = 0;
    std::uint64_t start_ticks = 0;
    /// The plugin's function, called at most once.
    atm_process_exit_fn fn = nullptr;
    void* context = nullptr;
  };

  /// A copy, so that a sink is called without a lock.
  [[nodiscard]] std::vector<FakeProcess> table() const {
    const std::lock_guard lock(mutex_);
    return table_;
  }
  /// Passes the C form to a sink; its texts live for the duration of the call.
  static atm_status give(const FakeProcess& p, const atm_process_sink& sink) {
    atm_process out{};
    out.size = sizeof out;
    out.pid = p.pid;
    out.ppid = p.ppid;
    out.start_ticks = p.start_ticks;
    out.age_ns = p.age_ns;
    // Every fake process sleeps; none is a zombie.
    out.state = 'S';
    out.tty = to_c(p.tty);
    out.comm = to_c(p.comm);
    out.exe = to_c(p.exe);
    out.cwd = to_c(p.cwd);
    return sink.process(sink.self, &out);
  }

  /// Guards the members below; never held while the plugin is called.
  mutable std::mutex mutex_;
  std::vector<FakeProcess> table_;
  std::map<std::uint64_t, Watch> watches_;
  /// The limit of the real service.
  std::size_t max_watches_ = 4096;
  std::uint64_t last_id_ = 0;
};

}  // namespace atm::testing
