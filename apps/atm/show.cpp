// SPDX-License-Identifier: MIT
// atm show ID: prints all known facts of one session.
#include "command.hpp"
#include "lookup.hpp"
#include "session_details.hpp"

namespace atm::cli {

ExitCode run_show(const Global& global, const ShowOptions& options) {
  auto client = connect(global);
  if (!client) return complain(client.error());
  const auto found = look_up(*client, options.id);
  if (!found) return complain(found.error());
  if (options.json) return print_json(found->json + "\n");
  return print(session_details(found->session, scene_now()));
}

}  // namespace atm::cli
