// SPDX-License-Identifier: MIT
#pragma once

#include <atm/plugin/agents.hpp>
#include <atm/plugin/host.hpp>
#include <atm/plugin/interfaces.hpp>
#include <atm/plugin/live_sessions.hpp>
#include <atm/plugin/processes.hpp>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "control_client.hpp"
#include "lib/agents/title_rules.hpp"
#include "title_levels.hpp"

namespace tmux {

/// Reports what the titles of tmux panes show about the agents in them. It reads a server only while a session of an
/// agent with a table [title] runs there, once a second.
class Titles final : public atm::Source {
 public:
  static constexpr atm::Descriptor kDescriptor{"tmux", "0.1.0",
                                               "The state of agents from the titles of tmux panes",
                                               R"({"type": "object", "additionalProperties": false})"};

  Titles(const atm::Host& host, std::string_view config_json);
  ~Titles() override;

  atm::Status start(atm::ErrorText& error) override;
  atm::Status stop(std::uint32_t deadline_ms) override;

 private:
  using Sessions = std::map<std::string, std::vector<atm::LiveSession>>;  ///< by tmux socket

  void run();
  void look();
  [[nodiscard]] bool has_rules(const std::string& agent);
  void add_place(atm::LiveSession& session) const;
  void add_view(atm::LiveSession& session) const;
  void read(const std::string& socket, const std::vector<atm::LiveSession>& sessions);
  void take(const std::string& socket, const Pane& pane, const std::vector<atm::LiveSession>& sessions);
  void report(const atm::LiveSession& session, const TitleLevel& level);
  void tell_pane(const std::string& socket, const Pane& pane, const atm::LiveSession& session);

  const atm::Host host_;
  const atm::Agents agents_;
  const atm::Processes processes_;
  std::uint64_t revision_ = 0;
  std::map<std::string, std::string> manifests_;  ///< those with a table [title], by agent
  std::map<std::string, std::optional<atm::TitleRules>>
      rules_;  ///< compiled for the first session in tmux, by agent
  std::map<std::string, std::vector<std::string>, std::less<>> programs_;  ///< by agent
  Sessions sessions_;
  std::map<std::string, std::unique_ptr<ControlClient>> clients_;  ///< by tmux socket
  std::map<std::pair<std::string, std::string>, TitleLevels>
      levels_;  ///< by tmux socket and pane, and session
  std::map<std::string, std::string>
      panes_;  ///< socket and pane that a title named since the last look, by session

  std::mutex mutex_;  // guards the members below
  std::condition_variable wake_;
  bool is_stopping_ = false;
  std::thread thread_;
};

}  // namespace tmux
