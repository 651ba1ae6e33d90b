// SPDX-License-Identifier: MIT
#pragma once

#include <atm/json.hpp>
#include <atm/plugin.hpp>
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
#include "bound_session.hpp"
#include "process_session_map.hpp"
#include "settings.hpp"

namespace processes {

/// Says of every session on this machine when its process has ended, and of every agent that no session is bound
/// to that it runs. The host tells of sessions and of ends on threads of its own, which only leave word; one
/// thread of ours does the rest.
class ProcessSource final : public atm::Source {
 public:
  static constexpr atm::Descriptor kDescriptor{
      "processes", "0.1.0", "Finds agents that run, ends sessions whose process ended", Settings::kSchema};

  ProcessSource(const atm::Host& host, std::string_view config_json);
  ~ProcessSource() override { stop(0); }

  atm::Status start(atm::ErrorText& error) override;
  atm::Status stop(std::uint32_t deadline_ms) override;
  /// Has our thread look, and waits for it.
  atm::Status discover(atm_discovery& result, atm::ErrorText& error) override;

 private:
  ProcessSource(const atm::Host& host, Settings settings);

  using Clock = std::chrono::steady_clock;

  struct Exit {
    ProcessId process;
    std::string session;
  };

  static void answered(void* context, atm_status status);
  static void ready(void* context, std::uint64_t subscription);
  static void ended(void* context, std::uint64_t watch, std::int64_t pid, std::uint64_t start_ticks);

  void run();
  [[nodiscard]] bool wait();
  [[nodiscard]] bool is_urgent() const;
  void look_when_due();
  [[nodiscard]] atm_discovery look();
  void wait_for_answers();
  void read_sessions();
  void take(const atm_event& event);
  void settle();
  void watch(const ProcessId& process);
  void collect_exits();
  void report();

  const atm::Host host_;
  const atm::Processes processes_;
  const std::string this_host_;
  const std::chrono::seconds discover_every_;
  const AgentTable table_;
  std::uint64_t subscription_ = 0;
  std::thread thread_;

  // Of thread_; stop() after it has joined.
  atm::json::Reader reader_;
  ProcessSessionMap process_sessions_;
  std::map<ProcessId, std::uint64_t> watches_;
  std::set<ProcessId> refused_;  ///< the host has no watch for them now
  std::deque<Exit> exits_;       ///< to report
  Clock::time_point next_look_ = Clock::time_point::max();
  std::uint64_t told_ = 0;  ///< observations of agents the registry owes an answer for, or has answered

  std::mutex mutex_;  // guards what follows; never held while the host is called
  std::condition_variable changed_;
  std::vector<ProcessId> ended_;
  std::uint64_t answered_ = 0;  ///< of told_
  std::uint64_t looks_asked_ = 0;
  std::uint64_t looks_done_ = 0;  ///< the latest look that began after this many were asked for
  atm_discovery last_look_{};
  bool has_news_ = false;
  bool is_stopping_ = false;
  bool is_over_ = false;  ///< the thread has ended
};

}  // namespace processes
