// SPDX-License-Identifier: MIT
#include "kernel/registry/stated_capabilities.hpp"

#include <atm/json.hpp>

namespace atm::kernel {

void add_capabilities(CapabilitiesByAgent& to, std::string_view manifest) {
  json::Reader reader;
  const json::Value* root = reader.parse(manifest);
  const json::Value* agent = root == nullptr ? nullptr : json::get_object(*root, "agent");
  const json::Value* words = agent == nullptr ? nullptr : json::get_object(*agent, "capabilities");
  if (words == nullptr) return;
  const auto word = [words](const char* name) {
    return capability_from(json::get_string(*words, name).value_or(""));
  };
  to.insert_or_assign(std::string(json::get_string(*agent, "id").value_or("")),
                      AgentCapabilities{word("interrupt"), word("permission_resolved")});
}

}  // namespace atm::kernel
