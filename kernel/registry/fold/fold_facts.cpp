// SPDX-License-Identifier: MIT
// Values outside the vocabulary, kept as facts under `agent.`.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "kernel/registry/fold/fold_rules.hpp"

namespace atm::kernel::rules {
namespace {

constexpr std::string_view kFactPrefix = "agent.";

/// The key of a fact under `agent.`, built without an allocation.
class AgentFactKey final {
 public:
  explicit AgentFactKey(std::string_view name) noexcept : size_(kFactPrefix.size() + name.size()) {
    std::memcpy(buffer_.data(), kFactPrefix.data(), kFactPrefix.size());
    std::memcpy(buffer_.data() + kFactPrefix.size(), name.data(), name.size());
  }
  [[nodiscard]] std::string_view view() const noexcept { return {buffer_.data(), size_}; }

 private:
  std::array<char, kFactPrefix.size() + Observation::kMaxKeyBytes> buffer_;
  std::size_t size_;
};

/// Facts::find(), which first looks where the attribute with this index was found last: the attributes of an agent arrive
/// in the same order in each report, and its sessions have the same facts.
const FactValue* find_fact(const Facts& facts, std::string_view key, std::size_t index) {
  thread_local std::array<std::uint8_t, Observation::kMaxAttributes> places{};
  const std::size_t place = places[index];
  if (place < facts.size()) {
    const Facts::Entry& there = facts.begin()[static_cast<std::ptrdiff_t>(place)];
    if (there.key.view() == key) return &there.value;
  }
  const FactValue* const found = facts.find(key);
  if (found != nullptr) {
    const auto at = std::find_if(facts.begin(), facts.end(),
                                 [found](const Facts::Entry& entry) { return &entry.value == found; });
    places[index] = static_cast<std::uint8_t>(at - facts.begin());
  }
  return found;
}

}  // namespace

bool is_same_value(const FactValue& fact, const atm_value& value) noexcept {
  switch (value.kind) {
    case ATM_VALUE_BOOL: {
      const bool* known = std::get_if<bool>(&fact);
      return known != nullptr && *known == (value.as.i != 0);
    }
    case ATM_VALUE_INT: {
      const std::int64_t* known = std::get_if<std::int64_t>(&fact);
      return known != nullptr && *known == value.as.i;
    }
    case ATM_VALUE_DOUBLE: {
      const double* known = std::get_if<double>(&fact);
      return known != nullptr && *known == value.as.d;
    }
    default: {
      const std::string* known = std::get_if<std::string>(&fact);
      return known != nullptr && *known == utf8_cut(text_of(value.as.s), kMaxWordBytes);
    }
  }
}

FactValue fact_from(const atm_value& value) {
  if (value.kind == ATM_VALUE_BOOL) return value.as.i != 0;
  if (value.kind == ATM_VALUE_INT) return std::int64_t{value.as.i};
  if (value.kind == ATM_VALUE_DOUBLE) return value.as.d;
  return std::string(utf8_cut(text_of(value.as.s), kMaxWordBytes));
}

void keep_as_fact(Step& step, std::size_t index) {
  const atm_attr& attr = step.observation.attr(index);
  if (attr.value.kind == ATM_VALUE_NONE) return;
  const AgentFactKey name(text_of(attr.key));
  const std::string_view key = name.view();
  Facts& facts = step.state.domain.facts;
  const FactValue* known = find_fact(facts, key, index);
  if (known != nullptr && is_same_value(*known, attr.value)) return;
  if (known == nullptr) {
    if (step.fold_state().agent_facts == kMaxAgentFacts) return;
    ++step.fold_state().agent_facts;
  }
  facts.set(key, fact_from(attr.value));
}

bool is_known_fact(const SessionState& state, const Observation& report, std::size_t index) noexcept {
  const atm_attr& attr = report.attr(index);
  if (attr.value.kind == ATM_VALUE_NONE) return true;
  const FactValue* known = find_fact(state.domain.facts, AgentFactKey(text_of(attr.key)).view(), index);
  return known == nullptr ? state.fold_state.agent_facts == kMaxAgentFacts
                          : is_same_value(*known, attr.value);
}

}  // namespace atm::kernel::rules
