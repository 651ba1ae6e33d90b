// SPDX-License-Identifier: MIT
#include "expectation.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>
#include <string_view>

#include "view.hpp"

namespace atm::gauntlet {
namespace {

constexpr std::array<std::string_view, 25> kMembers = {
    "session",  "status",  "tool",     "reason",    "kind",        "tasks",  "certain",
    "finished", "raised",  "told",     "attention", "cause",       "model",  "subagents",
    "sessions", "removed", "evidence", "cleared",   "cost_micros", "window", "used_percentage",
    "pid",      "cwd",     "detail",   "tmux_pane"};

std::optional<std::string> optional_text(const json::Value& from, std::string_view name) {
  const auto found = json::get_string(from, name);
  return found ? std::optional<std::string>(*found) : std::nullopt;
}

std::optional<std::uint64_t> count(const json::Value& from, std::string_view name) {
  const auto found = json::get_int(from, name);
  return found ? std::optional<std::uint64_t>(static_cast<std::uint64_t>(*found)) : std::nullopt;
}

std::optional<std::vector<std::string>> optional_texts(const json::Value& from, std::string_view name) {
  const json::Value* found = json::get_array(from, name);
  if (found == nullptr) return std::nullopt;
  std::vector<std::string> all;
  for (const json::Value& one : found->GetArray()) all.emplace_back(json::text_of(one));
  std::sort(all.begin(), all.end());
  return all;
}

std::map<std::string, std::string> pairs(const json::Value& from, std::string_view name) {
  std::map<std::string, std::string> all;
  const json::Value* found = json::get_object(from, name);
  if (found == nullptr) return all;
  for (const auto& one : found->GetObject()) all.emplace(json::text_of(one.name), json::text_of(one.value));
  return all;
}

void read_attention(const json::Value& from, Expectation& to) {
  to.has_attention = from.HasMember("attention");
  const json::Value* attention = json::get_object(from, "attention");
  if (attention == nullptr) return;
  to.attention =
      ExpectedAttention{optional_text(*attention, "reason").value_or(""),
                        json::get_bool(*attention, "confirmed"), json::get_bool(*attention, "acknowledged")};
}

std::string show(const std::string& value) {
  return value.empty() ? "nothing" : value;
}
std::string show(std::string_view value) {
  return show(std::string(value));
}
std::string show(bool value) {
  return value ? "true" : "false";
}
template <class Number>
std::string show(Number value) {
  return std::to_string(value);
}
std::string show(const std::vector<std::string>& all) {
  std::string line;
  for (const std::string& one : all) line += (line.empty() ? "" : " ") + one;
  return show(line);
}

/// Collects differences.
class Report {
 public:
  template <class Expected, class Found>
  void compare(std::string_view what, const Expected& expected, const Found& found) {
    if (expected == found) return;
    lines_.push_back(std::string(what) + ": expected " + show(expected) + ", found " + show(found));
  }
  template <class Expected, class Found>
  void compare_if(std::string_view what, const std::optional<Expected>& expected, const Found& found) {
    if (expected) compare(what, *expected, found);
  }
  [[nodiscard]] std::vector<std::string> take() { return std::move(lines_); }

