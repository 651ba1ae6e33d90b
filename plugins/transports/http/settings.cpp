// SPDX-License-Identifier: MIT
#include "settings.hpp"

#include <atm/json.hpp>
#include <atm/transport/secret_file.hpp>
#include <stdexcept>

namespace http_ingest {

Settings Settings::from_json(std::string_view json) {
  atm::json::Reader reader;
  const atm::json::Value* const root = reader.parse(json);
  if (root == nullptr || !root->IsObject())
    throw std::invalid_argument("configuration of http is not a JSON object: " + reader.error());
  Settings settings;
  if (const auto port = atm::json::get_int(*root, "port")) settings.port = static_cast<std::uint16_t>(*port);
  settings.token_file = atm::secret_path("http-token");
  if (settings.token_file.empty()) {
    throw std::invalid_argument(
        "no path for the token file: neither XDG_CONFIG_HOME nor HOME is set; set HOME");
  }
  return settings;
}

}  // namespace http_ingest
