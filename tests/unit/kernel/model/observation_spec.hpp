// SPDX-License-Identifier: MIT
// A short notation for observations: observed("tool.started", {{"tool", "Bash"}}).by("a1").at(5s)
#pragma once

#include <atm/abi.h>

#include <atm/domain/timestamp.hpp>
#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "kernel/model/observation.hpp"

namespace atm::kernel::test {

using namespace std::chrono_literals;

using AttrValue = std::variant<bool, int, std::int64_t, double, std::string>;

/// Start time of the tests.
inline constexpr std::int64_t kBegin = 1'770'000'000'000'000'000;
inline Timestamp moment(std::chrono::nanoseconds after) {
  return Timestamp(std::chrono::nanoseconds(kBegin) + after);
}

struct ObservationSpec {
  std::string type;
  std::vector<std::pair<std::string, AttrValue>> attrs;
  std::string session = "s1";
  std::string actor;
  std::string origin = "claude_code/hook";
  std::string agent = "claude_code";
  std::chrono::nanoseconds after{0};

  ObservationSpec& of(std::string_view id) { return session = id, *this; }
  ObservationSpec& by(std::string_view who) { return actor = who, *this; }
  ObservationSpec& from(std::string_view channel) { return origin = channel, *this; }
  ObservationSpec& at(std::chrono::nanoseconds when) { return after = when, *this; }

  [[nodiscard]] Result<Observation> try_copy() const {
    std::vector<atm_attr> list;
    for (const auto& [key, attr_value] : attrs) list.push_back({str_of(key), value_of(attr_value)});
    atm_observation view{};
    view.size = sizeof view;
    view.time_ns = kBegin + after.count();
    view.type = str_of(type);
    view.session = str_of(session);
    view.agent = str_of(agent);
    view.actor = str_of(actor);
    view.origin = str_of(origin);
    view.attrs = list.data();
    view.attr_count = list.size();
    return Observation::copy(view);
  }
  [[nodiscard]] Observation copy() const { return try_copy().value(); }

  static atm_value value_of(const AttrValue& attr_value) {
    atm_value value{};
    if (const auto* b = std::get_if<bool>(&attr_value)) {
      value.kind = ATM_VALUE_BOOL;
      value.as.i = *b ? 1 : 0;
    } else if (const auto* n = std::get_if<int>(&attr_value)) {
      value.kind = ATM_VALUE_INT;
      value.as.i = *n;
    } else if (const auto* i = std::get_if<std::int64_t>(&attr_value)) {
      value.kind = ATM_VALUE_INT;
      value.as.i = *i;
    } else if (const auto* d = std::get_if<double>(&attr_value)) {
      value.kind = ATM_VALUE_DOUBLE;
      value.as.d = *d;
    } else {
      value.kind = ATM_VALUE_STR;
      value.as.s = str_of(std::get<std::string>(attr_value));
    }
    return value;
  }
};

inline ObservationSpec observed(std::string_view type,
                                std::initializer_list<std::pair<std::string, AttrValue>> attrs = {}) {
  ObservationSpec one;
  one.type = type;
  one.attrs.assign(attrs.begin(), attrs.end());
  return one;
}

inline ObservationSpec tool_started(const char* id, const char* tool = "Bash") {
  return observed("tool.started", {{"tool", std::string(tool)}, {"tool_use_id", std::string(id)}});
}
inline ObservationSpec tool_finished(const char* id, const char* tool = "Bash") {
  return observed("tool.finished",
                  {{"tool", std::string(tool)}, {"tool_use_id", std::string(id)}, {"is_error", false}});
}
inline ObservationSpec permission(const char* tool = "Bash") {
  return observed("input.needed", {{"reason", std::string("permission")}, {"tool", std::string(tool)}});
}

inline ObservationSpec level(const char* state, const char* reason = "") {
  ObservationSpec one =
      observed("state.reported", {{"state", std::string(state)}}).from("claude_code/session_file");
  if (*reason != '\0') one.attrs.emplace_back("reason", std::string(reason));
  return one;
}
inline ObservationSpec prompt(const char* id) {
  return observed("prompt.submitted", {{"prompt.id", std::string(id)}});
}
inline ObservationSpec finished(int tasks = 0) {
  return observed("turn.finished", {{"outcome", std::string("ok")}, {"background_tasks", tasks}});
}
inline ObservationSpec failed(const char* kind = "rate_limit") {
  return observed("turn.finished", {{"outcome", std::string("error")}, {"error.kind", std::string(kind)}});
}
/// Converts an observation to transcript evidence.
inline ObservationSpec recorded(ObservationSpec one) {
  one.attrs.emplace_back("recorded", true);
  return one.from("claude_code/transcript");
}

}  // namespace atm::kernel::test
