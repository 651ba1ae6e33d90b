// SPDX-License-Identifier: MIT
#include "server_views.hpp"

#include <utility>

namespace processes {

ServerViews find_views(const std::vector<const Agent*>& agents, const std::vector<ServerSession>& sessions) {
  struct Place {
    std::vector<const Agent*> agents{};
    std::vector<const ServerSession*> sessions{};
  };
  std::map<std::pair<std::string, std::string>, Place> places;  // by agent and directory
  for (const ServerSession& session : sessions) {
    if (!session.cwd.empty()) places[{session.agent, session.cwd}].sessions.push_back(&session);
  }
  for (const Agent* agent : agents) {
    const auto place = places.find({agent->agent, agent->process.cwd});
    if (place != places.end() && !agent->process.tty.empty()) place->second.agents.push_back(agent);
  }
  ServerViews views;
  for (const auto& [where, place] : places) {
    for (const Agent* agent : place.agents) views.shown.insert(agent->id());
    if (place.agents.size() == 1 && place.sessions.size() == 1)
      views.of.emplace(place.sessions.front()->id, place.agents.front());
  }
  return views;
}

}  // namespace processes
