// SPDX-License-Identifier: MIT
#include <atm/host/files.h>

#include "kernel/plugins/host/host_service.hpp"
#include "kernel/watch/services.hpp"

namespace atm::kernel::host {
namespace {

constexpr atm_host_files kFiles{
    sizeof(atm_host_files),
    0,
    [](void* self, const atm_file_follow* options, std::uint64_t* id) {
      return file_follow(kernel_of(self).watcher, self, options, id);
    },
    [](void* self, const atm_directory_watch* options, std::uint64_t* id) {
      return directory_watch(kernel_of(self).watcher, self, options, id);
    },
    [](void* self, std::uint64_t id, atm_str name, std::int64_t delay_ns) {
      return directory_retry(kernel_of(self).watcher, self, id, name, delay_ns);
    },
    [](void* self, std::uint64_t id) { return file_close(kernel_of(self).watcher, self, id); }};

}  // namespace

const void* files() noexcept {
  return &kFiles;
}

}  // namespace atm::kernel::host
