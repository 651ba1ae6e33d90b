// SPDX-License-Identifier: MIT
#include <atm/host/ingest.h>

#include <atm/plugin/values.hpp>
#include <cstddef>
#include <utility>

#include "kernel/plugins/contract.hpp"
#include "kernel/plugins/host/host_service.hpp"
#include "kernel/plugins/record_router.hpp"
#include "kernel/registry/actor/registry_actor.hpp"

namespace atm::kernel::host {
namespace {

atm_status ingest_record(void* self, const atm_record* record, atm_error* error) {
  return record == nullptr ? ATM_E_INVALID : kernel_of(self).router.record(*record, error);
}

atm_status ingest_observation(void* self, const atm_observation* observation, std::uint32_t expect,
                              atm_ingest_done done, void* context, atm_error* error) {
  return guarded([&] {
    constexpr std::size_t kLeast =
        offsetof(atm_observation, attr_count) + sizeof(atm_observation::attr_count);
    if (observation == nullptr || observation->size < kLeast || expect > ATM_EXPECT_PRESENT)
      return ATM_E_INVALID;
    Result<Observation> copy = Observation::copy(*observation);
    if (!copy) {
      ErrorText(error).set(copy.error().message);
      return ATM_E_INVALID;
    }
    return kernel_of(self).registry.observe(std::move(*copy), expect, done, context);
  });
}

constexpr atm_host_ingest kIngest{sizeof(atm_host_ingest), 0, &ingest_record, &ingest_observation};

}  // namespace

const void* ingest() noexcept {
  return &kIngest;
}

}  // namespace atm::kernel::host
