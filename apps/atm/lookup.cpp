// SPDX-License-Identifier: MIT
#include "lookup.hpp"

#include <utility>

#include "session_json_text.hpp"
#include "session_names.hpp"

namespace atm::cli {

Result<const protocol::Session*> find_session(const std::vector<protocol::Session>& sessions,
                                              std::string_view wanted) {
  std::vector<const protocol::Session*> matches;
  for (const protocol::Session& session : sessions) {
    if (session.domain.id.view() == wanted) return &session;
    if (is_named(session.domain.id.view(), wanted)) matches.push_back(&session);
  }
  if (matches.size() == 1) return matches.front();
  const std::string quoted = "'" + std::string(wanted) + "'";
  if (matches.empty()) {
    return Error{ErrorCode::kSessionNotFound,
                 "no session has an id that begins or ends with " + quoted + "; see atm list"};
  }
  std::string ids;
  for (const protocol::Session* session : matches)
    ids += (ids.empty() ? "" : ", ") + session->domain.id.str();
  return Error{ErrorCode::kSessionNotFound, "the ids of " + std::to_string(matches.size()) +
                                                " sessions begin or end with " + quoted + ": " + ids +
                                                "; give a longer part"};
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
  const auto session = find_session(std::get<protocol::Sessions>(reply->value).sessions, wanted);
  if (!session) return session.error();
  SessionNames names;
  for (const protocol::Session& one : std::get<protocol::Sessions>(reply->value).sessions)
    names.add(one.domain.id.view());
  auto object = session_objects(reply->lines).extract((*session)->domain.id.str());
  return Found{**session, object ? std::move(object.mapped()) : std::string(),
               names.of((*session)->domain.id.view())};
}

}  // namespace atm::cli
