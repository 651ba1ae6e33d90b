// SPDX-License-Identifier: MIT
#pragma once

#include <atm/json.hpp>
#include <atm/plugin.hpp>
#include <atm/plugin/agents.hpp>
#include <atm/plugin/processes.hpp>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "agent_table.hpp"
#include "agents.hpp"
#include "bound_session.hpp"
#include "process_session_map.hpp"
#include "server_views.hpp"
#include "settings.hpp"

namespace processes {

/// Reports the exit of the process of each session on this machine, and each agent that has no session. The host's
/// threads only queue session events and exits; one thread of this source does the rest.
class ProcessSource final : public atm::Source {
 public:
  static constexpr atm::Descriptor kDescriptor{
      "processes", "0.1.0", "Finds agents that run, ends sessions whose process ended", Settings::kSchema};

  ProcessSource(const atm::Host& host, std::string_view config_json);
  ~ProcessSource() override { stop(0); }

  atm::Status start(atm::ErrorText& error) override;
  atm::Status stop(std::uint32_t deadline_ms) override;
  /// Requests a scan from the thread and waits for it.
  atm::Status discover(atm_discovery& result, atm::ErrorText& error) override;

 private:
  ProcessSource(const atm::Host& host, Settings settings);

  using Clock = std::chrono::steady_clock;

  using Attributes = atm::AttrList<8>;

  static void answered(void* context, atm_status status);
  static void ready(void* context, std::uint64_t subscription);
  static void ended(void* context, std::uint64_t watch, std::int64_t pid, std::uint64_t start_ticks);

  void run();
  [[nodiscard]] bool wait();
  [[nodiscard]] bool is_urgent() const;
  void look_when_due();
  void read_agents();
  /// A slow launcher is found before the program that it starts.
  void end_pending(const ProcessId& process, std::string_view reason = "launcher");
  [[nodiscard]] atm_discovery look();
  /// Finds the processes that show the sessions of shared servers, and reports both.
  [[nodiscard]] ServerViews look_at_servers(const AgentsSeen& seen);
  void tell_servers(const std::map<std::string, ProcessId>& servers);
  void tell_views(const ServerViews& views, const std::map<std::string, ProcessId>& servers);
  [[nodiscard]] bool tell_role(const std::string& session, std::string_view role, const Agent* view,
                               const ProcessId& process);
  void wait_for_answers();
  void read_sessions();
  void take(const atm_event& event);
  void settle();
  void watch(const ProcessId& process);
  void take_joins();
  void tell_terminals();
  template <class Add>
  [[nodiscard]] atm::Status observe(std::string_view type, const std::string& session,
                                    const ProcessId& process, std::uint32_t expect, const Add& add);
  void collect_exits();
  void report();

  const atm::Host host_;
  const atm::Processes processes_;
  const std::string this_host_;
  const std::chrono::seconds discover_every_;
  const atm::Agents agents_;
  const std::vector<AgentProgram> own_agents_;
  std::uint64_t subscription_ = 0;
  std::thread thread_;

  // Used by thread_ only; stop() uses them after it has joined.
  atm::json::Reader reader_;
  ProcessSessionMap process_sessions_;
  std::map<ProcessId, std::uint64_t> watches_;
  std::set<ProcessId> refused_;                ///< processes for which the host has no free watch
  std::deque<ProcessSessionMap::Join> exits_;  ///< to report
  std::deque<ProcessSessionMap::Join> joins_;  ///< whose terminal is to be reported
  AgentTable table_{{}};
  std::uint64_t agents_revision_ = 0;
  Clock::time_point next_look_ = Clock::time_point::max();
  Clock::time_point looked_ = Clock::now();        ///< the begin of the last scan
  bool has_pending_ = false;                       ///< that scan left a pending session
  bool has_servers_ = false;                       ///< that scan found a shared server
  std::map<std::string, ProcessId> told_servers_;  ///< by session
  std::map<std::string, ProcessId> told_views_;    ///< by session
  std::uint64_t sent_ = 0;                         ///< observations of agents sent to the registry

  std::mutex mutex_;  // guards the members below; never held during a call of the host
  std::condition_variable changed_;
  std::vector<ProcessId> ended_;
  std::uint64_t answered_ = 0;  ///< of sent_
  std::uint64_t looks_asked_ = 0;
  std::uint64_t looks_done_ = 0;  ///< number of requests served by the last scan
  atm_discovery last_look_{};
  bool has_changes_ = false;
  bool is_stopping_ = false;
  bool is_over_ = false;  ///< the thread has ended
};

}  // namespace processes
