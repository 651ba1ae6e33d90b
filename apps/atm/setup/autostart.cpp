// SPDX-License-Identifier: MIT
#include "autostart.hpp"

#include <unistd.h>

#include <chrono>

#include "environment.hpp"
#include "installed_programs.hpp"
#include "program.hpp"
#include "settings_file.hpp"
#include "text_file.hpp"

namespace atm::cli::setup {

namespace {

using doctor::Environment;

constexpr const char* kUnit = "atmd.socket";
constexpr std::size_t kMostRecordBytes = 4096;

/// Runs `systemctl --user` with these arguments; 127 if it is not installed.
ProcessResult systemctl(const Environment& around, const std::vector<std::string>& words) {
  const std::string program = around.find_program("systemctl");
  ProcessResult none;
  none.code = 127;
  if (program.empty()) return none;
  std::vector<std::string> command{program, "--user"};
  command.insert(command.end(), words.begin(), words.end());
  return run_program(std::move(command), std::chrono::seconds(10));
}

bool succeeds(const Environment& around, const std::vector<std::string>& words) {
  const auto ran = systemctl(around, words);
  return ran.in_time && ran.code == 0;
}

std::string file_in(const Environment& around) {
  return around.state_directory.empty() ? "" : around.state_directory + "/autostart";
}

}  // namespace

Result<std::string> set_autostart(const std::string& hook) {
  const Environment around = Environment::of_this_process("");
  if (succeeds(around, {"cat", kUnit})) {
    const auto ran = systemctl(around, {"enable", "--now", kUnit});
    if (!ran.in_time || ran.code != 0)
      return Error{ErrorCode::kInvalidField, std::string("systemctl --user enable --now ") + kUnit +
                                                 " failed: " + ran.output.substr(0, ran.output.find('\n')) +
                                                 "; see journalctl --user -u " + kUnit};
    return std::string("enabled ") + kUnit + ": systemd starts atmd at the first event\n" +
           "undo    atm setup --remove autostart\n";
  }
  const auto programs = installed_programs(hook);
  if (!programs) return programs.error();
  const std::string daemon = installed_daemon(*programs);
  if (daemon.empty())
    return Error{
        ErrorCode::kInvalidField,
        "no atmd beside " + programs->hook + ", expected the installed one; install it with scripts/install"};
  const std::string file = file_in(around);
  if (file.empty() || daemon.find('\n') != daemon.npos)
    return Error{ErrorCode::kInvalidField, "cannot store the autostart setting: HOME is not set; set HOME"};
  if (auto written = write_private(file, daemon + '\n'); !written) return written.error();
  return "written " + file + ": atm-hook starts " + daemon +
         " when no daemon answers\nundo    atm setup --remove autostart\n";
}

Result<std::string> remove_autostart() {
  const Environment around = Environment::of_this_process("");
  std::string report;
  if (succeeds(around, {"is-enabled", kUnit})) {
    if (!succeeds(around, {"disable", "--now", kUnit}))
      return Error{ErrorCode::kInvalidField, std::string("systemctl --user disable --now ") + kUnit +
                                                 " failed; run it by hand to see the reason"};
    report += std::string("disabled ") + kUnit + "\n";
  }
  const std::string file = file_in(around);
  if (!file.empty() && ::unlink(file.c_str()) == 0) report += "removed " + file + "\n";
  if (!file.empty()) ::unlink((file + ".tried").c_str());
  return report.empty() ? "autostart is off\n" : report;
}

std::string autostart_now() {
  const Environment around = Environment::of_this_process("");
  if (succeeds(around, {"is-enabled", kUnit})) return "socket unit";
  const auto text = read_text_file(file_in(around), kMostRecordBytes);
  if (!text || !*text || (*text)->empty()) return "off";
  return "atm-hook starts " + (*text)->substr(0, (*text)->find('\n'));
}

}  // namespace atm::cli::setup
