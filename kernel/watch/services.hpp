// SPDX-License-Identifier: MIT
// The functions of atm.host.processes/1 and atm.host.files/1, with the watcher and the calling plugin in place of `self`.
// kernel/plugins/host/{processes,files}.cpp hold the tables. The destruction of a plugin calls Watcher::remove_all(self).
//
// Contracts: sdk/include/atm/host/processes.h and files.h. These functions convert texts to UTF-8, check arguments and
// catch exceptions, including those of a plugin's callbacks.
#pragma once

#include <atm/host/files.h>
#include <atm/host/processes.h>

#include "kernel/watch/watcher.hpp"

namespace atm::kernel {

[[nodiscard]] atm_status process_lookup(Watcher& watcher, std::int64_t pid,
                                        const atm_process_sink* sink) noexcept;
[[nodiscard]] atm_status process_find(Watcher& watcher, std::uint64_t pid_ns, std::int64_t pid,
                                      std::uint64_t start_ticks, const atm_process_sink* sink) noexcept;
[[nodiscard]] atm_status process_list(Watcher& watcher, const atm_str* names, std::uint64_t name_count,
                                      const atm_process_sink* sink) noexcept;
[[nodiscard]] atm_status process_environment(Watcher& watcher, std::int64_t pid, std::uint64_t start_ticks,
                                             atm_str name, const atm_text_sink* sink) noexcept;
[[nodiscard]] atm_status process_arguments(Watcher& watcher, std::int64_t pid, std::uint64_t start_ticks,
                                           const atm_text_sink* sink) noexcept;
[[nodiscard]] atm_status process_boot_id(Watcher& watcher, const atm_text_sink* sink) noexcept;
[[nodiscard]] atm_status process_watch(Watcher& watcher, Watcher::Owner owner, std::int64_t pid,
                                       std::uint64_t start_ticks, atm_process_exit_fn fn, void* context,
                                       std::uint64_t* watch) noexcept;
[[nodiscard]] atm_status process_unwatch(Watcher& watcher, Watcher::Owner owner,
                                         std::uint64_t watch) noexcept;

[[nodiscard]] atm_status file_follow(Watcher& watcher, Watcher::Owner owner, const atm_file_follow* options,
                                     std::uint64_t* follow) noexcept;
[[nodiscard]] atm_status directory_watch(Watcher& watcher, Watcher::Owner owner,
                                         const atm_directory_watch* options, std::uint64_t* watch) noexcept;
[[nodiscard]] atm_status directory_retry(Watcher& watcher, Watcher::Owner owner, std::uint64_t watch,
                                         atm_str name, std::int64_t delay_ns) noexcept;
[[nodiscard]] atm_status file_close(Watcher& watcher, Watcher::Owner owner, std::uint64_t id) noexcept;

}  // namespace atm::kernel
