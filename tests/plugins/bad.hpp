// SPDX-License-Identifier: MIT
#pragma once

#include <atm/json.hpp>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "support/atmd_process.hpp"
#include "support/text.hpp"

namespace atm::test {

/// The manifest of a built bad plugin.
inline std::filesystem::path bad(std::string_view id) {
  return std::filesystem::path(ATM_TEST_BAD_PLUGINS) / (std::string(id) + ".json");
}

/// An ingest message that requests a reply.
inline std::string ingest(std::string_view channel, std::string_view payload) {
  return R"({"type":"ingest","channel":")" + std::string(channel) + R"(","payload":")" +
         std::string(payload) + R"(","ack":true})";
}

/// The entry of one plugin in a `plugins` reply.
struct Listed {
  std::string status;
  std::string message;
};
inline std::optional<Listed> listed(const Atmd& atmd, std::string_view id, std::string_view file_part = {}) {
  json::Reader reader;
  const std::string reply = atmd.ask(R"({"type":"get_plugins"})");
  const json::Value* root = reader.parse(reply);
  const json::Value* list = root != nullptr ? json::get_array(*root, "plugins") : nullptr;
  if (list == nullptr) return std::nullopt;
  for (const json::Value& entry : list->GetArray()) {
    if (json::get_string(entry, "id") != id) continue;
    if (json::get_string(entry, "file").value_or("").find(file_part) == std::string_view::npos) continue;
    const json::Value* error = json::get_object(entry, "error");
    return Listed{std::string(json::get_string(entry, "status").value_or("")),
                  error != nullptr ? std::string(json::get_string(*error, "message").value_or("")) : ""};
  }
  return std::nullopt;
}

/// A number in a `stats` reply, by its path of names; -1 if absent.
inline std::int64_t stat(const Atmd& atmd, std::initializer_list<std::string_view> path,
                         std::string_view name) {
  json::Reader reader;
  const std::string reply = atmd.ask(R"({"type":"get_stats"})");
  const json::Value* at = reader.parse(reply);
  if (at != nullptr) at = json::get_object(*at, "stats");
  for (const std::string_view key : path) {
    if (at != nullptr) at = json::get_object(*at, key);
  }
  return at != nullptr ? json::get_int(*at, name).value_or(-1) : -1;
}
inline std::int64_t channel_stat(const Atmd& atmd, std::string_view channel, std::string_view name) {
  return stat(atmd, {"ingest", "channels", channel}, name);
}
inline std::int64_t unix_stat(const Atmd& atmd, std::string_view name) {
  return stat(atmd, {"plugins", "unix"}, name);
}

}  // namespace atm::test
