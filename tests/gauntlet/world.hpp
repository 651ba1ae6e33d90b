// SPDX-License-Identifier: MIT
// The components of the daemon on a simulated clock: the real parser, registry and bus, a simulated process table, and
// one client.
#pragma once

#include <atm/testing/fake_store.hpp>
#include <atm/testing/plugin_instance.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "kernel/bus/bus.hpp"
#include "kernel/registry/actor/registry_actor.hpp"
#include "scenario.hpp"
#include "view.hpp"

namespace atm::gauntlet {

/// Whether a source watches processes.
enum class Processes : std::uint8_t { kWatched, kUnknown };

class World {
 public:
  explicit World(Processes processes);

  /// Advances the time: the registry runs four times a second, and cleans up every second.
  void pass_until(Nanos at);

  /// Throws std::runtime_error if the parser refuses a valid record or accepts a torn one.
  void tell(const Record& record);
  void tell(const ProcessNews& news);
  void tell(const Acknowledge& one);
  void tell(const WallStep& step) { stepped_ += step.by; }
  void tell(const Sleep& sleep);
  void tell(const Observed& observed);
  /// While no daemon runs, hooks and status lines wait in the spool; at its start the daemon reads the session files and
  /// the transcripts, then the spool.
  void tell(DaemonNews news);

  /// The inputs that the registry has passed to its store.
  [[nodiscard]] const testing::FakeStore& store() const noexcept { return store_; }
  [[nodiscard]] kernel::RegistryActor& registry() noexcept { return *registry_; }

  [[nodiscard]] const View& view() const noexcept { return view_; }

 private:
  [[nodiscard]] std::int64_t mono_ns() const noexcept { return (kMonoBegin + now_ + slept_).count(); }
  [[nodiscard]] std::int64_t wall_ns() const noexcept {
    return kBeginNs + (now_ + slept_ + stepped_).count();
  }
  [[nodiscard]] kernel::Liveness liveness(std::int64_t pid, std::uint64_t start_ticks) const;
  [[nodiscard]] bool is_left_behind(const Record& record) const;
  [[nodiscard]] bool is_ours(const Record& record) const;
  void relocate(const Record& record, testing::OwnedObservation& observation) const;
  void repeat_entries();
  void observe(const testing::OwnedObservation& observation);
  void tick();
  void start();
  void give(const Record& record);
  void wait_for_daemon(const Record& record);
  void settle();
  void report_exits();

  static constexpr Nanos kMonoBegin = std::chrono::seconds(1000);

  struct Process {
    std::uint64_t start_ticks;
    ProcessState state;
    std::int64_t pid_ns = 0;
    std::int64_t ns_pid = 0;
  };

  const Processes processes_;
  Nanos now_{};
  Nanos next_{};  ///< next run of the registry
  Nanos slept_{};
  Nanos stepped_{};
  std::map<std::int64_t, Process> table_;
  std::set<std::tuple<std::string, std::int64_t, std::uint64_t>> exits_told_;
  std::map<std::int64_t, Record> foreign_entries_;  ///< by pid: of processes that are not visible here

  testing::FakeHost host_;
  testing::PluginInstance parser_;
  std::string death_;
  std::optional<kernel::Bus> bus_;
  testing::FakeStore store_;
  std::optional<kernel::RegistryActor> registry_;  ///< none: no daemon runs
  std::vector<Record> spool_;                      ///< what waits for a daemon, in the order of its arrival
  View view_;
};

}  // namespace atm::gauntlet
