// SPDX-License-Identifier: MIT
// The agent's reports about itself: a snapshot, often partial. A missing value keeps its last good value.
#include <algorithm>

#include "kernel/registry/fold/fold_rules.hpp"

namespace atm::kernel::rules {
namespace {

std::optional<std::string_view> text_in(const atm_value& value) noexcept {
  if (value.kind != ATM_VALUE_STR || value.as.s.size == 0) return std::nullopt;
  return text_of(value.as.s);
}

// Ignores a malformed count: a negative number or text.
void count(std::uint64_t& to, const atm_value& value) noexcept {
  if (value.kind == ATM_VALUE_INT && value.as.i >= 0) to = static_cast<std::uint64_t>(value.as.i);
}
void count(std::optional<std::uint64_t>& to, const atm_value& value) noexcept {
  if (value.kind == ATM_VALUE_INT && value.as.i >= 0) to = static_cast<std::uint64_t>(value.as.i);
}

void percentage(std::optional<double>& to, const atm_value& value) noexcept {
  if (value.kind == ATM_VALUE_DOUBLE) to = value.as.d;
  if (value.kind == ATM_VALUE_INT) to = static_cast<double>(value.as.i);
}

void cost(SessionDomain& domain, const atm_value& value) {
  if (value.kind != ATM_VALUE_INT || value.as.i < 0) return;
  domain.cost = Money::from_microdollars(value.as.i);
  assign(domain.cost_source, "agent");
}

void model(SessionDomain& domain, std::string_view id, bool is_named) {
  if (domain.model.id == utf8_cut(id, kMaxWordBytes)) return;
  assign(domain.model.id, id);
  if (!is_named) domain.model.display_name.clear();  // it belongs to the previous model
}

void agent_type(SessionDomain& domain, std::string_view text) {
  AgentType type = AgentType::parse(utf8_cut(text, kMaxWordBytes));
  if (type != domain.agent_type) domain.agent_type = std::move(type);
}

/// Handles an attribute that describes the session; returns false for any other.
bool identity(Step& step, Key key, const atm_value& value) {
  SessionDomain& domain = step.state.domain;
  const auto text = text_in(value);
  switch (key) {
    case Key::kModelId:
      if (text) model(domain, *text, step.observation.find(Key::kModelName) != nullptr);
      return true;
    case Key::kModelName:
      if (text) assign(domain.model.display_name, *text);
      return true;
    case Key::kVersion:
      if (text) assign(domain.agent_version, *text);
      return true;
    case Key::kCwd:
      if (text) assign(domain.working_directory, *text, kMaxPathBytes);
      return true;
    case Key::kAgentType:
      if (text) agent_type(domain, *text);
      return true;
    case Key::kStartedAtNs:
      if (value.kind == ATM_VALUE_INT) domain.started_at = Timestamp(std::chrono::nanoseconds(value.as.i));
      return true;
    case Key::kParent:
      if (text && (!domain.parent || domain.parent->view() != *text)) domain.parent = SessionId::parse(*text);
      return true;
    case Key::kForkedFrom:
      if (text && (!domain.forked_from || domain.forked_from->view() != *text))
        domain.forked_from = SessionId::parse(*text);
      return true;
    case Key::kSessionName:
      if (text) assign(domain.name, *text);
      return true;
    case Key::kModePermission:
      if (text) assign(domain.mode.permission, *text);
      return true;
    case Key::kModeSandbox:
      if (text) assign(domain.mode.sandbox, *text);
      return true;
    case Key::kModelEffort:
      if (text) assign(domain.mode.effort, *text);
      return true;
    case Key::kTranscriptPath: {
      auto& path = step.state.runtime.transcript_path;
      if (text && (!path || path->view() != *text)) path.emplace(std::string(*text));
      return true;
    }
    default:
      return false;
  }
}

struct Measures {
  SessionDuration& duration;
  LinesChanged& lines;
  ContextUsage& context;
};

/// Handles an attribute that measures the session; returns false for any other.
bool measure(const Measures& to, Key key, const atm_value& value) noexcept {
  ContextUsage& context = to.context;
  switch (key) {
    case Key::kDurationTotalMs:
      return count(to.duration.total_ms, value), true;
    case Key::kDurationApiMs:
      return count(to.duration.api_ms, value), true;
    case Key::kLinesAdded:
      return count(to.lines.added, value), true;
    case Key::kLinesRemoved:
      return count(to.lines.removed, value), true;
    case Key::kContextTotalInputTokens:
      return count(context.total_input_tokens, value), true;
    case Key::kContextTotalOutputTokens:
      return count(context.total_output_tokens, value), true;
    case Key::kContextWindow:
      return count(context.context_window_size, value), true;
    case Key::kContextInputTokens:
      return count(context.current_input_tokens, value), true;
    case Key::kContextOutputTokens:
      return count(context.current_output_tokens, value), true;
    case Key::kCacheCreationTokens:
      return count(context.cache_creation_tokens, value), true;
    case Key::kCacheReadTokens:
      return count(context.cache_read_tokens, value), true;
    case Key::kContextUsedPercentage:
      return percentage(context.used_percentage, value), true;
    default:
      return false;
  }
}

bool is_known_text(const std::optional<std::string>& known, std::string_view text,
                   std::size_t max_bytes) noexcept {
  return known && *known == utf8_cut(text, max_bytes);
}

/// Whether the session already has this value; true for an attribute that does not describe the session.
bool is_known_identity(const SessionState& state, Key key, const atm_value& value) {
  const SessionDomain& domain = state.domain;
  if (key == Key::kStartedAtNs) {
    return value.kind != ATM_VALUE_INT ||
           domain.started_at == Timestamp(std::chrono::nanoseconds(value.as.i));
  }
  const auto text = text_in(value);
  if (!text) return true;
  switch (key) {
    case Key::kModelId:
      return domain.model.id == utf8_cut(*text, kMaxWordBytes);
    case Key::kModelName:
      return domain.model.display_name == utf8_cut(*text, kMaxWordBytes);
    case Key::kVersion:
      return is_known_text(domain.agent_version, *text, kMaxWordBytes);
    case Key::kCwd:
      return is_known_text(domain.working_directory, *text, kMaxPathBytes);
    case Key::kAgentType:
      return domain.agent_type == AgentType::parse(utf8_cut(*text, kMaxWordBytes));
    case Key::kParent:
      return domain.parent && domain.parent->view() == *text;
    case Key::kForkedFrom:
      return domain.forked_from && domain.forked_from->view() == *text;
    case Key::kSessionName:
      return domain.name == utf8_cut(*text, kMaxWordBytes);
    case Key::kModePermission:
      return domain.mode.permission == utf8_cut(*text, kMaxWordBytes);
    case Key::kModeSandbox:
      return domain.mode.sandbox == utf8_cut(*text, kMaxWordBytes);
    case Key::kModelEffort:
      return domain.mode.effort == utf8_cut(*text, kMaxWordBytes);
    case Key::kTranscriptPath:
      return state.runtime.transcript_path && state.runtime.transcript_path->view() == *text;
    default:
      return true;
  }
}

/// Before vocabulary 1.3, these attributes of a report were facts; clients may read them there.
bool was_fact(const atm_attr& attr) noexcept {
  const std::string_view name = text_of(attr.key);
  return name == "session.name" || name == "effort" || name == "permission_mode";
}

bool is_known_cost(const SessionDomain& domain, const atm_value& value) noexcept {
  if (value.kind != ATM_VALUE_INT || value.as.i < 0) return true;
  return domain.cost_source == "agent" && domain.cost == Money::from_microdollars(value.as.i);
}

/// Whether a report changes nothing except its measures.
bool is_redundant_otherwise(const SessionState& state, const Observation& report) noexcept {
  const FoldState& fold_state = state.fold_state;
  if (!report.actor().empty() || report.flag(Key::kRecorded)) return false;
  if (fold_state.ended || fold_state.stale || fold_state.only_bound || state.domain.agent.empty())
    return false;
  const auto& evidence = state.domain.evidence;
  const bool is_known_origin = std::any_of(evidence.begin(), evidence.end(), [&](const Evidence& known) {
    return known.origin == report.origin();
  });
  const bool has_wait = std::any_of(fold_state.waits.begin(), fold_state.waits.end(),
                                    [](const OpenWait& wait) { return !is_idle_prompt(wait); });
  if (fold_state.failed_request && report.find(Key::kContextOutputTokens) != nullptr) return false;
  return is_known_origin && !(has_wait && report.flag(Key::kUnblocked));
}

}  // namespace

void describe(Step& step) {
  if (!step.is_main()) return;  // a subagent has its own model and type
  for (std::size_t i = 0; i < step.observation.size(); ++i) {
    identity(step, step.observation.key(i), step.observation.attr(i).value);
  }
}

void take_mode(Step& step) {
  for (std::size_t i = 0; i < step.observation.size(); ++i) {
    const Key key = step.observation.key(i);
    if (key == Key::kModePermission || key == Key::kModeSandbox || key == Key::kModelEffort)
      identity(step, key, step.observation.attr(i).value);
  }
}

void status_reported(Step& step) {
  if (!step.is_main()) return;
  if (!step.fold_state().waits.empty() && step.observation.flag(Key::kUnblocked)) unblocked(step);
  if (step.observation.find(Key::kContextOutputTokens) != nullptr) note_response(step);
  SessionDomain& domain = step.state.domain;
  const Measures measures{domain.duration, domain.lines_changed, domain.context};
  for (std::size_t i = 0; i < step.observation.size(); ++i) {
    const Key key = step.observation.key(i);
    const atm_attr& attr = step.observation.attr(i);
    if (key == Key::kOther || was_fact(attr)) keep_as_fact(step, i);
    if (key == Key::kOther) continue;
    if (key == Key::kCostTotalUsdMicros) {
      cost(domain, attr.value);
    } else if (!identity(step, key, attr.value)) {
      measure(measures, key, attr.value);
    }
  }
}

bool is_known_report(const SessionState& state, const Observation& report) {
  if (!is_redundant_otherwise(state, report)) return false;
  const SessionDomain& domain = state.domain;
  SessionDuration duration = domain.duration;
  LinesChanged lines = domain.lines_changed;
  ContextUsage context = domain.context;
  const Measures measures{duration, lines, context};
  for (std::size_t i = 0; i < report.size(); ++i) {
    const Key key = report.key(i);
    const atm_attr& attr = report.attr(i);
    if ((key == Key::kOther || was_fact(attr)) && !is_known_fact(state, report, i)) return false;
    const bool is_known = key == Key::kCostTotalUsdMicros ? is_known_cost(domain, attr.value)
                                                          : is_known_identity(state, key, attr.value);
    if (!is_known) return false;
    measure(measures, key, attr.value);
  }
  return duration.api_ms == domain.duration.api_ms && lines == domain.lines_changed &&
         context == domain.context;
}

}  // namespace atm::kernel::rules
