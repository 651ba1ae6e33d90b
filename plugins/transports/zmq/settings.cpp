// SPDX-License-Identifier: MIT
#include "settings.hpp"

#include <atm/client/endpoint.hpp>
#include <atm/json.hpp>
#include <stdexcept>

namespace zeromq {

namespace {

template <class Value, class Number>
void read_number(const atm::json::Value& root, std::string_view name, Number& out) {
  if (const auto number = atm::json::get_int(root, name)) out = Number(static_cast<Value>(*number));
}

void read_text(const atm::json::Value& root, std::string_view name, std::string& out) {
  if (const auto text = atm::json::get_string(root, name)) out = *text;
}

/// The directory of the daemon's socket; empty without a home directory.
std::string default_directory() {
  const auto places = atm::client::socket_candidates();
  if (places.empty()) return {};
  return places.front().substr(0, places.front().rfind('/'));
}

}  // namespace

Settings Settings::from_json(std::string_view text) {
  atm::json::Reader reader;
  const atm::json::Value* const root = reader.parse(text);
  if (root == nullptr || !root->IsObject())
    throw std::invalid_argument("configuration of zmq is not a JSON object: " + reader.error());
  Settings settings;
  const std::string directory = default_directory();
  if (!directory.empty()) {
    settings.publish_socket = directory + "/zmq-pub.sock";
    settings.request_socket = directory + "/zmq-router.sock";
  }
  read_text(*root, "publish_socket", settings.publish_socket);
  read_text(*root, "request_socket", settings.request_socket);
  read_text(*root, "publish_tcp", settings.publish_tcp);
  read_text(*root, "request_tcp", settings.request_tcp);
  read_text(*root, "curve_secret_key_file", settings.secret_key_file);
  read_text(*root, "curve_allowed_keys_file", settings.allowed_keys_file);
  settings.activity = atm::json::get_bool(*root, "activity").value_or(false);
  using std::chrono::milliseconds;
  read_number<milliseconds::rep>(*root, "heartbeat_ms", settings.heartbeat);
  read_number<milliseconds::rep>(*root, "refresh_ms", settings.refresh);
  read_number<int>(*root, "send_hwm", settings.send_hwm);
  read_number<std::size_t>(*root, "max_connections", settings.max_connections);
  if (settings.publish_socket.empty() || settings.request_socket.empty()) {
    throw std::invalid_argument(
        "no directory for the sockets: found neither a runtime nor a home directory; set publish_socket and "
        "request_socket");
  }
  return settings;
}

}  // namespace zeromq
