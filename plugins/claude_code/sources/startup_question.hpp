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

/// Whether a client with these arguments begins a session in its terminal at once: no command, no print mode,
/// nothing that lets the person choose a session first.
[[nodiscard]] bool begins_session(const std::vector<std::string>& arguments);

/// Clients that ask something before they begin (directory trust, MCP servers, onboarding): they run no hook and have
/// no entry yet. Of one thread.
class StartupQuestions final {
 public:
  /// Younger than that, a client may still be starting.
  static constexpr std::int64_t kStartNs = 10'000'000'000;
  static constexpr std::string_view kOrigin = "claude_code/startup";

  StartupQuestions(const atm::Host& host, const SessionFileIndex& index)
      : host_(host), processes_(host), index_(index) {}

  /// Tells of each client that is at a question, once more as often as it is called: the session that was made for
  /// the process has to be there by then.
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
