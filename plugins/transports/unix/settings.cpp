// SPDX-License-Identifier: MIT
#include "settings.hpp"

#include <sys/stat.h>

#include <atm/json.hpp>
#include <atm/posix/xdg.hpp>
#include <cstdlib>
#include <stdexcept>

namespace unix_socket {

namespace {

namespace posix = atm::posix;

constexpr const char* kSocket = "/atm/atm.sock";           // below a runtime directory
constexpr const char* kStateSocket = "/atm/run/atm.sock";  // below the state directory

void read_size(const atm::json::Value& root, std::string_view name, std::size_t& out) {
  if (const auto number = atm::json::get_int(root, name)) out = static_cast<std::size_t>(*number);
}

}  // namespace

std::string default_socket_path() {
  const char* const chosen = std::getenv("ATM_SOCKET");
  if (chosen != nullptr && chosen[0] != '\0') return chosen;
  const auto xdg = posix::XdgDirectories::of_this_process();
  if (!xdg.runtime.empty()) return xdg.runtime + kSocket;
  const std::string user = posix::login_runtime_directory();
  struct stat found {};
  if (::stat(user.c_str(), &found) == 0 && S_ISDIR(found.st_mode)) return user + kSocket;
  return xdg.state.empty() ? xdg.state : xdg.state + kStateSocket;
}

std::vector<std::string> spool_directories(const std::string& socket) {
  std::vector<std::string> directories{socket + ".spool"};
  const auto xdg = posix::XdgDirectories::of_this_process();
  const bool is_default = (!xdg.runtime.empty() && socket == xdg.runtime + kSocket) ||
                          socket == posix::login_runtime_directory() + kSocket ||
                          (!xdg.state.empty() && socket == xdg.state + kStateSocket);
  if (is_default && !xdg.state.empty()) directories.push_back(xdg.state + "/atm/spool");
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
  read_size(*root, "max_connections", settings.max_connections);
  read_size(*root, "out_bytes", settings.out_bytes);
  settings.spool = atm::json::get_bool(*root, "spool").value_or(settings.spool);
  return settings;
}

}  // namespace unix_socket
