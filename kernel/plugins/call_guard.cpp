// SPDX-License-Identifier: MIT
#include "kernel/plugins/call_guard.hpp"

#include <atm/domain/utf8.hpp>

namespace atm::kernel {
namespace {

const char* usual_remedy(atm_status status) {
  switch (status) {
    case ATM_E_UNSUPPORTED:
      return "disable the plugin on this machine";
    case ATM_E_EXISTS:
      return "stop the other program or configure another address";
    case ATM_E_INVALID:
      return "fix the plugin's configuration";
    default:
      return "fix the plugin or disable it";
  }
}

}  // namespace

std::string status_name(atm_status status) {
  switch (status) {
    case ATM_OK:
      return "OK";
    case ATM_SKIP:
      return "SKIP";
    case ATM_E_INVALID:
      return "E_INVALID";
    case ATM_E_BUSY:
      return "E_BUSY";
    case ATM_E_UNSUPPORTED:
      return "E_UNSUPPORTED";
    case ATM_E_INTERNAL:
      return "E_INTERNAL";
    case ATM_E_NOT_FOUND:
      return "E_NOT_FOUND";
    case ATM_E_EXISTS:
      return "E_EXISTS";
    case ATM_E_FULL:
      return "E_FULL";
    case ATM_E_CLOSED:
      return "E_CLOSED";
    case ATM_E_TOO_LARGE:
      return "E_TOO_LARGE";
    case ATM_E_PAUSED:
      return "E_PAUSED";
    default:
      return "status " + std::to_string(status);
  }
}

Problem call_problem(std::string file, std::string_view what, atm_status status, const ErrorBuffer& error) {
  Problem problem{std::move(file), std::string(what) + " failed with " + status_name(status), "OK", ""};
  if (!error.view().empty()) {
    // The plugin's own message: found and expected value, and an optional remedy after a semicolon.
    const std::string text = utf8_sanitize(error.view());
    const std::size_t semicolon = text.find("; ");
    problem.found = std::string(what) + " failed: " + text.substr(0, semicolon);
    problem.wanted.clear();
    if (semicolon != std::string::npos) problem.remedy = text.substr(semicolon + 2);
  }
  if (problem.remedy.empty()) problem.remedy = usual_remedy(status);
  return problem;
}

}  // namespace atm::kernel
