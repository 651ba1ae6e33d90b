// SPDX-License-Identifier: MIT
// atm ack ID: marks the attention of a session as seen.
#include "command.hpp"
#include "lookup.hpp"

namespace atm::cli {

ExitCode run_ack(const Global& global, const AckOptions& options) {
  auto client = connect(global);
  if (!client) return complain(client.error());
  const auto found = look_up(*client, options.id);
  if (!found) return complain(found.error());
  const auto reply = client->ask(protocol::Acknowledge{found->session.domain.id.str()});
  if (reply) return kOk;
  if (reply.error().code != ErrorCode::kUnsupported) return complain(reply.error());
  return complain({ErrorCode::kUnsupported,
                   "the daemon (" + client->server().daemon_version +
                       ") does not support acknowledge; restart atmd with the version of this atm"});
}

}  // namespace atm::cli
