// SPDX-License-Identifier: MIT
// atm ack ID: marks the attention of a session as seen.
#include "command.hpp"
#include "lookup.hpp"
#include "text.hpp"

namespace atm::cli {

namespace {

std::string acknowledged_text(const Found& found, const Scene& scene) {
  const SessionDomain& session = found.session.domain;
  const bool is_raised = (session.attention && !session.attention->acknowledged) || session.finished;
  std::string line = is_raised ? "acknowledged " : "nothing to acknowledge in ";
  line += terminal_safe(found.name) + ": " + status_text(session);
  if (session.working_directory)
    line += ", " + terminal_safe(with_tilde(*session.working_directory, scene.home));
  return line + "\n";
}

}  // namespace

ExitCode run_ack(const Global& global, const AckOptions& options) {
  auto client = connect(global);
  if (!client) return complain(client.error());
  const auto found = look_up(*client, options.id);
  if (!found) return complain(found.error());
  const auto reply = client->ask(protocol::Acknowledge{found->session.domain.id.str()});
  if (reply) return print(acknowledged_text(*found, scene_now()));
  if (reply.error().code != ErrorCode::kUnsupported) return complain(reply.error());
  return complain({ErrorCode::kUnsupported,
                   "the daemon (" + client->server().daemon_version +
                       ") does not support acknowledge; restart atmd with the version of this atm"});
}

}  // namespace atm::cli
