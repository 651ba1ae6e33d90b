// SPDX-License-Identifier: MIT
// A parsed scenario file (README.md describes the lines).
#pragma once

#include <atm/testing/owned.hpp>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "expectation.hpp"

namespace atm::gauntlet {

using Nanos = std::chrono::nanoseconds;

/// The wall clock at the start of every scenario: 2027-01-15T08:00:00Z.
inline constexpr std::int64_t kBeginNs = 1'800'000'000'000'000'000;

/// A record that a source read from an agent.
struct Record {
  std::string channel;
  std::string payload;
  testing::OwnedAttrs context;
  Nanos sent{};                   ///< creation time from the start; normally the arrival time
  std::optional<Nanos> stated{};  ///< the time that a transcript line states, from the start
  std::string session;            ///< empty: the record does not name it
  bool asks = false;              ///< the agent waits for the user, by a hook or its session file
  bool is_torn = false;           ///< the parser must refuse it
  std::int64_t entry_of = 0;      ///< of a session file: the pid in its name
  std::uint64_t entry_ticks = 0;
  bool is_gone = false;  ///< the session file is removed

  [[nodiscard]] bool is_hook() const noexcept { return channel.ends_with("/hook"); }
  [[nodiscard]] bool is_entry() const noexcept { return channel == "claude_code/session_file"; }
  [[nodiscard]] bool is_transcript() const noexcept { return channel == "claude_code/transcript"; }
};

enum class ProcessState : std::uint8_t { kAlive, kStopped, kTraced, kExited, kZombie };

/// A new fact about a process.
struct ProcessNews {
  std::int64_t pid = 0;
  std::uint64_t start_ticks = 0;
  ProcessState state = ProcessState::kAlive;
  bool is_discovered = false;  ///< the source finds it without its session
  std::string cwd;
  std::int64_t pid_ns = 0;  ///< it is in another PID namespace, and there it is `ns_pid`
  std::int64_t ns_pid = 0;
  bool asks_at_start = false;  ///< the source of session files finds its wait before it begins a session
};

struct WallStep {
  Nanos by{};
};
struct Sleep {
  Nanos duration{};
};
struct Acknowledge {
  std::string session;
};

/// An observation without its record, from an export of the history.
struct Observed {
  testing::OwnedObservation observation;
  Nanos sent{};
};

/// The daemon stops or is killed, or starts again.
enum class DaemonNews : std::uint8_t { kStopped, kKilled, kStarted };

struct Step {
  Nanos at{};
  std::size_t line = 0;
  std::variant<Record, ProcessNews, WallStep, Sleep, Acknowledge, DaemonNews, Observed, Expectation> what;
};

struct Scenario {
  std::filesystem::path file;
  std::string group;
  std::string claim;
  std::string source;
  std::string not_doubled;  ///< why doubled hooks may change its end; empty: they may not
  std::string not_swapped;
  std::string needs_processes;   ///< why no other source can report its end
  std::string not_cold;          ///< why a daemon that starts in its middle may be wrong
  std::string expected_failure;  ///< why the state is still wrong; empty: it is right
  std::vector<std::string> traps;
  std::vector<std::string> rules;
  std::vector<Step> steps;

  [[nodiscard]] std::string name() const { return group + '/' + file.stem().string(); }
};

/// A scenario, or an export of a history. Throws std::runtime_error that names file and line.
[[nodiscard]] Scenario read_scenario(const std::filesystem::path& file);

/// Every scenario below `root`, sorted by name.
[[nodiscard]] std::vector<Scenario> read_scenarios(const std::filesystem::path& root);

}  // namespace atm::gauntlet
