// SPDX-License-Identifier: MIT
#pragma once

#include <atm/json.hpp>
#include <atm/plugin.hpp>
#include <atm/plugin/processes.hpp>
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

#include "bound_session.hpp"
#include "roster.hpp"

namespace processes {

/// Says of every session on this machine when its process has ended. The host tells of sessions and of ends on
/// threads of its own, which only leave word; one thread of ours does the rest.
class ProcessSource final : public atm::Source {
 public:
  static constexpr atm::Descriptor kDescriptor{"processes", "0.1.0", "Ends sessions whose process has ended"};

  ProcessSource(const atm::Host& host, std::string_view config_json);
  ~ProcessSource() override { stop(0); }

  atm::Status start(atm::ErrorText& error) override;
  atm::Status stop(std::uint32_t deadline_ms) override;

 private:
  struct Exit {
    ProcessId process;
    std::string session;
  };

  static void ready(void* context, std::uint64_t subscription);
  static void ended(void* context, std::uint64_t watch, std::int64_t pid, std::uint64_t start_ticks);

  void run();
  [[nodiscard]] bool wait();
  void read_sessions();
  void take(const atm_event& event);
  void settle();
  void watch(const ProcessId& process);
  void collect_exits();
  void report();

  const atm::Host host_;
  const atm::Processes processes_;
  const std::string this_host_;
  std::uint64_t subscription_ = 0;
  std::thread thread_;

  // Of thread_; stop() after it has joined.
  atm::json::Reader reader_;
  Roster roster_;
  std::map<ProcessId, std::uint64_t> watches_;
  std::set<ProcessId> refused_;  ///< the host has no watch for them now
  std::deque<Exit> exits_;       ///< to report

  std::mutex mutex_;  // guards what follows; never held while the host is called
  std::condition_variable changed_;
  std::vector<ProcessId> ended_;
  bool has_news_ = false;
  bool is_stopping_ = false;
};

}  // namespace processes
