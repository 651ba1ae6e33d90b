// SPDX-License-Identifier: MIT
// The process table and the end of processes (host/processes.h), with values that own their text.
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

struct Process {
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
  std::int64_t ppid;
  std::uint64_t start_ticks;
  std::int64_t age_ns;
  std::uint32_t uid;
  char state;
  bool is_zombie;
  std::string tty;
  std::string comm;
  std::string exe;
  std::string cwd;
};

/// Copyable, valid until the plugin is destroyed; kUnsupported or nothing where the host has no such service.
class Processes final {
 public:
  explicit Processes(const Host& host) noexcept : Processes(host.c()) {}
  explicit Processes(const atm_host* host) noexcept
      : self_(host->self),
        table_(static_cast<const atm_host_processes*>(host->query(host->self, to_c(ATM_HOST_PROCESSES)))) {}

  [[nodiscard]] bool is_there() const noexcept { return table_ != nullptr; }

  /// [any]
  [[nodiscard]] std::optional<Process> lookup(std::int64_t pid) const {
    std::optional<Process> found;
    if (table_ == nullptr) return found;
    const auto take = [&](const atm_process& p) { found.emplace(p); };
    const atm_process_sink to = sink(take);
    static_cast<void>(table_->lookup(self_, pid, &to));
    return found;
  }

  /// The process that has this pid and start in another PID namespace, as it is seen from here; `pid_ns` 0: in
  /// any. [any]
  [[nodiscard]] std::optional<Process> find(std::uint64_t pid_ns, std::int64_t pid,
                                            std::uint64_t start_ticks) const {
    std::optional<Process> found;
    constexpr std::size_t kLeast = offsetof(atm_host_processes, find) + sizeof(atm_host_processes::find);
    if (table_ == nullptr || table_->size < kLeast || table_->find == nullptr) return found;
    const auto take = [&](const atm_process& p) { found.emplace(p); };
    const atm_process_sink to = sink(take);
    static_cast<void>(table_->find(self_, pid_ns, pid, start_ticks, &to));
    return found;
  }

  /// Living processes of this user by comm or file name of exe; all without names. [any]
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

  /// kSkip: not set. [any]
  Status environment(std::int64_t pid, std::uint64_t start_ticks, std::string_view name,
                     std::string& value) const {
    if (table_ == nullptr) return Status::kUnsupported;
    const auto take = [&](std::string_view text) { value = text; };
    const atm_text_sink to = text_sink(take);
    return static_cast<Status>(table_->environment(self_, pid, start_ticks, to_c(name), &to));
  }

  /// [any]
  Status arguments(std::int64_t pid, std::uint64_t start_ticks, std::vector<std::string>& values) const {
    if (table_ == nullptr) return Status::kUnsupported;
    const auto take = [&](std::string_view text) { values.emplace_back(text); };
    const atm_text_sink to = text_sink(take);
    return static_cast<Status>(table_->arguments(self_, pid, start_ticks, &to));
  }

  /// Empty when unknown. [any]
  [[nodiscard]] std::string boot_id() const {
    std::string id;
    if (table_ == nullptr) return id;
    const auto take = [&](std::string_view text) { id = text; };
    const atm_text_sink to = text_sink(take);
    static_cast<void>(table_->boot_id(self_, &to));
    return id;
  }

  /// `fn` is called once when the process has ended, on the watch thread. [any]
  Status watch(std::int64_t pid, std::uint64_t start_ticks, atm_process_exit_fn fn, void* context,
               std::uint64_t& watch) const noexcept {
    return table_ ? static_cast<Status>(table_->watch(self_, pid, start_ticks, fn, context, &watch))
                  : Status::kUnsupported;
  }
  /// After the return the watch does not call. [any]
  Status unwatch(std::uint64_t watch) const noexcept {
    return table_ ? static_cast<Status>(table_->unwatch(self_, watch)) : Status::kUnsupported;
  }

 private:
  template <class Body>
  static atm_status guarded(Body&& body) noexcept {
    try {
      body();
      return ATM_OK;
    } catch (...) {
      return ATM_E_INTERNAL;
    }
  }
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

  void* self_;
  const atm_host_processes* table_;
};

}  // namespace atm
