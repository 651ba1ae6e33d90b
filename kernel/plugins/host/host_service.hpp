// SPDX-License-Identifier: MIT
// What the services in this directory share. Each file holds one table of atm/host/*.h; `self` in its functions is the
// HostServices of the calling plugin.
#pragma once

#include <atm/abi.h>

#include "kernel/plugins/host_services.hpp"

namespace atm::kernel::host {

[[nodiscard]] inline HostServices& services_of(void* self) noexcept {
  return *static_cast<HostServices*>(self);
}
[[nodiscard]] inline const Kernel& kernel_of(void* self) noexcept {
  return services_of(self).kernel();
}

/// Calls `body`. The plugin's side is C: no exception may pass through it.
template <class Body>
[[nodiscard]] atm_status guarded(Body&& body) noexcept {
  try {
    return body();
  } catch (...) {
    return ATM_E_INTERNAL;
  }
}

// The tables, by the header that declares them.
[[nodiscard]] const void* agents() noexcept;
[[nodiscard]] const void* clock() noexcept;
[[nodiscard]] const void* events() noexcept;
[[nodiscard]] const void* files() noexcept;
[[nodiscard]] const void* ingest() noexcept;
[[nodiscard]] const void* log() noexcept;
[[nodiscard]] const void* metrics() noexcept;
[[nodiscard]] const void* processes() noexcept;
[[nodiscard]] const void* snapshot() noexcept;
[[nodiscard]] const void* timer() noexcept;

}  // namespace atm::kernel::host
