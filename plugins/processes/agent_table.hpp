// SPDX-License-Identifier: MIT
#pragma once

#include <atm/plugin/processes.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace processes {

/// A configured program that is an agent.
struct AgentProgram {
  std::string program;  ///< file name of the program or script
  std::string agent;    ///< empty: not an agent, overrides the table
};

/// An agent as its manifest describes its processes.
struct KnownAgent {
  std::string agent;                    ///< claude_code
  std::vector<std::string> programs;    ///< file names of its programs and scripts; at least one
  std::vector<std::string> packages;    ///< its directories: a program in one of them is the agent
  std::vector<std::string> no_session;  ///< first words of commands without a session
  std::vector<std::string> server{};    ///< first words of commands that run the sessions of other processes
};

/// Of manifests as the host lists them; those without processes are left out.
[[nodiscard]] std::vector<KnownAgent> known_agents(const std::vector<std::string>& manifests);

enum class Role : std::uint8_t {
  kSession,  ///< has a session with a user
  kServer,   ///< runs the sessions that other processes of the agent show
  kNone,     ///< runs a command without a session
};

/// A process of an agent.
struct Candidate {
  std::string agent;    ///< claude_code
  std::string program;  ///< claude, for any name of its file
  /// The arguments of the program, without its own name, its interpreter and the interpreter's options.
  std::vector<std::string> words;
  Role role = Role::kSession;
};

/// Decides which processes are agents: the configuration precedes the manifests. Pure.
class AgentTable final {
 public:
  explicit AgentTable(std::vector<KnownAgent> known, std::vector<AgentProgram> own = {})
      : known_(std::move(known)), own_(std::move(own)) {}

  /// Whether the arguments must be read: identify() returns nothing for other processes.
  [[nodiscard]] bool may_be_agent(const atm::Process& process) const;
  [[nodiscard]] std::optional<Candidate> identify(const atm::Process& process,
                                                  const std::vector<std::string>& arguments) const;

 private:
  [[nodiscard]] const KnownAgent* find_known(std::string_view program) const;
  [[nodiscard]] std::string_view agent_of(std::string_view program) const;
  [[nodiscard]] std::string_view program_of(const atm::Process& process) const;
  [[nodiscard]] std::string_view program_of_script(std::string_view path) const;

  std::vector<KnownAgent> known_;
  std::vector<AgentProgram> own_;
};

/// The part of a path after the last slash.
[[nodiscard]] std::string_view file_name(std::string_view path) noexcept;

/// Whether a program of that file name runs scripts that users regard as programs.
[[nodiscard]] bool is_interpreter(std::string_view file) noexcept;

}  // namespace processes
