// SPDX-License-Identifier: MIT
// atm list: prints every session.
#include "command.hpp"
#include "lookup.hpp"
#include "session_json_text.hpp"
#include "spent_gap.hpp"

namespace atm::cli {

namespace {

// One array with one session a line, so that users and line-based tools can read it.
std::string array_of(const Sessions& sessions, const std::vector<std::string>& lines,
                     const SpentBySession& spent) {
  const auto objects = session_objects(lines);
  std::string text = "[";
  for (const protocol::Session* session : sessions) {
    const auto object = objects.find(session->domain.id.view());
    if (object == objects.end()) continue;
    text += text.size() > 1 ? ",\n" : "\n";
    const auto counted = spent.find(session->domain.id.view());
    text += counted == spent.end() ? object->second
                                   : with_ledger(object->second, session->domain, counted->second);
  }
  return text + (text.size() > 1 ? "\n]\n" : "]\n");
}

}  // namespace

ExitCode run_list(const Global& global, const ListOptions& options) {
  auto client = connect(global);
  if (!client) return complain(client.error());
  const auto reply = ask_sessions(*client);
  if (!reply) return complain(reply.error());
  Scene scene = scene_now();
  if (options.spent) scene.spent = options.spent();
  return show_list(*reply, options, scene);
}

ExitCode show_list(const Client::Message& reply, const ListOptions& options, const Scene& scene) {
  Sessions sessions;
  for (const protocol::Session& session : std::get<protocol::Sessions>(reply.value).sessions)
    sessions.push_back(&session);
  sort_for_people(sessions);
  if (options.json) return print_json(array_of(sessions, reply.lines, scene.spent));
  return print(session_table(sessions, scene) + hint_text(sessions, scene));
}

}  // namespace atm::cli
