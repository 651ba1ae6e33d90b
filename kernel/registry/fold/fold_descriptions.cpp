// SPDX-License-Identifier: MIT
// A log states, at any time, what a session or a running subagent is. It changes no status (STATE-B8).
#include <algorithm>

#include "kernel/registry/fold/fold_rules.hpp"

namespace atm::kernel::rules {
namespace {

/// Whether the text is new there.
bool add(std::string& to, std::string_view text) {
  if (!to.empty() || text.empty()) return false;
  assign(to, text);
  return true;
}

const Subagent* described_subagent(const SessionDomain& domain, const Observation& observation) {
  const std::string_view id = utf8_cut(observation.text(Key::kSubagentId), kMaxWordBytes);
  const auto known = std::find_if(domain.subagents.begin(), domain.subagents.end(),
                                  [id](const Subagent& subagent) { return subagent.id == id; });
  return known == domain.subagents.end() ? nullptr : &*known;
}

}  // namespace

bool describe_subagent(Subagent& subagent, const Observation& observation) {
  const std::string_view parent = observation.text(Key::kSubagentParent);
  bool is_new = add(subagent.type, observation.text(Key::kSubagentType));
  // The main thread has the id of the session.
  if (parent != observation.session()) is_new = add(subagent.parent, parent) || is_new;
  return add(subagent.name, observation.text(Key::kSubagentName)) || is_new;
}

bool is_description(const SessionState& state, const Observation& observation) noexcept {
  const bool is_first = state.domain.status_cause.seq == 0;
  if (is_first || !observation.flag(Key::kRecorded)) return false;
  if (observation.type() == ObservationType::kSubagentStarted) return true;
  return observation.type() == ObservationType::kSessionStarted &&
         !observation.text(Key::kForkedFrom).empty() && is_history(state, observation);
}

bool is_known_description(const SessionState& state, const Observation& observation) {
  if (observation.type() == ObservationType::kSessionStarted) return state.domain.forked_from.has_value();
  const Subagent* const known = described_subagent(state.domain, observation);
  if (known == nullptr) return true;
  Subagent copy = *known;
  return !describe_subagent(copy, observation);
}

void take_description(SessionState& state, const Observation& observation) {
  SessionDomain& domain = state.domain;
  if (observation.type() == ObservationType::kSessionStarted) {
    if (!domain.forked_from) domain.forked_from = SessionId::parse(observation.text(Key::kForkedFrom));
    return;
  }
  if (const Subagent* const known = described_subagent(domain, observation); known != nullptr)
    static_cast<void>(describe_subagent(
        domain.subagents[static_cast<std::size_t>(known - domain.subagents.data())], observation));
}

}  // namespace atm::kernel::rules
