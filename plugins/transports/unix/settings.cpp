// SPDX-License-Identifier: MIT
#include "settings.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <atm/json.hpp>
#include <cstdlib>
#include <stdexcept>

namespace unix_socket {

namespace {

// The XDG specification: a relative path in these variables is invalid and ignored.
std::string absolute_environment(const char* name) {
  const char* const value = std::getenv(name);
  return value != nullptr && value[0] == '/' ? value : "";
}

constexpr const char* kSocket = "/atm/atm.sock";

std::string user_directory() {
  return "/run/user/" + std::to_string(::getuid());
}

/// Empty if there is no home directory.
std::string state_directory() {
  const std::string state = absolute_environment("XDG_STATE_HOME");
  if (!state.empty()) return state;
  const std::string home = absolute_environment("HOME");
  return home.empty() ? home : home + "/.local/state";
}

template <class Value, class Number>
void read_number(const atm::json::Value& root, std::string_view name, Number& out) {
  if (const auto number = atm::json::get_int(root, name)) out = Number(static_cast<Value>(*number));
}

}  // namespace

std::string default_socket_path() {
  const char* const chosen = std::getenv("ATM_SOCKET");
  if (chosen != nullptr && chosen[0] != '\0') return chosen;
  const std::string runtime = absolute_environment("XDG_RUNTIME_DIR");
  if (!runtime.empty()) return runtime + kSocket;
  const std::string user = user_directory();
  struct stat found {};
  if (::stat(user.c_str(), &found) == 0 && S_ISDIR(found.st_mode)) return user + kSocket;
  const std::string state = state_directory();
  return state.empty() ? state : state + "/atm/run/atm.sock";
}

std::vector<std::string> spool_directories(const std::string& socket) {
  std::vector<std::string> directories{socket + ".spool"};
  const std::string runtime = absolute_environment("XDG_RUNTIME_DIR");
  const std::string state = state_directory();
  const bool is_default = (!runtime.empty() && socket == runtime + kSocket) ||
                          socket == user_directory() + kSocket ||
                          (!state.empty() && socket == state + "/atm/run/atm.sock");
  if (is_default && !state.empty()) directories.push_back(state + "/atm/spool");
  return directories;
}

Settings Settings::from_json(std::string_view json) {
  atm::json::Reader reader;
  const atm::json::Value* root = reader.parse(json);
  if (root == nullptr || !root->IsObject()) {
    throw std::invalid_argument("configuration of unix is not a JSON object: " + reader.error());
  }
  Settings settings;
  const auto socket = atm::json::get_string(*root, "socket");
  settings.socket = socket ? std::string(*socket) : default_socket_path();
  if (settings.socket.empty()) {
    throw std::invalid_argument(
        "no path for the socket: neither ATM_SOCKET, XDG_RUNTIME_DIR nor HOME is set; use --socket");
  }
  read_number<std::size_t>(*root, "max_connections", settings.max_connections);
  read_number<std::size_t>(*root, "line_bytes", settings.line_bytes);
  read_number<std::size_t>(*root, "out_bytes", settings.out_bytes);
  read_number<std::size_t>(*root, "max_replies", settings.max_replies);
  read_number<std::int64_t>(*root, "handshake_ms", settings.handshake);
  read_number<std::int64_t>(*root, "busy_ms", settings.busy);
  settings.spool = atm::json::get_bool(*root, "spool").value_or(settings.spool);
  read_number<std::int64_t>(*root, "spool_max_age_seconds", settings.spool_max_age);
  return settings;
}

}  // namespace unix_socket
