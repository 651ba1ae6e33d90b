// SPDX-License-Identifier: MIT
// The process table and the ends of processes (atm/host/processes.h), with values that own their text.
#pragma once

#include <atm/host/processes.h>

#include <atm/plugin/host.hpp>
#include <atm/plugin/values.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace atm {

/// One process at the time of the call. It owns its texts; bytes that are not UTF-8 are replaced by U+FFFD.
struct Process {
  /// Copies the borrowed form.
  explicit Process(const atm_process& p)
      : pid(p.pid),
        ppid(p.ppid),
        start_ticks(p.start_ticks),
        age_ns(p.age_ns),
        uid(p.uid),
        state(static_cast<char>(p.state)),
        is_zombie(p.zombie != 0),
        tty(to_view(p.tty)),
        comm(to_view(p.comm)),
        exe(to_view(p.exe)),
        cwd(to_view(p.cwd)) {}

  std::int64_t pid;
  /// The parent's pid.
  std::int64_t ppid;
  /// Clock ticks from boot to the start. Pid and start time together identify a process.
  std::uint64_t start_ticks;
  /// Time since the start, suspend included, in nanoseconds; never below 0.
  std::int64_t age_ns;
  /// Real user id.
  std::uint32_t uid;
  /// The letter of proc(5): R, S, Z ...
  char state;
  /// It has ended and its parent has not reaped it.
  bool is_zombie;
  /// For example `/dev/pts/3`; empty: none.
  std::string tty;
  /// The kernel's name of the command, at most 15 bytes; arbitrary text.
  std::string comm;
  /// Path of the program and current directory; empty: not readable.
  std::string exe;
  std::string cwd;
};

/// The host service for processes.
///
/// The host shares one scan of the process table among all plugins and waits for the end of processes without polling
/// where possible. Copyable; valid until the plugin is destroyed. Without the service a call returns kUnsupported or
/// nothing. All methods may throw std::bad_alloc.
class Processes final {
 public:
  /// Queries the service once. Both forms are equivalent.
  explicit Processes(const Host& host) noexcept : Processes(host.c()) {}
  explicit Processes(const atm_host* host) noexcept
      : self_(host->self),
        table_(static_cast<const atm_host_processes*>(host->query(host->self, to_c(ATM_HOST_PROCESSES)))) {}

  /// Whether the host has the service.
  [[nodiscard]] bool is_there() const noexcept { return table_ != nullptr; }

  /// One process of any user, as it is now; a zombie included. [any]
  [[nodiscard]] std::optional<Process> lookup(std::int64_t pid) const {
    std::optional<Process> found;
    if (table_ == nullptr) return found;
    const auto take = [&](const atm_process& p) { found.emplace(p); };
    const atm_process_sink to = sink(take);
    static_cast<void>(table_->lookup(self_, pid, &to));
    return found;
  }

  /// The live process of this user with this pid and start time in another PID namespace; the result has its pid in the
  /// daemon's namespace. `pid_ns` is the inode number of /proc/PID/ns/pid; 0: any namespace. Since ABI 1.1; nothing on
  /// an older host. [any]
  [[nodiscard]] std::optional<Process> find(std::uint64_t pid_ns, std::int64_t pid,
                                            std::uint64_t start_ticks) const {
    std::optional<Process> found;
    // A host of ABI 1.0 has a table without this member.
    constexpr std::size_t kLeast = offsetof(atm_host_processes, find) + sizeof(atm_host_processes::find);
    if (table_ == nullptr || table_->size < kLeast || table_->find == nullptr) return found;
    const auto take = [&](const atm_process& p) { found.emplace(p); };
    const atm_process_sink to = sink(take);
    static_cast<void>(table_->find(self_, pid_ns, pid, start_ticks, &to));
    return found;
  }

