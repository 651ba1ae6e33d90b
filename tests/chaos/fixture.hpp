// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "chaos/account.hpp"
#include "chaos/agents.hpp"
#include "chaos/chaos.hpp"
#include "chaos/daemon.hpp"
#include "chaos/dice.hpp"
#include "chaos/findings.hpp"
#include "chaos/small_disk.hpp"
#include "support/atmd_process.hpp"

namespace atm::test {

/// The value of limits.stop_seconds.
inline constexpr std::chrono::seconds kStop{5};
/// A daemon that fails to start is started again so many times.
inline constexpr int kMostStarts = 4;

/// One home with its agents, and the sequence of daemons that serve it.
struct Fixture {
  explicit Fixture(const ChaosOptions& options);

  /// The text of atm.toml, with these additional lines.
  [[nodiscard]] std::string config(const std::string& more) const;

  [[nodiscard]] bool is_running() { return daemon && !daemon->has_ended(); }
  [[nodiscard]] bool is_served() const;
  /// Replaces the daemon by a new one.
  void spawn(const std::vector<std::string>& more = {}, std::array<bool, 3> is_closed = {});
  /// Starts one that must serve. `is_closed`: of the descriptors 0, 1 and 2.
  void start(std::array<bool, 3> is_closed = {});
  void kill();
  /// Sends SIGTERM and waits. `is_healthy`: the exit code must be 0.
  void stop(bool is_healthy = true);
  void expect_served(const std::string& what);
  /// A new path for a directory that is removed from its place; the account reads the spools there.
  [[nodiscard]] std::filesystem::path new_grave();

  Dice dice;
  const Home tools;
  Findings findings;
  const SmallDisk disk;
  const Places places;
  const std::filesystem::path graves;
  Account account;
  Agents agents;  // forks, so before any thread
  LogPipe log;
  std::map<std::string, std::filesystem::path> bad_plugins;  // the directories by id
  std::unique_ptr<Daemon> daemon;

 private:
  int graves_made_ = 0;
};

}  // namespace atm::test
