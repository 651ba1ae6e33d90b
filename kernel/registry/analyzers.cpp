// SPDX-License-Identifier: MIT
#include "kernel/registry/analyzers.hpp"

#include <algorithm>
#include <array>
#include <atm/domain/utf8.hpp>
#include <bit>
#include <cmath>
#include <cstddef>
#include <optional>

#include "kernel/registry/stored_fields.hpp"
#include "kernel/system/breaker.hpp"
#include "kernel/system/call_site.hpp"
#include "kernel/system/call_timer.hpp"

namespace atm::kernel {
namespace {

std::size_t count_with_prefix(const Facts& facts, std::string_view prefix) {
  std::size_t count = 0;
  for (const auto& [key, value] : facts) count += key.view().starts_with(prefix) ? 1 : 0;
  return count;
}

}  // namespace

const std::vector<atm_attr>& Analyzers::run(SessionState& state, const Observation& observation) {
  changed_.clear();
  if (bindings_.empty()) return changed_;
  // All analyzers get the same view of the session, independent of their order.
  const atm_session& view = attributes_.of(state);
  used_ = 0;
  outcomes_.clear();
  for (AnalyzerBinding& binding : bindings_) {
    const std::size_t begin = used_;
    if (!call(binding, view, observation)) used_ = begin;
    outcomes_.push_back(used_);
  }
  std::size_t next = 0;
  for (std::size_t i = 0; i < bindings_.size(); ++i) {
    if (next != outcomes_[i])
      apply(text_of(bindings_[i].analyzer->prefix), next, outcomes_[i], state.domain.facts);
    next = outcomes_[i];
  }
  return changed_;
}

bool Analyzers::call(AnalyzerBinding& binding, const atm_session& view, const Observation& observation) {
  const std::int64_t begin = monotonic_ns_();
  const CallTimer timer(begin);
  if (binding.breaker != nullptr && !binding.breaker->admit(begin)) return false;
  ++calls_;
  prefix_ = text_of(binding.analyzer->prefix);
  std::array<char, 256> text;
  atm_error error{sizeof error, static_cast<std::uint32_t>(text.size()), 0, 0, text.data()};
  const atm_status status = guarded(binding, view, observation, error);
  if (status < 0) failed(binding, {text.data(), std::min<std::size_t>(error.length, text.size())});
  if (binding.breaker != nullptr) {
    const std::int64_t end = monotonic_ns_();
    const bool is_slow = timer.is_slow(end, binding.breaker->options().slow_ns);
    binding.breaker->report({status == ATM_E_INTERNAL, is_slow, end - begin}, end);
  }
  return status == ATM_OK;
}

atm_status Analyzers::guarded(const AnalyzerBinding& binding, const atm_session& view,
                              const Observation& observation, atm_error& error) noexcept {
  const atm_fact_sink sink{sizeof sink, 0, this, &Analyzers::set_fact};
  std::optional<CallScope> scope;
  if (binding.site != nullptr) scope.emplace(*binding.site);
  try {
    return binding.analyzer->analyze(binding.instance, &observation.view(), &view, &sink, &error);
  } catch (...) {
    return ATM_E_INTERNAL;
  }
}

void Analyzers::failed(AnalyzerBinding& binding, std::string_view text) {
  ++failures_;
  // A faulty analyzer fails for every observation and must not fill the log.
  if (std::has_single_bit(++binding.failures) && binding.on_failure)
    binding.on_failure(binding.failures, utf8_sanitize(text));
}

atm_status Analyzers::set_fact(void* self, const atm_attr* fact) {
  auto& analyzers = *static_cast<Analyzers*>(self);
  const atm_status status = analyzers.collect(*fact);
  if (status != ATM_OK) ++analyzers.facts_refused_;
  return status;
}

atm_status Analyzers::collect(const atm_attr& fact) {
  const std::string_view key = text_of(fact.key);
  if (key.size() <= prefix_.size() || key.size() > Observation::kMaxKeyBytes || !key.starts_with(prefix_) ||
      !utf8_valid(key)) {
    return ATM_E_INVALID;
  }
  const std::size_t begin = outcomes_.empty() ? 0 : outcomes_.back();
  if (used_ - begin == kMaxFacts) return ATM_E_FULL;
  if (used_ == facts_.size()) facts_.emplace_back();
  Fact& to = facts_[used_];
  switch (fact.value.kind) {
    case ATM_VALUE_NONE:
      break;
    case ATM_VALUE_BOOL:
      to.value = fact.value.as.i != 0;
      break;
    case ATM_VALUE_INT:
      to.value = std::int64_t{fact.value.as.i};
      break;
    case ATM_VALUE_DOUBLE:
      if (!std::isfinite(fact.value.as.d)) return ATM_E_INVALID;
      to.value = fact.value.as.d;
      break;
    case ATM_VALUE_STR: {
      const std::string_view text = text_of(fact.value.as.s);
      if (!utf8_valid(text)) return ATM_E_INVALID;
      if (!std::holds_alternative<std::string>(to.value)) to.value.emplace<std::string>();
      std::get<std::string>(to.value).assign(utf8_cut(text, kMaxFactTextBytes));
      break;
    }
    default:
      return ATM_E_INVALID;
  }
  to.key.assign(key);
  to.is_erased = fact.value.kind == ATM_VALUE_NONE;
  ++used_;
  return ATM_OK;
}

const FactValue* Analyzers::find(Fact& fact, const Facts& facts) {
  if (fact.place < facts.size()) {
    const Facts::Entry& there = facts.begin()[static_cast<std::ptrdiff_t>(fact.place)];
    if (there.key.view() == fact.key) return &there.value;
  }
  const FactValue* const found = facts.find(fact.key);
  const auto at = std::find_if(facts.begin(), facts.end(),
                               [found](const Facts::Entry& entry) { return &entry.value == found; });
  fact.place = static_cast<std::size_t>(at - facts.begin());
  return found;
}

void Analyzers::apply(std::string_view prefix, std::size_t begin, std::size_t end, Facts& facts) {
  for (std::size_t i = begin; i < end; ++i) {
    Fact& fact = facts_[i];
    if (fact.is_erased) {
      if (facts.erase(fact.key)) changed_.push_back({str_of(fact.key), {ATM_VALUE_NONE, 0, {0}}});
      continue;
    }
    const FactValue* known = find(fact, facts);
    if (known != nullptr && *known == fact.value) continue;
    if (known == nullptr && count_with_prefix(facts, prefix) >= kMaxFacts) {
      ++facts_refused_;
      continue;
    }
    known != nullptr ? facts.assign(fact.place, fact.value)
                     : static_cast<void>(facts.set(fact.key, fact.value));
    if (is_stored(fact.key, fact.value)) changed_.push_back(attribute_of(fact.key, fact.value));
  }
}

}  // namespace atm::kernel
