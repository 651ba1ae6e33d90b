// SPDX-License-Identifier: MIT
// atm show ID: prints all known facts of one session.
#include "command.hpp"
#include "lookup.hpp"
#include "session_details.hpp"
#include "spent_gap.hpp"

namespace atm::cli {

ExitCode run_show(const Global& global, const ShowOptions& options) {
  auto client = connect(global);
  if (!client) return complain(client.error());
  const auto reply = ask_sessions(*client);
  if (!reply) return complain(reply.error());
  Scene scene = scene_now();
  const auto found = find_in(*reply, options.id);
  if (found && options.spent) scene.spent = options.spent(found->session.domain.id.view());
  return show_one(*reply, options, scene);
}

ExitCode show_one(const Client::Message& reply, const ShowOptions& options, const Scene& scene) {
  const auto found = find_in(reply, options.id);
  if (!found) return complain(found.error());
  if (options.json) {
    const SessionDomain& session = found->session.domain;
    const auto spent = scene.spent.find(session.id.view());
    return print_json(
        (spent == scene.spent.end() ? found->json : with_ledger(found->json, session, spent->second)) + "\n");
  }
  return print(session_details(found->session, scene));
}

}  // namespace atm::cli
