// SPDX-License-Identifier: MIT
// The detail of a status: a word and its arguments (state.md, section 9).
#include "kernel/registry/fold/fold_rules.hpp"

namespace atm::kernel::rules {
namespace {

constexpr std::size_t kMaxArgs = 8;
constexpr std::string_view kArgPrefix = "detail.";

/// The name of an argument; empty for any other attribute.
std::string_view arg_name(const atm_attr& attr) noexcept {
  const std::string_view key = text_of(attr.key);
  const bool is_arg = key.starts_with(kArgPrefix) && attr.value.kind != ATM_VALUE_NONE;
  return is_arg ? key.substr(kArgPrefix.size()) : std::string_view();
}

bool has_arg(const Facts& args, std::string_view name, const atm_value& value) noexcept {
  const FactValue* known = args.find(name);
  return known != nullptr && is_same_value(*known, value);
}

std::string_view word_in(const Observation& observation) noexcept {
  return utf8_cut(observation.text(Key::kDetail), kMaxWordBytes);
}

const StatusDetail* detail_of(const SessionState& state) noexcept {
  static const StatusDetail stopped{"stopped", {}};
  const FoldState& fold_state = state.fold_state;
  if (fold_state.ended || fold_state.stale) return nullptr;
  if (fold_state.stopped) return &stopped;
  const bool is_said = fold_state.level.detail && stance_of_level(fold_state.level, state) == Stance::kAgrees;
  return is_said ? &*fold_state.level.detail : nullptr;
}

/// What the registry itself derives: the kind of a permission, a retry, an abortion (STATE-D3 to STATE-D5).
std::optional<StatusDetail> derived_detail(const SessionState& state) {
  const FoldState& fold_state = state.fold_state;
  if (fold_state.ended || fold_state.stale) return std::nullopt;
  if (const OpenWait* wait = oldest_wait(fold_state)) {
    if (wait->kind.empty()) return std::nullopt;
    return StatusDetail{wait->kind, {}};
  }
  if (fold_state.compacting) return std::nullopt;
  if (fold_state.turn == Turn::kOpen && fold_state.failed_request) {
    const FailedRequest& failed = *fold_state.failed_request;
    StatusDetail detail{"retrying", {}};
    if (failed.attempt) detail.args.set("attempt", *failed.attempt);
    if (failed.next_at) detail.args.set("next", to_rfc3339(*failed.next_at));
    return detail;
  }
  if (fold_state.turn != Turn::kClosed || fold_state.abort_reason.empty()) return std::nullopt;
  StatusDetail detail{"aborted", {}};
  detail.args.set("reason", fold_state.abort_reason);
  return detail;
}

}  // namespace

bool is_known_detail(const Rare<StatusDetail>& known, const Observation& observation) noexcept {
  const std::string_view word = word_in(observation);
  if (!known) return word.empty();
  if (known->word != word) return false;
  std::size_t args = 0;
  for (std::size_t i = 0; i < observation.size() && args < kMaxArgs; ++i) {
    const std::string_view name = arg_name(observation.attr(i));
    if (name.empty()) continue;
    if (!has_arg(known->args, name, observation.attr(i).value)) return false;
    ++args;
  }
  return args == known->args.size();
}

void take_detail(Step& step) {
  const Observation& observation = step.observation;
  Rare<StatusDetail>& detail = step.fold_state().level.detail;
  if (is_known_detail(detail, observation)) return;
  detail.reset();
  const std::string_view word = word_in(observation);
  if (word.empty()) return;
  Facts& args = detail.emplace(StatusDetail{std::string(word), {}}).args;
  for (std::size_t i = 0; i < observation.size() && args.size() < kMaxArgs; ++i) {
    const std::string_view name = arg_name(observation.attr(i));
    if (!name.empty()) args.set(name, fact_from(observation.attr(i).value));
  }
}

void settle_detail(SessionState& state, Change& change) {
  Rare<StatusDetail>& shown = state.domain.detail;
  const StatusDetail* wanted = detail_of(state);
  const auto derived = wanted == nullptr ? derived_detail(state) : std::nullopt;
  if (derived) wanted = &*derived;
  if (wanted == nullptr) {
    change.shown = change.shown || shown.has_value();
    shown.reset();
  } else if (!(shown == *wanted)) {
    shown = *wanted;
    change.shown = true;
  }
}

}  // namespace atm::kernel::rules
