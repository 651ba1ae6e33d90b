// SPDX-License-Identifier: MIT
#include "autostart.hpp"

#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atm/posix/xdg.hpp>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <system_error>

#include "text_file.hpp"

namespace atm::cli {

namespace {

constexpr std::size_t kMostBytes = 4096;
constexpr std::chrono::seconds kStartTime{5};

std::string value_of(const char* name) {
  const char* const value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): no thread sets it
  return value == nullptr ? "" : value;
}

// The file that atm-hook reads (apps/atm-hook/autostart.h).
std::string file_of_autostart() {
  if (std::string named = value_of("ATM_AUTOSTART"); named.starts_with('/')) return named;
  if (!value_of("ATM_SOCKET").empty()) return {};
  const std::string state = posix::XdgDirectories::of_this_process().state;
  return state.empty() ? "" : state + "/atm/autostart";
}

// Returns false if the atm-hook of this installation does not run.
bool run_hook() {
  std::error_code ignored;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", ignored);
  std::string hook = (self.parent_path() / "atm-hook").string();
  std::string option = "--start";
  const std::array<char*, 3> command{hook.data(), option.data(), nullptr};
  pid_t pid = 0;
  if (::posix_spawn(&pid, hook.c_str(), nullptr, nullptr, command.data(), ::environ) != 0) return false;
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace

std::string autostart_program(const std::string& socket) {
  const std::string file = socket.empty() ? file_of_autostart() : "";
  if (file.empty()) return {};
  const auto text = read_text_file(file, kMostBytes);
  return text && *text ? (*text)->substr(0, (*text)->find('\n')) : "";
}

Result<Client> connect_or_start(const ClientOptions& options) {
  auto client = Client::connect(options);
  if (client || client.error().code != ErrorCode::kIo) return client;
  const std::string program = autostart_program(options.socket);
  if (program.empty() || !run_hook()) return client;
  const auto deadline = std::chrono::steady_clock::now() + kStartTime;
  do {
    ::poll(nullptr, 0, 20);
    client = Client::connect(options);
  } while (!client && client.error().code == ErrorCode::kIo && std::chrono::steady_clock::now() < deadline);
  if (client || client.error().code != ErrorCode::kIo) return client;
  return Error{ErrorCode::kIo,
               client.error().message + "; atm-hook started " + program +
                   ", which did not answer in time or was started without success a moment ago; "
                   "run it in a terminal to see the reason"};
}

}  // namespace atm::cli
