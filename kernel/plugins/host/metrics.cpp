// SPDX-License-Identifier: MIT
#include "kernel/plugins/metrics.hpp"

#include <atm/host/metrics.h>

#include <atm/plugin/values.hpp>

#include "kernel/model/observation.hpp"
#include "kernel/plugins/host/host_service.hpp"

namespace atm::kernel::host {
namespace {

atm_status add_metric(void* self, atm_str name, std::int64_t delta) {
  return guarded([&] { return services_of(self).metrics().add(text_of(name), delta); });
}

atm_status set_metric(void* self, atm_str name, std::int64_t value) {
  return guarded([&] { return services_of(self).metrics().set(text_of(name), value); });
}

constexpr atm_host_metrics kMetrics{sizeof(atm_host_metrics), 0, &add_metric, &set_metric};

}  // namespace

const void* metrics() noexcept {
  return &kMetrics;
}

}  // namespace atm::kernel::host
