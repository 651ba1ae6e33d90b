// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "agents.hpp"
#include "bound_session.hpp"

namespace processes {

/// A session that a shared server runs.
struct ServerSession {
  std::string id;
  std::string agent;
  std::string cwd;
};

/// Which processes of an agent show the sessions of its server.
struct ServerViews {
  /// Their sessions are those of the server: they need no session of their own.
  std::set<ProcessId> shown;
  /// The process that shows a session, if no other process can show it; borrowed.
  std::map<std::string, const Agent*> of;
};

/// Of `agents`, those with a terminal and without a session. A process shows the sessions of its directory. Pure.
[[nodiscard]] ServerViews find_views(const std::vector<const Agent*>& agents,
                                     const std::vector<ServerSession>& sessions);

}  // namespace processes
