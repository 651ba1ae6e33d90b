// SPDX-License-Identifier: MIT
// atm show ID: all that is known of one session.
#include <atm/domain/session_view.hpp>

#include "command.hpp"
#include "session_details.hpp"
#include "session_json_text.hpp"
#include "text.hpp"

namespace atm::cli {

namespace {

// The session with this id, else the only one whose id begins so.
Result<const protocol::Session*> find(const std::vector<protocol::Session>& sessions,
                                      std::string_view wanted) {
  std::vector<const protocol::Session*> matches;
  for (const protocol::Session& session : sessions) {
    if (session.domain.id.view() == wanted) return &session;
    if (session.domain.id.view().substr(0, wanted.size()) == wanted) matches.push_back(&session);
  }
  if (matches.size() == 1) return matches.front();
  const std::string quoted = "'" + std::string(wanted) + "'";
  if (matches.empty()) {
    return Error{ErrorCode::kSessionNotFound,
                 "no session has an id that begins with " + quoted + "; see atm list"};
  }
  std::string ids;
  for (const protocol::Session* session : matches)
    ids += (ids.empty() ? "" : ", ") + session->domain.id.str();
  return Error{ErrorCode::kSessionNotFound, "the ids of " + std::to_string(matches.size()) +
                                                " sessions begin with " + quoted + ": " + ids};
}

}  // namespace

ExitCode run_show(const Global& global, const ShowOptions& options) {
  auto client = connect(global);
  if (!client) return complain(client.error());
  const auto reply = client->ask(protocol::GetAllSessions{});
  if (!reply) return complain(reply.error());
  const auto* snapshot = std::get_if<protocol::Sessions>(&reply->value);
  if (snapshot == nullptr) return complain({ErrorCode::kParseError, "the daemon sent no sessions"});
  const auto session = find(snapshot->sessions, options.id);
  if (!session) return complain(session.error());
  if (!options.json) return print(session_details(**session, scene_now()));
  const auto objects = session_objects(reply->lines);
  const auto object = objects.find((*session)->domain.id.view());
  if (object == objects.end()) return complain(Error::session_not_found(options.id));
  return print(object->second + "\n");
}

}  // namespace atm::cli
