// SPDX-License-Identifier: MIT
// Finds the session that the user names.
#pragma once

#include <atm/client.hpp>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace atm::cli {

/// The index of the id equal to `wanted`, else of the only one that begins or ends with it. kSessionNotFound: none or
/// several; the message advises the command `list`.
[[nodiscard]] Result<std::size_t> find_id(const std::vector<std::string_view>& ids, std::string_view wanted,
                                          std::string_view list);

/// The session with this id, else the only one whose id begins or ends with it. kSessionNotFound: none or several.
[[nodiscard]] Result<const protocol::Session*> find_session(const std::vector<protocol::Session>& sessions,
                                                            std::string_view wanted);

/// Every session; the message holds protocol::Sessions.
[[nodiscard]] Result<Client::Message> ask_sessions(Client& client);

struct Found {
  protocol::Session session;
  std::string json;  // its object, as the daemon wrote it
  std::string name;  // the short name of the session
};
/// In a message that holds protocol::Sessions.
[[nodiscard]] Result<Found> find_in(const Client::Message& reply, std::string_view wanted);
[[nodiscard]] Result<Found> look_up(Client& client, std::string_view wanted);

}  // namespace atm::cli
