// SPDX-License-Identifier: MIT
// The expected state at a moment of a scenario. Only named members are compared.
#pragma once

#include <atm/json.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace atm::gauntlet {

class View;

struct ExpectedAttention {
  std::string reason;
  std::optional<bool> confirmed;
  std::optional<bool> acknowledged;
};

struct Expectation {
  std::string session;
  std::optional<std::string> status;
  std::optional<std::string> tool;
  std::optional<std::string> reason;
  std::optional<std::string> kind;
  std::optional<std::string> detail;  ///< its text; empty: none
  std::optional<std::uint64_t> tasks;
  std::optional<bool> certain;
  std::optional<bool> finished;
  bool has_attention = false;                  ///< the scenario names the attention
  std::optional<ExpectedAttention> attention;  ///< none: no attention
  std::optional<std::string> cause_type;
  std::optional<std::string> cause_origin;
  std::optional<std::string> model;
  std::optional<std::string> cwd;
  std::optional<std::int64_t> cost_micros;
  std::optional<double> used_percentage;
  std::optional<std::uint64_t> window;
  std::optional<std::int64_t> pid;
  std::optional<std::string> tmux_pane;               ///< empty: none
  std::map<std::string, std::string> evidence;        ///< origin to stance
  std::optional<std::vector<std::string>> subagents;  ///< ids of the running ones
  std::optional<std::vector<std::string>> sessions;   ///< existing sessions that have not ended
  std::map<std::string, std::string> removed;         ///< id to reason
  std::map<std::string, std::uint64_t> told;          ///< activity events so far, by type
};

/// Throws std::runtime_error for an unknown member.
[[nodiscard]] Expectation read_expectation(const json::Value& from);

/// One line for each difference: `status: expected idle, found thinking`.
[[nodiscard]] std::vector<std::string> differences(const Expectation& expected, const View& view);

}  // namespace atm::gauntlet
