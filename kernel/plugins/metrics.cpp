// SPDX-License-Identifier: MIT
#include "kernel/plugins/metrics.hpp"

#include <limits>

namespace atm::kernel {

std::int64_t* Metrics::slot(std::string_view name, atm_status& status) {
  if (const auto it = values_.find(name); it != values_.end()) return &it->second;
  const bool is_name =
      !name.empty() && name.size() <= kMaxNameBytes && name.front() >= 'a' && name.front() <= 'z' &&
      name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string_view::npos;
  if (!is_name) {
    status = ATM_E_INVALID;
  } else if (values_.size() >= kMaxNames) {
    status = ATM_E_FULL;
  } else {
    return &values_.emplace(name, 0).first->second;
  }
  return nullptr;
}

atm_status Metrics::add(std::string_view name, std::int64_t delta) {
  atm_status status = ATM_OK;
  const std::lock_guard lock(mutex_);
  std::int64_t* const value = slot(name, status);
  if (value == nullptr) return status;
  if (__builtin_add_overflow(*value, delta, value)) {
    *value = delta > 0 ? std::numeric_limits<std::int64_t>::max() : std::numeric_limits<std::int64_t>::min();
  }
  return ATM_OK;
}

atm_status Metrics::set(std::string_view name, std::int64_t value) {
  atm_status status = ATM_OK;
  const std::lock_guard lock(mutex_);
  if (std::int64_t* const to = slot(name, status)) *to = value;
  return status;
}

Metrics::Values Metrics::values() const {
  const std::lock_guard lock(mutex_);
  return values_;
}

}  // namespace atm::kernel
