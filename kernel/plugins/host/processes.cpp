// SPDX-License-Identifier: MIT
#include <atm/host/processes.h>

#include "kernel/plugins/host/host_service.hpp"
#include "kernel/watch/services.hpp"

namespace atm::kernel::host {
namespace {

constexpr atm_host_processes kProcesses{
    sizeof(atm_host_processes),
    0,
    [](void* self, std::int64_t pid, const atm_process_sink* sink) {
      return process_lookup(kernel_of(self).watcher, pid, sink);
    },
    [](void* self, const atm_str* names, std::uint64_t name_count, const atm_process_sink* sink) {
      return process_list(kernel_of(self).watcher, names, name_count, sink);
    },
    [](void* self, std::int64_t pid, std::uint64_t start_ticks, atm_str name, const atm_text_sink* sink) {
      return process_environment(kernel_of(self).watcher, pid, start_ticks, name, sink);
    },
    [](void* self, std::int64_t pid, std::uint64_t start_ticks, const atm_text_sink* sink) {
      return process_arguments(kernel_of(self).watcher, pid, start_ticks, sink);
    },
    [](void* self, const atm_text_sink* sink) { return process_boot_id(kernel_of(self).watcher, sink); },
    [](void* self, std::int64_t pid, std::uint64_t start_ticks, atm_process_exit_fn fn, void* context,
       std::uint64_t* id) {
      return process_watch(kernel_of(self).watcher, self, pid, start_ticks, fn, context, id);
    },
    [](void* self, std::uint64_t id) { return process_unwatch(kernel_of(self).watcher, self, id); },
    [](void* self, std::uint64_t pid_ns, std::int64_t pid, std::uint64_t start_ticks,
       const atm_process_sink* sink) {
      return process_find(kernel_of(self).watcher, pid_ns, pid, start_ticks, sink);
    }};

}  // namespace

const void* processes() noexcept {
  return &kProcesses;
}

}  // namespace atm::kernel::host
