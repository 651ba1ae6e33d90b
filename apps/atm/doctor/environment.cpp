// SPDX-License-Identifier: MIT
#include "environment.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <atm/posix/xdg.hpp>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <system_error>

namespace atm::cli::doctor {

namespace {

std::string variable(const char* name) {
  const char* const value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): no thread sets it
  return value == nullptr ? "" : value;
}

std::string below(const std::string& parent, std::string_view name) {
  return parent.empty() ? parent : parent + std::string(name);
}

}  // namespace

Environment Environment::of_this_process(const std::string& socket) {
  std::error_code ignored;
  const auto xdg = posix::XdgDirectories::of_this_process();
  Environment around;
  around.socket = socket.empty() ? variable("ATM_SOCKET") : socket;
  around.home = xdg.home;
  around.state_directory = below(xdg.state, "/atm");
  around.runtime_directory = xdg.runtime;
  around.config_directory = below(xdg.config, "/atm");
  around.claude_directory = variable("CLAUDE_CONFIG_DIR");
  if (!around.claude_directory.starts_with('/')) around.claude_directory = below(xdg.home, "/.claude");
  around.directory = std::filesystem::current_path(ignored).string();
  around.program_directory = std::filesystem::read_symlink("/proc/self/exe", ignored).parent_path().string();
  const std::string path = variable("PATH");
  for (std::string_view rest = path; !rest.empty();) {
    const std::size_t end = rest.find(':');
    if (rest.starts_with('/')) around.path.emplace_back(rest.substr(0, end));
    rest.remove_prefix(end == rest.npos ? rest.size() : end + 1);
  }
  around.now = std::chrono::time_point_cast<Timestamp::duration>(std::chrono::system_clock::now());
  return around;
}

std::string Environment::find_program(const std::string& name) const {
  for (const std::string& one : path) {
    std::string program = one;
    program.append("/").append(name);
    if (is_runnable(program)) return program;
  }
  return {};
}

bool is_runnable(const std::string& path) {
  struct stat about {};
  return ::stat(path.c_str(), &about) == 0 && S_ISREG(about.st_mode) && ::access(path.c_str(), X_OK) == 0;
}

}  // namespace atm::cli::doctor
