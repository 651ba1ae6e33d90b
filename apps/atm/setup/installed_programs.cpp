// SPDX-License-Identifier: MIT
#include "installed_programs.hpp"

#include <chrono>
#include <filesystem>
#include <system_error>

#include "environment.hpp"
#include "program.hpp"

namespace atm::cli::setup {

namespace {

namespace fs = std::filesystem;
using doctor::Environment;

bool is_in_build_directory(const fs::path& program) {
  std::error_code ignored;
  for (fs::path directory = program.parent_path();; directory = directory.parent_path()) {
    if (fs::exists(directory / "CMakeCache.txt", ignored)) return true;
    if (directory == directory.root_path() || directory.empty()) return false;
  }
}

// A name in PATH for the same file.
std::string stable_name(const std::string& real, const Environment& around) {
  std::error_code ignored;
  const std::string found = around.find_program(fs::path(real).filename().string());
  return !found.empty() && fs::equivalent(found, real, ignored) ? found : real;
}

}  // namespace

Result<Programs> installed_programs(const std::string& named) {
  const Environment around = Environment::of_this_process("");
  std::error_code ignored;
  const std::string wanted =
      named.empty() ? around.program_directory + "/atm-hook" : fs::absolute(named, ignored).string();
  if (!doctor::is_runnable(wanted))
    return Error{ErrorCode::kInvalidField,
                 wanted + " is not an executable file, expected the installed atm-hook; install it with " +
                     "scripts/install, or give its path with --hook"};
  const ProcessResult ran = run_program({wanted, "--version"}, std::chrono::seconds(2));
  if (!ran.in_time || ran.code != 0 || !ran.output.starts_with("atm-hook "))
    return Error{ErrorCode::kInvalidField,
                 wanted +
                     " is not atm-hook: --version does not print its name, expected the installed atm-hook; "
                     "give its path with --hook"};
  const std::string real = fs::canonical(wanted, ignored).string();
  if (is_in_build_directory(wanted) || is_in_build_directory(real))
    return Error{
        ErrorCode::kInvalidField,
        wanted +
            " is in a build directory, expected an installed program; run scripts/install and use the "
            "installed atm"};
  Programs programs;
  programs.hook = named.empty() ? stable_name(real, around) : fs::path(wanted).lexically_normal().string();
  programs.atm = fs::path(programs.hook).replace_filename("atm").string();
  if (!doctor::is_runnable(programs.atm))
    programs.atm = stable_name(fs::read_symlink("/proc/self/exe", ignored).string(), around);
  return programs;
}

std::string installed_daemon(const Programs& programs) {
  const std::string daemon = fs::path(programs.hook).replace_filename("atmd").string();
  return doctor::is_runnable(daemon) ? daemon : "";
}

}  // namespace atm::cli::setup
