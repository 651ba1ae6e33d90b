// SPDX-License-Identifier: MIT
#include "kernel/registry/session_attributes.hpp"

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <limits>
#include <string_view>
#include <variant>

#include "kernel/model/observation.hpp"

namespace atm::kernel {
namespace {

/// Appends known attributes in the order of their keys.
class Appender {
 public:
  explicit Appender(std::vector<atm_attr>& to) : to_(to) { to_.clear(); }

  void text(std::string_view key, std::string_view value) {
    if (value.empty()) return;
    next(key, ATM_VALUE_STR).as.s = str_of(value);
  }
  void integer(std::string_view key, std::int64_t value) { next(key, ATM_VALUE_INT).as.i = value; }
  void count(std::string_view key, std::uint64_t value) {
    constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    integer(key, static_cast<std::int64_t>(std::min(value, kMost)));
  }
  void count(std::string_view key, const std::optional<std::uint64_t>& value) {
    if (value) count(key, *value);
  }
  void number(std::string_view key, const std::optional<double>& value) {
    if (value) next(key, ATM_VALUE_DOUBLE).as.d = *value;
  }
  void flag(std::string_view key, bool value) { next(key, ATM_VALUE_BOOL).as.i = value ? 1 : 0; }

 private:
  atm_value& next(std::string_view key, std::uint32_t kind) {
    assert(to_.empty() || text_of(to_.back().key) < key);
    to_.push_back({str_of(key), {kind, 0, {0}}});
    return to_.back().value;
  }

  std::vector<atm_attr>& to_;
};

struct ToValue {
  atm_value operator()(bool value) const { return {ATM_VALUE_BOOL, 0, {value ? 1 : 0}}; }
  atm_value operator()(std::int64_t value) const { return {ATM_VALUE_INT, 0, {value}}; }
  atm_value operator()(double value) const {
    atm_value to{ATM_VALUE_DOUBLE, 0, {0}};
    to.as.d = value;
    return to;
  }
  atm_value operator()(const std::string& value) const {
    atm_value to{ATM_VALUE_STR, 0, {0}};
    to.as.s = str_of(value);
    return to;
  }
};

void append_context(Appender& to, const ContextUsage& context) {
  to.count("context.cache_creation_tokens", context.cache_creation_tokens);
  to.count("context.cache_read_tokens", context.cache_read_tokens);
  to.count("context.input_tokens", context.current_input_tokens);
  to.count("context.output_tokens", context.current_output_tokens);
  to.count("context.tokens", context.context_tokens());
  to.count("context.total_input_tokens", context.total_input_tokens);
  to.count("context.total_output_tokens", context.total_output_tokens);
  to.number("context.used_percentage", context.usage_percentage());
  to.count("context.window", context.context_window_size);
}

void append_status(Appender& to, const SessionDomain& domain) {
  const SessionStatus& status = domain.status;
  to.text("status", status.name());
  to.flag("status.certain", domain.certain);
  to.text("status.error_kind", status.error_kind().value_or(""));
  to.text("status.reason", status.reason().value_or(""));
  to.integer("status.since_ns", domain.status_since.time_since_epoch().count());
  if (status.kind() == StatusKind::kBackground)
    to.count("status.tasks", std::uint64_t{status.background_tasks()});
  to.text("status.tool", status.tool_name().value_or(""));
}

}  // namespace

atm_attr attribute_of(std::string_view key, const FactValue& value) {
  return {str_of(key), std::visit(ToValue{}, value)};
}

const atm_session& SessionAttributes::of(const SessionState& state) {
  const SessionDomain& domain = state.domain;
  agent_type_ = domain.agent_type.str();
  Appender to(known_);
  to.text("agent_type", agent_type_);
  to.text("agent_version",
          domain.agent_version ? std::string_view(*domain.agent_version) : std::string_view{});
  append_context(to, domain.context);
  if (!domain.cost_source.empty()) to.integer("cost.total_usd_micros", domain.cost.microdollars());
  to.text("cwd", domain.working_directory ? std::string_view(*domain.working_directory) : std::string_view{});
  to.count("duration.api_ms", domain.duration.api_ms);
  to.count("duration.total_ms", domain.duration.total_ms);
  to.flag("finished", domain.finished);
  to.count("lines.added", domain.lines_changed.added);
  to.count("lines.removed", domain.lines_changed.removed);
  to.text("model.id", domain.model.id);
  to.text("model.name", domain.model.name());
  append_status(to, domain);
  to.count("subagents", std::uint64_t{domain.subagents.size()});
  to.count("turns", state.fold_state.prompts);
  merge_facts(domain.facts);

  view_.size = sizeof view_;
  view_.rev = domain.rev;
  view_.id = str_of(domain.id.view());
  view_.agent = str_of(domain.agent);
  view_.started_at_ns = domain.started_at.time_since_epoch().count();
  view_.last_activity_ns = domain.last_activity.time_since_epoch().count();
  view_.attrs = merged_.data();
  view_.attr_count = merged_.size();
  return view_;
}

void SessionAttributes::merge_facts(const Facts& facts) {
  if (!has_same_keys(facts)) find_order(facts);
  merged_.resize(order_.size());
  std::transform(order_.begin(), order_.end(), merged_.begin(), [&](std::size_t index) {
    if (index < known_.size()) return known_[index];
    const Facts::Entry& fact = facts.begin()[static_cast<std::ptrdiff_t>(index - known_.size())];
    return attribute_of(fact.key.view(), fact.value);
  });
}

bool SessionAttributes::has_same_keys(const Facts& facts) const noexcept {
  return std::equal(merged_known_.begin(), merged_known_.end(), known_.begin(), known_.end(),
                    [](const char* key, const atm_attr& attr) { return key == attr.key.data; }) &&
         std::equal(merged_facts_.begin(), merged_facts_.end(), facts.begin(), facts.end(),
                    [](const FactKey& key, const Facts::Entry& fact) { return key == fact.key; });
}

void SessionAttributes::find_order(const Facts& facts) {
  merged_known_.clear();
  merged_facts_.clear();
  order_.clear();
  for (const atm_attr& attr : known_) merged_known_.push_back(attr.key.data);
  std::size_t known = 0;
  std::size_t index = known_.size();
  for (const Facts::Entry& fact : facts) {
    merged_facts_.push_back(fact.key);
    for (; known < known_.size() && text_of(known_[known].key) < fact.key.view(); ++known)
      order_.push_back(static_cast<std::uint16_t>(known));
    const bool is_shadowed = known < known_.size() && text_of(known_[known].key) == fact.key.view();
    if (!is_shadowed) order_.push_back(static_cast<std::uint16_t>(index));
    ++index;
  }
  for (; known < known_.size(); ++known) order_.push_back(static_cast<std::uint16_t>(known));
}

}  // namespace atm::kernel
