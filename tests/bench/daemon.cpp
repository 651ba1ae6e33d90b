// SPDX-License-Identifier: MIT
#include "daemon.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "client.hpp"

namespace atm::bench {

namespace {

constexpr double kStartDeadlineMs = 10'000;

std::string text_of(const std::string& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

Daemon::Daemon(const Programs& programs, std::string_view limits) : socket_(dir_.path("s")) {
  environment_ = {"PATH=/usr/bin:/bin", "HOME=" + home(), "ATM_SOCKET=" + socket_};
  for (const char* name :
       {"XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"}) {
    const std::string dir = dir_.path(name);
    std::filesystem::create_directory(dir);
    std::filesystem::permissions(dir, std::filesystem::perms::owner_all);
    environment_.push_back(std::string(name) + "=" + dir);
  }
  const std::string config = dir_.path("atm.toml");
  const std::string log = dir_.path("log");
  std::ofstream(config) << "[limits]\n" << limits << '\n';

  const auto begin = Clock::now();
  pid_ = spawn({programs.atmd, "--foreground", "--config", config, "--socket", socket_, "--plugin-dir",
                programs.plugin_dir},
               environment_, "/dev/null", log);
  while (!can_connect(socket_)) {
    const bool ended = ::waitpid(pid_, nullptr, WNOHANG) == pid_;
    if (ended) pid_ = 0;
    if (ended || ms_since(begin) > kStartDeadlineMs) {
      if (pid_ > 0) ::kill(pid_, SIGKILL);
      throw std::runtime_error("atmd does not listen:\n" + text_of(log));
    }
    ::poll(nullptr, 0, 1);
  }
  start_ms_ = ms_since(begin);
}

Daemon::~Daemon() {
  ::kill(pid_, SIGTERM);
  wait_exit(pid_);
}

}  // namespace atm::bench
