// SPDX-License-Identifier: MIT
// The commands of atm and their options.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "command.hpp"
#include "completion.hpp"
#include "cost/cost.hpp"
#include "dashboard.hpp"
#include "doctor/doctor.hpp"
#include "history/history.hpp"
#include "history/replay.hpp"
#include "import/import.hpp"
#include "jump.hpp"
#include "keys.hpp"
#include "setup/setup.hpp"
#include "setup/trust.hpp"
#include "status_line/status_line.hpp"
#include "tmux.hpp"
#include "usage.hpp"

namespace atm::cli {

/// What the user asks for. CLI11 fills it; it must not move.
struct CommandLine {
  Global global;
  ListOptions list;
  WatchOptions watch;
  ShowOptions show;
  ExplainOptions explain;
  WaitOptions wait;
  AckOptions ack;
  ReportOptions plugins;
  ReportOptions stats;
  KeysOptions keys;
  StatusLineOptions status_line;
  DoctorOptions doctor{false, ATM_VERSION, {}};
  SetupOptions setup;
  TrustOptions trust;
  HistoryOptions history;
  std::string at;  ///< of list, show, explain and watch; empty: now
  ReplayOptions replay;
  ImportOptions import_options;
  bool is_look = false;  ///< the user sees the sessions
  CostOptions cost;
  std::string cost_explain;
  bool cost_dry_run = false;
  PricesOptions prices;
  DashboardOptions dashboard;
  JumpOptions jump;
  SegmentOptions segment;
  std::string helped;  // a command; empty: all
  std::function<ExitCode()> run;

  ValuesOf values;
  void names_session(const CLI::Option* option) {
    values[option] = [this](std::string_view typed) { return session_candidates(global, typed); };
  }
  /// Adds an option that takes one of these words.
  template <class Value>
  CLI::Option* add_word(CLI::App* command, const char* name, Value& value, std::map<std::string, Value> words,
                        const char* help) {
    std::vector<std::string> names;
    for (const auto& [word, meaning] : words) names.push_back(word);
    auto* option = command->add_option_function<std::string>(
        name, [&value, words = std::move(words)](const std::string& word) { value = words.at(word); }, help);
    option->check(one_of(names));
    values[option] = values_of(std::move(names));
    return option;
  }
};

/// Describes all commands. After the parse, `line.run` runs the one of the user.
void describe(CLI::App& app, CommandLine& line);

// Its parts.
void describe_sessions(CLI::App& app, CommandLine& line);  ///< list, watch, show, explain, wait, ack, jump
void describe_terminal(CLI::App& app, CommandLine& line);  ///< segment, menu, popup, status-line
void describe_cost(CLI::App& app, CommandLine& line);      ///< cost, prices
void describe_installation(CLI::App& app,
                           CommandLine& line);         ///< plugins, stats, keys, doctor, setup, plugin, ping
void describe_past(CLI::App& app, CommandLine& line);  ///< history, replay, import

/// A help text that ends with the forms of a time.
[[nodiscard]] std::string times(std::string_view before);
inline constexpr const char* kSessionId = "session id, or a unique beginning or end of one";

}  // namespace atm::cli
