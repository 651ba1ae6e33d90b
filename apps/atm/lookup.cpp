// SPDX-License-Identifier: MIT
#include "lookup.hpp"

#include <algorithm>
#include <utility>

#include "session_json_text.hpp"
#include "session_names.hpp"

namespace atm::cli {

Result<std::size_t> find_id(const std::vector<std::string_view>& ids, std::string_view wanted,
                            std::string_view list) {
  constexpr std::size_t kMostShown = 8;
  std::vector<std::size_t> matches;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (ids[i] == wanted) return i;
    if (is_named(ids[i], wanted)) matches.push_back(i);
  }
  if (matches.size() == 1) return matches.front();
  const std::string quoted = "'" + std::string(wanted) + "'";
  if (matches.empty()) {
    return Error{ErrorCode::kSessionNotFound,
                 "no session has an id that begins or ends with " + quoted + "; see " + std::string(list)};
  }
  std::string shown;
  for (std::size_t i = 0; i < std::min(matches.size(), kMostShown); ++i)
    shown.append(i == 0 ? "" : ", ").append(ids[matches[i]]);
  if (matches.size() > kMostShown) shown += " and others";
  return Error{ErrorCode::kSessionNotFound, "the ids of " + std::to_string(matches.size()) +
                                                " sessions begin or end with " + quoted + ": " + shown +
                                                "; give a longer part"};
}

Result<const protocol::Session*> find_session(const std::vector<protocol::Session>& sessions,
                                              std::string_view wanted) {
  std::vector<std::string_view> ids;
  for (const protocol::Session& session : sessions) ids.push_back(session.domain.id.view());
  const auto found = find_id(ids, wanted, "atm list");
  if (!found) return found.error();
  return &sessions[*found];
}

Result<Client::Message> ask_sessions(Client& client) {
  auto reply = client.ask(protocol::GetAllSessions{});
  if (reply && !std::holds_alternative<protocol::Sessions>(reply->value)) {
    return Error{ErrorCode::kParseError, "unexpected answer from the daemon, expected the sessions"};
  }
  return reply;
}

Result<Found> look_up(Client& client, std::string_view wanted) {
  const auto reply = ask_sessions(client);
  if (!reply) return reply.error();
  return find_in(*reply, wanted);
}

Result<Found> find_in(const Client::Message& reply, std::string_view wanted) {
  const auto& sessions = std::get<protocol::Sessions>(reply.value).sessions;
  const auto session = find_session(sessions, wanted);
  if (!session) return session.error();
  SessionNames names;
  for (const protocol::Session& one : sessions) names.add(one.domain.id.view());
  auto object = session_objects(reply.lines).extract((*session)->domain.id.str());
  return Found{**session, object ? std::move(object.mapped()) : std::string(),
               names.of((*session)->domain.id.view())};
}

}  // namespace atm::cli
