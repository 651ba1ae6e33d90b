// SPDX-License-Identifier: MIT
#include "settings.hpp"

#include <atm/json.hpp>
#include <stdexcept>

namespace processes {

namespace json = atm::json;

Settings Settings::from_json(std::string_view text) {
  json::Reader reader;
  const json::Value* root = reader.parse(text.empty() ? "{}" : text);
  if (root == nullptr || !root->IsObject())
    throw std::invalid_argument("configuration of processes is not a JSON object: " + reader.error());
  Settings settings;
  if (const auto seconds = json::get_int(*root, "discover_seconds"))
    settings.discover_every = std::chrono::seconds(*seconds);
  if (const json::Value* agents = json::get_array(*root, "agents")) {
    for (const json::Value& one : agents->GetArray()) {
      settings.agents.push_back({std::string(json::get_string(one, "program").value_or("")),
                                 std::string(json::get_string(one, "agent").value_or(""))});
    }
  }
  return settings;
}

}  // namespace processes
