// SPDX-License-Identifier: MIT
#include "requests.hpp"

namespace atm::cli {

Result<void> acknowledge(const Global& global, const std::string& id) {
  ClientOptions how = client_options(global, protocol::ClientType::kCli);
  how.timeout = kAnswerTime;
  auto client = Client::connect(how);
  if (!client) return client.error();
  const auto reply = client->ask(protocol::Acknowledge{id});
  return reply ? Result<void>() : Result<void>(reply.error());
}

}  // namespace atm::cli