 private:
  std::vector<std::string> lines_;
};

void compare_attention(const Expectation& expected, const SessionDomain& found, Report& report) {
  if (!expected.has_attention) return;
  const std::string wanted = expected.attention ? expected.attention->reason : "";
  report.compare("attention", wanted, found.attention ? found.attention->reason : std::string());
  if (!expected.attention || !found.attention) return;
  report.compare_if("attention.confirmed", expected.attention->confirmed, found.attention->confirmed);
  report.compare_if("attention.acknowledged", expected.attention->acknowledged,
                    found.attention->acknowledged);
}

void compare_session(const Expectation& expected, const SessionDomain& found, Report& report) {
  report.compare_if("status", expected.status, found.status.name());
  report.compare_if("tool", expected.tool, found.status.tool_name().value_or(""));
  report.compare_if("reason", expected.reason, found.status.reason().value_or(""));
  report.compare_if("kind", expected.kind, found.status.error_kind().value_or(""));
  report.compare_if("tasks", expected.tasks, found.status.background_tasks());
  report.compare_if("detail", expected.detail, found.detail ? found.detail->word : std::string());
  report.compare_if("certain", expected.certain, found.certain);
  report.compare_if("finished", expected.finished, found.finished);
  compare_attention(expected, found, report);
  report.compare_if("cause.type", expected.cause_type, found.status_cause.type);
  report.compare_if("cause.origin", expected.cause_origin, found.status_cause.origin);
  report.compare_if("model", expected.model, found.model.id);
  report.compare_if("cwd", expected.cwd, found.working_directory.value_or(""));
  report.compare_if("cost_micros", expected.cost_micros, found.cost.microdollars());
  report.compare_if("window", expected.window, found.context.context_window_size.value_or(0));
  report.compare_if("used_percentage", expected.used_percentage, found.context.used_percentage.value_or(-1));
  for (const auto& wanted : expected.evidence) {
    const auto it = std::find_if(found.evidence.begin(), found.evidence.end(),
                                 [&](const Evidence& one) { return one.origin == wanted.first; });
    report.compare("evidence of " + wanted.first, wanted.second,
                   it == found.evidence.end() ? "" : stance_name(it->stance));
  }
  if (expected.subagents) {
    std::vector<std::string> running;
    for (const Subagent& one : found.subagents) running.push_back(one.id);
    std::sort(running.begin(), running.end());
    report.compare("subagents", *expected.subagents, running);
  }
}

}  // namespace

Expectation read_expectation(const json::Value& from) {
  for (const auto& member : from.GetObject()) {
    const std::string name(json::text_of(member.name));
    if (std::find(kMembers.begin(), kMembers.end(), name) == kMembers.end())
      throw std::runtime_error("expect has no member " + name);
  }
  Expectation to;
  to.session = optional_text(from, "session").value_or("");
  to.status = optional_text(from, "status");
  to.tool = optional_text(from, "tool");
  to.reason = optional_text(from, "reason");
  to.detail = optional_text(from, "detail");
  to.kind = optional_text(from, "kind");
  to.tasks = count(from, "tasks");
  to.certain = json::get_bool(from, "certain");
  to.finished = json::get_bool(from, "finished");
  read_attention(from, to);
  if (const json::Value* cause = json::get_object(from, "cause")) {
    to.cause_type = optional_text(*cause, "type");
    to.cause_origin = optional_text(*cause, "origin");
  }
  to.model = optional_text(from, "model");
  to.cwd = optional_text(from, "cwd");
  to.cost_micros = json::get_int(from, "cost_micros");
  to.used_percentage = json::get_double(from, "used_percentage");
  to.window = count(from, "window");
  to.pid = json::get_int(from, "pid");
  to.tmux_pane = optional_text(from, "tmux_pane");
  to.evidence = pairs(from, "evidence");
  to.subagents = optional_texts(from, "subagents");
  to.sessions = optional_texts(from, "sessions");
  to.removed = pairs(from, "removed");
  if (const json::Value* told = json::get_object(from, "told")) {
    for (const auto& one : told->GetObject())
      to.told.emplace(json::text_of(one.name), one.value.IsUint64() ? one.value.GetUint64() : 0);
  }
  if (const auto raised = count(from, "raised")) to.told.emplace("attention.raised", *raised);
  if (const auto cleared = count(from, "cleared")) to.told.emplace("attention.cleared", *cleared);
  return to;
}

std::vector<std::string> differences(const Expectation& expected, const View& view) {
  Report report;
  if (!expected.session.empty()) {
    const protocol::Session* found = view.find(expected.session);
    if (found == nullptr) {
      report.compare("session", std::string("there"), std::string("not there"));
    } else {
      compare_session(expected, found->domain, report);
      report.compare_if("pid", expected.pid, found->runtime.pid.value_or(0));
      report.compare_if("tmux_pane", expected.tmux_pane, found->runtime.tmux_pane.value_or(""));
    }
  }
  if (expected.sessions) {
    std::vector<std::string> live;
    for (const auto& [id, session] : view.sessions()) {
      if (session.domain.status.kind() != StatusKind::kEnded) live.push_back(id);
    }
    report.compare("sessions", *expected.sessions, live);
  }
  for (const auto& [id, reason] : expected.removed)
    report.compare("removal of " + id, reason, view.removal_of(id));
  for (const auto& [type, times] : expected.told) report.compare("told " + type, times, view.told(type));
  return report.take();
}

}  // namespace atm::gauntlet
