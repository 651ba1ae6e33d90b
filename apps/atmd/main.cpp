// SPDX-License-Identifier: MIT
// atmd: reads the command line, the configuration and the environment, and runs the daemon.
#include <atm/abi.h>
#include <sys/resource.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atm/posix/standard_files.hpp>
#include <atm/posix/thread.hpp>
#include <cctype>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/atmd/build_paths.hpp"
#include "kernel/config/settings.hpp"
#include "kernel/daemon/autostarted.hpp"
#include "kernel/daemon/daemon.hpp"
#include "kernel/system/paths.hpp"

namespace {

using namespace atm::kernel;
using atm::Error;
using atm::ErrorCode;
using atm::Problem;
using atm::Result;

constexpr int kExitUsage = 2;

struct Arguments {
  std::vector<std::string> plugin_dirs;
  std::string socket;
  std::string config;
  std::string log_level;
  bool is_check = false;
  bool is_safe_mode = false;
  bool is_foreground = true;  // always true
};

std::string usage_error(const CLI::App* /*app*/, const CLI::Error& error) {
  std::string what = error.what();
  what[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(what[0])));
  return "atmd: " + what + "; see atmd --help\n";
}

void declare(CLI::App& app, Arguments& to) {
  app.failure_message(usage_error);
  app.add_option("--plugin-dir", to.plugin_dirs,
                 "load plugins from this directory first; may be given several times")
      ->type_name("DIR")
      ->allow_extra_args(false);
  app.add_option(
         "--socket", to.socket,
         "listen on this Unix socket (default: plugins.unix.socket, else ATM_SOCKET, else the default paths)")
      ->type_name("PATH");
  app.add_option("--config", to.config,
                 "read this configuration file (default: $XDG_CONFIG_HOME/atm/atm.toml)")
      ->type_name("FILE");
  app.add_flag("--check-config", to.is_check,
               "check the configuration and all plugins, print every problem, and exit");
  app.add_option("--log-level", to.log_level, "debug, info, warn or error")
      ->check(CLI::IsMember({"debug", "info", "warn", "error"}))
      ->type_name("LEVEL");
  app.add_flag("--safe-mode", to.is_safe_mode, "load only the plugins that were installed with atmd");
  app.add_flag("--foreground", to.is_foreground, "accepted for scripts; atmd always runs in the foreground");
  app.set_version_flag("--version", "atmd " ATM_VERSION " (plugin ABI " + std::to_string(ATM_ABI_MAJOR) +
                                        "." + std::to_string(ATM_ABI_MINOR) + ")");
  app.footer(
      "Logs go to standard error, or to the journal when systemd runs atmd.\n"
      "Exit codes: 0 stopped normally, or no problem found; 1 cannot start, for example because another "
      "atmd\n"
      "holds the socket; 2 invalid command line or configuration; 70 internal failure, or a plugin hung or "
      "called exit();\n"
      "75 too few threads, try again; 128 + N crash by signal N.");
}

void print(const std::vector<Problem>& problems, const char* kind = "") {
  for (const Problem& problem : problems)
    std::fprintf(stderr, "atmd: %s%s\n", kind, problem.message().c_str());
}

SearchPath search_path(const Arguments& arguments, const Environment& environment, const Paths& paths) {
  return {arguments.plugin_dirs, environment("ATM_PLUGIN_PATH").value_or(""), paths.user_plugins,
          built_in_plugins(program_dir())};
}

/// The passed socket in the form that the transport expects, or that of the command line; empty: neither.
Result<std::string> socket_of(const Arguments& arguments, const ServiceManager& manager) {
  if (manager.sockets.empty()) return arguments.socket;
  if (manager.sockets.size() > 1) {
    return Error{ErrorCode::kInvalidField,
                 "the service manager passed " + std::to_string(manager.sockets.size()) +
                     " sockets, expected one; keep one ListenStream= in atmd.socket"};
  }
  if (!arguments.socket.empty()) {
    return Error{ErrorCode::kInvalidField,
                 "both --socket " + arguments.socket +
                     " and a socket of the service manager were given, expected one; "
                     "remove --socket, or start atmd without atmd.socket"};
  }
  return "fd:" + std::to_string(manager.sockets.front());
}

/// A daemon on another socket than the default one is a test, a demonstration, or a second daemon: it keeps no history
/// unless the configuration has a table for it.
void disable_history_on_other_socket(Settings& settings, const Arguments& arguments,
                                     const Environment& environment) {
  const bool is_configured = settings.plugins.count("history") != 0;
  const bool is_other = !arguments.socket.empty() || !environment("ATM_SOCKET").value_or("").empty() ||
                        settings.plugin("unix").config.find("\"socket\"") != std::string::npos;
  if (is_other && !is_configured) settings.plugins["history"].is_enabled = false;
}

