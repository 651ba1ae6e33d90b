// SPDX-License-Identifier: MIT
#include "protocol/server_context.hpp"

#include <atm/json.hpp>

namespace unix_socket {

const ServerContext::Identity& ServerContext::identity() {
  if (identity_) return *identity_;
  Identity found;
  atm::json::Reader json;
  const std::string stats = host.stats();
  if (const atm::json::Value* root = json.parse(stats)) {
    found.version = atm::json::get_string(*root, "daemon_version").value_or("");
    if (const atm::json::Value* epoch = atm::json::find(*root, "epoch");
        epoch != nullptr && epoch->IsUint64()) {
      found.epoch = epoch->GetUint64();
    }
  }
  return identity_.emplace(std::move(found));
}

}  // namespace unix_socket
