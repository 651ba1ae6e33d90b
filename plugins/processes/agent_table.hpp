// SPDX-License-Identifier: MIT
#pragma once

#include <atm/plugin/processes.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace processes {

/// What makes a program an agent: the user's own word for it.
struct AgentProgram {
  std::string program;  ///< file name of the program or script
  std::string agent;    ///< empty: no agent, whatever the table says
};

/// A process that has a session with a person.
struct Candidate {
  std::string agent;    ///< claude_code
  std::string program;  ///< claude, by whatever file it was started
  /// What was said to the program: without its own name, and without its interpreter and what was said to that.
  std::vector<std::string> words;
};

/// Which processes are agents: the table is in agent_table.cpp, the user's words come before it. Pure.
class AgentTable final {
 public:
  explicit AgentTable(std::vector<AgentProgram> own = {}) : own_(std::move(own)) {}

  /// Whether it is worth its arguments: identify() gives nothing for others.
  [[nodiscard]] bool may_be_agent(const atm::Process& process) const;
  [[nodiscard]] std::optional<Candidate> identify(const atm::Process& process,
                                                  const std::vector<std::string>& arguments) const;

 private:
  [[nodiscard]] std::string_view agent_of(std::string_view program) const;
  [[nodiscard]] std::string_view program_of(const atm::Process& process) const;
  [[nodiscard]] std::string_view program_of_script(std::string_view path) const;

  std::vector<AgentProgram> own_;
};

/// Of a path, what is behind the last slash.
[[nodiscard]] std::string_view file_name(std::string_view path) noexcept;

/// Whether a program of that file name runs scripts that are programs to a person.
[[nodiscard]] bool is_interpreter(std::string_view file) noexcept;

}  // namespace processes