int check(DaemonOptions options, const LoadedSettings& loaded) {
  const SystemClock clock;
  LogOptions quiet;
  quiet.burst = quiet.per_second = 0;  // the problems are printed below
  Log log(clock, quiet);
  const ConfigurationCheck of_plugins = Daemon(std::move(options), clock, log).check();
  print(loaded.warnings, "warning: ");
  print(of_plugins.warnings, "warning: ");
  print(loaded.problems);
  print(of_plugins.problems);
  const bool is_valid = loaded.problems.empty() && of_plugins.problems.empty();
  if (is_valid) std::puts("no problems found");
  return is_valid ? Daemon::kOk : kExitUsage;
}

/// The usual soft limit of 1,024 is for programs that call select(); atmd does not.
void allow_many_descriptors() {
  constexpr rlim_t kWanted = 65'536;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= kWanted) return;
  limit.rlim_cur = std::min(limit.rlim_max, kWanted);
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

/// atm-hook, which started this daemon, redirected standard error to /dev/null and names the attempts file.
std::filesystem::path attempts_of_hook(const Environment& environment) {
  const std::filesystem::path path = environment("ATM_AUTOSTARTED").value_or("");
  return path.is_absolute() ? path : std::filesystem::path();
}

int run(const Arguments& arguments) {
  const Environment environment = process_environment();
  const Paths paths = Paths::from(environment);
  const std::filesystem::path attempts = attempts_of_hook(environment);
  std::optional<StderrFile> log_file;
  if (!attempts.empty() && !arguments.is_check) {
    if (auto opened = StderrFile::open(paths.state_dir / "atmd.log")) log_file = std::move(*opened);
  }
  const std::string config = arguments.config.empty() ? paths.config_file.string() : arguments.config;
  LoadedSettings loaded = load_settings(config, !arguments.config.empty());
  Settings& settings = loaded.settings;
  if (!arguments.log_level.empty()) settings.log_level = arguments.log_level;
  auto manager = ServiceManager::take();
  const Result<std::string> socket = manager ? socket_of(arguments, *manager) : manager.error();
  if (!socket) {
    std::fprintf(stderr, "atmd: %s\n", socket.error().message.c_str());
    return Daemon::kCannotStart;
  }
  disable_history_on_other_socket(settings, arguments, environment);
  if (!socket->empty()) settings.override_plugin("unix", "socket", *socket);

  DaemonOptions options;
  options.agents = {built_in_agents(program_dir()), paths.config_file.parent_path() / "agents",
                    paths.state_dir / atm::kTrustedManifests};
  options.search = search_path(arguments, environment, paths);
  options.settings = std::move(settings);
  options.state_dir = paths.state_dir;
  options.manager = std::move(*manager);
  options.version = ATM_VERSION;
  options.attempts = attempts;
  options.is_safe_mode = arguments.is_safe_mode;
  if (arguments.is_check) return check(std::move(options), loaded);
  if (!loaded.problems.empty()) {
    print(loaded.problems);
    return kExitUsage;
  }
  allow_many_descriptors();
  const SystemClock clock;
  LogOptions log_options;
  log_options.level = parse_log_level(options.settings.log_level).value_or(LogLevel::kInfo);
  log_options.is_journal = stderr_is_journal();
  if (log_file) {
    log_options.output = [file = *log_file, write = write_to(STDERR_FILENO)](std::string_view line) {
      const bool is_written = write(line);
      file.rotate_if_full();
      return is_written;
    };
  }
  Log log(clock, log_options);
  for (const Problem& warning : loaded.warnings) log.warn(warning.message());
  return Daemon(std::move(options), clock, log).run();
}

}  // namespace

int main(int argc, char** argv) {
  if (!atm::posix::open_standard_files()) return Daemon::kCannotStart;
  try {
    CLI::App app("Tracks the AI coding agents on this machine and reports their sessions to clients.",
                 "atmd");
    Arguments arguments;
    declare(app, arguments);
    try {
      app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
      return app.exit(error) == 0 ? Daemon::kOk : kExitUsage;
    }
    return run(arguments);
  } catch (const atm::posix::ThreadError& error) {
    std::fprintf(stderr, "atmd: %s\n", error.what());
    return Daemon::kTryAgain;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "atmd: internal failure: %s\n", error.what());
    return Daemon::kInternal;
  }
}
