// SPDX-License-Identifier: MIT
// Random sequences of observations.
#pragma once

#include <rapidcheck.h>

#include <array>
#include <string>
#include <vector>

#include "../model/observation_spec.hpp"

namespace atm::kernel::test {

inline constexpr std::array kTypes{"session.started",       "session.ended",   "session.replaced",
                                   "process.bound",         "process.exited",  "prompt.submitted",
                                   "turn.finished",         "tool.started",    "tool.finished",
                                   "input.needed",          "input.resolved",  "subagent.started",
                                   "subagent.finished",     "status.reported", "compaction.started",
                                   "compaction.finished",   "usage.reported",  "notice",
                                   "vendor.word",           "state.reported",  "state.reported",
                                   "attention.acknowledged"};

inline std::string pick(std::initializer_list<const char*> words) {
  return *rc::gen::elementOf(std::vector<std::string>(words.begin(), words.end()));
}

inline ObservationSpec any_observation() {
  ObservationSpec one = observed(kTypes.at(*rc::gen::inRange<std::size_t>(0, kTypes.size())));
  one.session = pick({"s1", "s2", "s3", "s4", "pending-5"});
  one.actor = pick({"", "", "a1"});
  one.after = std::chrono::milliseconds(*rc::gen::inRange(0, 100'000));
  one.attrs = {{"tool", pick({"Bash", "Read"})},
               {"tool_use_id", pick({"t1", "t2", "t3"})},
               {"reason", pick({"permission", "question", "idle"})},
               {"source", pick({"startup", "compact", "discovered", "registered"})},
               {"outcome", pick({"ok", "error", "interrupted"})},
               {"subagent.id", pick({"a1", "a2"})},
               {"by", pick({"s1", "s2", "s5"})},
               {"pid", *rc::gen::inRange(4, 7)},
               {"prompt.id", pick({"p1", "p2", "p3", "p4"})},
               {"background_tasks", *rc::gen::inRange(0, 2)},
               {"cost.total_usd_micros", *rc::gen::inRange(0, 1000)},
               {"state", pick({"idle", "busy", "waiting", "background", "dialog"})},
               {"x.y", *rc::gen::inRange(0, 3)}};
  if (*rc::gen::inRange(0, 6) == 0) one.attrs.emplace_back("recorded", true);
  if (*rc::gen::inRange(0, 3) == 0) one.attrs.emplace_back("sole", true);
  if (*rc::gen::inRange(0, 3) == 0) one.attrs.emplace_back("about", std::string("permission"));
  if (*rc::gen::inRange(0, 3) == 0) one.attrs.emplace_back("unblocked", true);
  return one;
}

inline std::vector<ObservationSpec> any_story(int length) {
  std::vector<ObservationSpec> fixture;
  for (int i = *rc::gen::inRange(1, length); i > 0; --i) fixture.push_back(any_observation());
  return fixture;
}

}  // namespace atm::kernel::test
