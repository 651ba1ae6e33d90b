// SPDX-License-Identifier: MIT
#include "requests.hpp"

#include <utility>

#include "autostart.hpp"

namespace atm::cli {

Result<client::Follower> follow_daemon(const Global& global, std::optional<Error>& missing) {
  client::FollowerOptions how;
  how.client = client_options(global, protocol::ClientType::kTui);
  how.client.timeout = kAnswerTime;
  how.client.keeps_lines = how.client.joins_parts = how.keeps_messages = false;
  auto client = connect_or_start(how.client);
  if (client) return client::Follower(how, std::move(*client));
  if (client.error().code != ErrorCode::kIo) return client.error();
  missing = client.error();
  return client::Follower(how);
}

Result<void> acknowledge(const Global& global, const std::string& id) {
  ClientOptions how = client_options(global, protocol::ClientType::kCli);
  how.timeout = kAnswerTime;
  auto client = Client::connect(how);
  if (!client) return client.error();
  const auto reply = client->ask(protocol::Acknowledge{id});
  return reply ? Result<void>() : Result<void>(reply.error());
}

}  // namespace atm::cli
