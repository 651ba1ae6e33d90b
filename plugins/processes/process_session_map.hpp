// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "bound_session.hpp"

namespace processes {

/// Maps sessions to processes: a process may have several sessions, and a session may change its process. Of one
/// thread.
class ProcessSessionMap final {
 public:
  using Sessions = std::set<std::string, std::less<>>;

  /// end_snapshot() removes the sessions that are not set after this call.
  void begin_snapshot();
  void end_snapshot();

  using Processes = std::set<ProcessId>;

  /// The session runs in exactly these processes; none: it cannot be watched.
  void set(std::string_view session, const Processes& processes);
  /// The session runs in this process, too.
  void add(std::string_view session, const ProcessId& process);

  /// The process has ended: returns and removes its sessions.
  [[nodiscard]] Sessions take(const ProcessId& process);

  [[nodiscard]] bool has(const ProcessId& process) const { return by_process_.count(process) != 0; }
  [[nodiscard]] bool has(const ProcessId& process, const std::string& session) const {
    const auto found = by_process_.find(process);
    return found != by_process_.end() && found->second.count(session) != 0;
  }
  /// Processes that got their first session or lost their last one since the last call, each once.
  [[nodiscard]] std::set<ProcessId> changed();

  struct Join {
    ProcessId process;
    std::string session;
  };
  /// Sessions that have come to a process since the last call, in order.
  [[nodiscard]] std::vector<Join> joined();

 private:
  struct Place {
    Processes processes;
    std::uint64_t snapshot = 0;
  };
  using Places = std::map<std::string, Place, std::less<>>;

  void leave(const std::string& session, const ProcessId& process);

  Places places_;
  std::map<ProcessId, Sessions> by_process_;
  std::set<ProcessId> changed_;
  std::vector<Join> joined_;
  std::uint64_t snapshot_ = 0;
};

}  // namespace processes