  /// Live processes of this user whose comm or file name of exe is one of `names`; all if `names` is empty. At most 250
  /// ms old. [any]
  [[nodiscard]] std::vector<Process> list(const std::vector<std::string_view>& names) const {
    std::vector<Process> found;
    if (table_ == nullptr) return found;
    std::vector<atm_str> wanted;
    wanted.reserve(names.size());
    for (const std::string_view name : names) wanted.push_back(to_c(name));
    const auto take = [&](const atm_process& p) { found.emplace_back(p); };
    const atm_process_sink to = sink(take);
    static_cast<void>(table_->list(self_, wanted.data(), wanted.size(), &to));
    return found;
  }

  /// One variable of the environment with which a process of this user started. kSkip: not set; kNotFound: the process
  /// has ended; kUnsupported: not readable; kTooLarge: over 32 KiB. [any]
  Status environment(std::int64_t pid, std::uint64_t start_ticks, std::string_view name,
                     std::string& value) const {
    if (table_ == nullptr) return Status::kUnsupported;
    const auto take = [&](std::string_view text) { value = text; };
    const atm_text_sink to = text_sink(take);
    return static_cast<Status>(table_->environment(self_, pid, start_ticks, to_c(name), &to));
  }

  /// Appends the arguments of a process of this user to `values`, up to 64 KiB. kNotFound, kUnsupported. [any]
  Status arguments(std::int64_t pid, std::uint64_t start_ticks, std::vector<std::string>& values) const {
    if (table_ == nullptr) return Status::kUnsupported;
    const auto take = [&](std::string_view text) { values.emplace_back(text); };
    const atm_text_sink to = text_sink(take);
    return static_cast<Status>(table_->arguments(self_, pid, start_ticks, &to));
  }

  /// The boot id of the machine; empty if unknown. Start times of different boots are not comparable. [any]
  [[nodiscard]] std::string boot_id() const {
    std::string id;
    if (table_ == nullptr) return id;
    const auto take = [&](std::string_view text) { id = text; };
    const atm_text_sink to = text_sink(take);
    static_cast<void>(table_->boot_id(self_, &to));
    return id;
  }

  /// Calls `fn` once on the watch thread within a second after the process has ended; at once if it does not exist.
  /// `watch` is never 0. kInvalid, kFull, kClosed. [any]
  Status watch(std::int64_t pid, std::uint64_t start_ticks, atm_process_exit_fn fn, void* context,
               std::uint64_t& watch) const noexcept {
    return table_ ? static_cast<Status>(table_->watch(self_, pid, start_ticks, fn, context, &watch))
                  : Status::kUnsupported;
  }
  /// Ends a watch. After the return `fn` is not called. Waits for a running call, except on the watch thread. [any]
  Status unwatch(std::uint64_t watch) const noexcept {
    return table_ ? static_cast<Status>(table_->unwatch(self_, watch)) : Status::kUnsupported;
  }

 private:
  /// Keeps exceptions of a sink from crossing the host.
  template <class Body>
  static atm_status guarded(Body&& body) noexcept {
    try {
      body();
      return ATM_OK;
    } catch (...) {
      return ATM_E_INTERNAL;
    }
  }
  /// Sinks that call `take`; they borrow it for the duration of one call.
  template <class Take>
  static atm_process_sink sink(const Take& take) noexcept {
    return {sizeof(atm_process_sink), 0, const_cast<Take*>(&take),
            [](void* self, const atm_process* process) -> atm_status {
              return guarded([&] { (*static_cast<const Take*>(self))(*process); });
            }};
  }
  template <class Take>
  static atm_text_sink text_sink(const Take& take) noexcept {
    return {sizeof(atm_text_sink), 0, const_cast<Take*>(&take), [](void* self, atm_str text) -> atm_status {
              return guarded([&] { (*static_cast<const Take*>(self))(to_view(text)); });
            }};
  }

  /// Borrowed from the host; table_ is NULL without the service.
  void* self_;
  const atm_host_processes* table_;
};

}  // namespace atm
