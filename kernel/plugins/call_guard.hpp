// SPDX-License-Identifier: MIT
#pragma once

#include <atm/plugin/values.hpp>
#include <exception>
#include <string>
#include <string_view>

#include "kernel/system/call_site.hpp"
#include "lib/config/problem.hpp"

namespace atm::kernel {

/// Calls into a plugin and catches its exceptions. The SDK's wrapper catches them, too; a plugin built without it may
/// throw.
template <class Body>
[[nodiscard]] atm_status guarded_call(const CallSite& site, ErrorBuffer& error, Body&& body) noexcept {
  const CallScope scope(site);
  try {
    return body();
  } catch (const std::exception& e) {
    ErrorText(error.c()).set(e.what());
  } catch (...) {
    ErrorText(error.c()).set("an exception left the plugin");
  }
  return ATM_E_INTERNAL;
}

/// "E_BUSY"; "status 17" for an unknown value.
[[nodiscard]] std::string status_name(atm_status status);

/// The problem that describes a failed call `what` of a plugin.
[[nodiscard]] Problem call_problem(std::string file, std::string_view what, atm_status status,
                                   const ErrorBuffer& error);

}  // namespace atm::kernel
