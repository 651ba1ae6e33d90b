// SPDX-License-Identifier: MIT
#include "file_checks.hpp"

#include <sys/stat.h>

#include <atm/posix/ownership.hpp>
#include <chrono>

#include "program.hpp"

namespace atm::cli::doctor {

namespace {

using std::chrono::milliseconds;

constexpr std::size_t kProblems = 5;  // shown of a configuration

std::string last_word(std::string_view text) {
  return std::string(text.substr(text.rfind(' ') + 1));
}

std::string first_line(std::string_view text) {
  return std::string(text.substr(0, text.find_first_of("\r\n")));
}

}  // namespace

void check_config(const Environment& around, Findings& out) {
  std::string program = around.program_directory + "/atmd";
  if (!is_runnable(program)) program = around.find_program("atmd");
  if (program.empty()) {
    out.push_back(finding("config", Severity::kWarning, "no atmd beside atm or in your PATH", "install it"));
    return;
  }
  const ProcessResult ran = run_program({program, "--check-config"}, milliseconds(5000));
  const std::string file = around.config_directory + "/atm.toml";
  if (!ran.in_time) {
    out.push_back(finding("config", Severity::kWarning, program + " --check-config did not end within 5 s",
                          "a plugin of yours may hang at its start; atmd --safe-mode does not load it"));
    return;
  }
  if (ran.code == 0) {
    out.push_back(finding("config", Severity::kOk, "no problem in " + file + " or the plugins"));
    return;
  }
  std::size_t count = 0;
  for (std::string_view rest = ran.output; !rest.empty() && count < kProblems; ++count) {
    std::string line = first_line(rest);
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    if (line.starts_with("atmd: ")) line.erase(0, 6);
    out.push_back(finding("config", Severity::kWarning, line, count == 0 ? "see atmd --check-config" : ""));
  }
  if (count == 0) {
    out.push_back(finding("config", Severity::kWarning,
                          program + " --check-config exited with " + std::to_string(ran.code),
                          "run it to see the reason"));
  }
}

void check_http_token(const Environment& around, Findings& out) {
  const std::string path = around.config_directory + "/http-token";
  struct stat about {};
  if (around.config_directory.empty() || ::lstat(path.c_str(), &about) != 0) return;
  const bool is_secret = posix::is_own_file(about) && !posix::is_accessible_by_others(about);
  if (is_secret) return;
  out.push_back(finding(
      "http_token", Severity::kWarning, path + " is not a private file of yours",
      "other users may have read it: remove it, restart atmd, and run atm setup claude --http again"));
}

void check_versions(const DaemonView& daemon, std::string_view ours, const std::vector<std::string>& hooks,
                    const std::optional<ClientVersion>& client, Findings& out) {
  std::string all = "atm " + std::string(ours);
  bool is_one = true;
  if (daemon.answering() != nullptr) {
    all += ", atmd " + daemon.version();
    is_one = daemon.version() == ours;
  }
  for (const std::string& hook : hooks) {
    if (hook.starts_with("atm-hook")) all += ", " + hook;
    is_one = is_one && last_word(hook) == ours;
  }
  if (client) all += ", claude " + version_text(*client);
  if (!is_one) {
    out.push_back(finding("versions", Severity::kWarning, all,
                          "use programs of the same version; restart atmd after an update"));
  } else {
    out.push_back(finding("versions", Severity::kOk, all));
  }
  if (client && *client < kOldestClient) {
    out.push_back(
        finding("versions", Severity::kNote,
                "claude " + version_text(*client) + " is older than 2.1.197, the oldest tested version",
                "update it if something does not work"));
  }
}

}  // namespace atm::cli::doctor
