// SPDX-License-Identifier: MIT
#pragma once

#include <atm/plugin/values.hpp>
#include <exception>
#include <string>
#include <string_view>

#include "kernel/config/problem.hpp"
#include "kernel/plugins/call_site.hpp"

namespace atm::kernel {

/// Calls into a plugin. The wrapper lets no exception out; a plugin that was made without it may.
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

/// "E_BUSY"; "status 17" for a value that has no name.
[[nodiscard]] std::string status_name(atm_status status);

/// What a failed `what` of a plugin says to a person.
[[nodiscard]] Problem call_problem(std::string file, std::string_view what, atm_status status,
                                   const ErrorBuffer& error);

}  // namespace atm::kernel
