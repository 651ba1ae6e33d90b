// SPDX-License-Identifier: MIT
#include "settings.hpp"

#include <atm/json.hpp>
#include <atm/secret_file.hpp>
#include <stdexcept>

namespace http_ingest {

namespace {

template <class Value, class Number>
void read_number(const atm::json::Value& root, std::string_view name, Number& out) {
  if (const auto number = atm::json::get_int(root, name)) out = Number(static_cast<Value>(*number));
}

}  // namespace

Settings Settings::from_json(std::string_view json) {
  atm::json::Reader reader;
  const atm::json::Value* const root = reader.parse(json);
  if (root == nullptr || !root->IsObject())
    throw std::invalid_argument("configuration of http is not a JSON object: " + reader.error());
  Settings settings;
  if (const auto address = atm::json::get_string(*root, "address")) settings.address = *address;
  read_number<std::uint16_t>(*root, "port", settings.port);
  const auto token_file = atm::json::get_string(*root, "token_file");
  settings.token_file = token_file ? std::string(*token_file) : atm::secret_path("http-token");
  if (settings.token_file.empty()) {
    throw std::invalid_argument(
        "no path for the token file: neither XDG_CONFIG_HOME nor HOME is set; set token_file");
  }
  read_number<std::size_t>(*root, "max_connections", settings.max_connections);
  read_number<std::int64_t>(*root, "request_ms", settings.request);
  return settings;
}

}  // namespace http_ingest
