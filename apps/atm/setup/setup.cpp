// SPDX-License-Identifier: MIT
#include "setup.hpp"

#include <cstdio>

#include "autostart.hpp"
#include "claude.hpp"
#include "command.hpp"
#include "setup_status.hpp"
#include "text.hpp"

namespace atm::cli {

namespace {

ExitCode wrong(const char* what) {
  std::fprintf(stderr, "atm: %s; see atm setup --help\n", what);
  return kUsage;
}

}  // namespace

ExitCode run_setup(const SetupOptions& options) {
  const bool is_claude = options.what == "claude";
  if (!is_claude && (options.dry_run || options.no_status_line || options.http || !options.project.empty() ||
                     (!options.hook.empty() && options.what != "autostart")))
    return wrong(
        "--dry-run, --project, --no-status-line, --http and --hook are options of atm setup claude only");
  if (options.what == "status" && options.remove) return wrong("--remove does not apply to status");
  if (options.json && options.what != "status") return wrong("--json is an option of atm setup status only");
  const Result<std::string> said = is_claude && options.remove ? setup::disconnect_claude(options)
                                   : is_claude                 ? setup::connect_claude(options)
                                   : options.what == "status"  ? setup::setup_status(options)
                                   : options.remove            ? setup::remove_autostart()
                                                               : setup::set_autostart(options.hook);
  if (said && options.json) return print_json(*said);
  // The report contains files and paths that may come from a repository.
  if (said) return print(terminal_safe_lines(*said));
  static_cast<void>(complain(said.error()));
  return kFailed;
}

}  // namespace atm::cli
