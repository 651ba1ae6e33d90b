// SPDX-License-Identifier: MIT
// atm show ID: prints all known facts of one session.
#include "command.hpp"
#include "lookup.hpp"
#include "session_details.hpp"

namespace atm::cli {

ExitCode run_show(const Global& global, const ShowOptions& options) {
  auto client = connect(global);
  if (!client) return complain(client.error());
  const auto reply = ask_sessions(*client);
  if (!reply) return complain(reply.error());
  return show_one(*reply, options, scene_now());
}

ExitCode show_one(const Client::Message& reply, const ShowOptions& options, const Scene& scene) {
  const auto found = find_in(reply, options.id);
  if (!found) return complain(found.error());
  if (options.json) return print_json(found->json + "\n");
  return print(session_details(found->session, scene));
}

}  // namespace atm::cli
