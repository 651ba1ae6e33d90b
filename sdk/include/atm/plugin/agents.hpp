// SPDX-License-Identifier: MIT
// The agents of this machine (atm/host/agents.h).
#pragma once

#include <atm/host/agents.h>

#include <atm/plugin/host.hpp>
#include <cstdint>
#include <string>
#include <vector>

namespace atm {

/// The host service for the manifests of agents. Copyable; valid until the plugin is destroyed. Without the service a
/// call returns kUnsupported. All methods may throw std::bad_alloc.
class Agents final {
 public:
  explicit Agents(const Host& host) noexcept
      : self_(host.c()->self),
        table_(static_cast<const atm_host_agents*>(
            host.c()->query(host.c()->self, to_c(std::string_view(ATM_HOST_AGENTS))))) {}

  /// Reads the files again; `revision` is greater after each change. [any]
  Status refresh(std::uint64_t& revision) const noexcept {
    return table_ ? static_cast<Status>(table_->refresh(self_, &revision)) : Status::kUnsupported;
  }
  /// Appends the manifest of each agent, a JSON object. [any]
  Status list(std::vector<std::string>& manifests) const {
    return table_ ? take(table_->list, manifests) : Status::kUnsupported;
  }
  /// Appends the problems of the files. [any]
  Status problems(std::vector<std::string>& texts) const {
    return table_ ? take(table_->problems, texts) : Status::kUnsupported;
  }

 private:
  Status take(atm_status (*ask)(void*, const atm_text_sink*), std::vector<std::string>& to) const {
    const atm_text_sink sink{sizeof(atm_text_sink), 0, &to, [](void* self, atm_str text) -> atm_status {
                               try {
                                 static_cast<std::vector<std::string>*>(self)->emplace_back(to_view(text));
                                 return ATM_OK;
                               } catch (...) {
                                 return ATM_E_INTERNAL;
                               }
                             }};
    return static_cast<Status>(ask(self_, &sink));
  }

  /// Borrowed from the host; table_ is NULL without the service.
  void* self_;
  const atm_host_agents* table_;
};

}  // namespace atm
