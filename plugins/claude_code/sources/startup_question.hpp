// SPDX-License-Identifier: MIT
#pragma once

#include <atm/plugin/host.hpp>
#include <atm/plugin/interfaces.hpp>
#include <atm/plugin/processes.hpp>
#include <map>
#include <string>
#include <vector>

#include "sources/config_dirs.hpp"
#include "sources/session_file_index.hpp"

namespace claude_code {

/// Whether an agent process with these arguments starts a session in its terminal at once: no command, no print mode,
/// and no choice of a session first.
[[nodiscard]] bool begins_session(const std::vector<std::string>& arguments);

/// Agent processes that ask a question before the session starts (directory trust, MCP servers, onboarding): they have
/// run no hook and have no session file. Of one thread.
class StartupQuestions final {
 public:
  /// A younger agent process may still be starting.
  static constexpr std::int64_t kStartNs = 10'000'000'000;
  static constexpr std::string_view kOrigin = "claude_code/startup";

  StartupQuestions(const atm::Host& host, const SessionFileIndex& index)
      : host_(host), processes_(host), index_(index) {}

  /// Reports each agent process that waits at a question, again at each call, because the session of the process may be
  /// registered later.
  void look(const std::vector<RunningClient>& clients);

 private:
  [[nodiscard]] bool asks(const RunningClient& client, const atm::Process& process) const;
  void tell(const RunningClient& client, std::int64_t since_ns) const;

  const atm::Host host_;
  const atm::Processes processes_;
  const SessionFileIndex& index_;
  std::map<std::int64_t, std::pair<std::uint64_t, std::int64_t>>
      asked_;  ///< pid to start and time of the question
};

}  // namespace claude_code
