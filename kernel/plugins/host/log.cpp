// SPDX-License-Identifier: MIT
#include "kernel/system/log.hpp"

#include <atm/host/log.h>

#include <algorithm>
#include <atm/domain/utf8.hpp>
#include <atm/plugin/values.hpp>
#include <string>
#include <vector>

#include "kernel/model/observation.hpp"
#include "kernel/plugins/host/host_service.hpp"

namespace atm::kernel::host {
namespace {

constexpr std::uint64_t kMaxLogFields = 32;

std::string log_text(const atm_value& value) {
  switch (value.kind) {
    case ATM_VALUE_BOOL:
      return value.as.i != 0 ? "true" : "false";
    case ATM_VALUE_INT:
      return std::to_string(value.as.i);
    case ATM_VALUE_DOUBLE:
      return std::to_string(value.as.d);
    case ATM_VALUE_STR:
      return std::string(utf8_cut(text_of(value.as.s), Log::kMaxLineBytes));
    default:
      return "";
  }
}

LogLevel log_level(std::uint32_t level) {
  if (level <= ATM_LOG_DEBUG) return LogLevel::kDebug;
  if (level == ATM_LOG_INFO) return LogLevel::kInfo;
  return level == ATM_LOG_WARN ? LogLevel::kWarn : LogLevel::kError;
}

void write_log(void* self, std::uint32_t level, atm_str text, const atm_attr* fields, std::uint64_t count) {
  static_cast<void>(guarded([&] {
    std::vector<LogField> list;
    for (std::uint64_t i = 0; fields != nullptr && i < std::min(count, kMaxLogFields); ++i) {
      list.emplace_back(utf8_cut(text_of(fields[i].key), Observation::kMaxKeyBytes),
                        log_text(fields[i].value));
    }
    kernel_of(self).log.write(log_level(level), services_of(self).id(),
                              utf8_cut(text_of(text), Log::kMaxLineBytes), list);
    return ATM_OK;
  }));
}

constexpr atm_host_log kLog{sizeof(atm_host_log), 0, &write_log};

}  // namespace

const void* log() noexcept {
  return &kLog;
}

}  // namespace atm::kernel::host
