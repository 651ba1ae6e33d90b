// SPDX-License-Identifier: MIT
// The tables of <atm/vocabulary.h> in C++: the observation types that an agent may report, and the kinds of attributes.
#pragma once

#include <atm/abi.h>
#include <atm/vocabulary.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string_view>

namespace atm {

namespace detail {

#define ATM_ROW_(NAME, TEXT, REPORTER) std::string_view(#REPORTER) == "AGENT",
inline constexpr bool kIsOfAgents[] = {ATM_VOCABULARY_TYPES(ATM_ROW_)};
#undef ATM_ROW_
#define ATM_ROW_(NAME, TEXT, REPORTER) TEXT,
inline constexpr std::string_view kTypes[] = {ATM_VOCABULARY_TYPES(ATM_ROW_)};
#undef ATM_ROW_

inline constexpr std::size_t kAgentTypeCount =
    std::count(std::begin(kIsOfAgents), std::end(kIsOfAgents), true);

}  // namespace detail

/// The types of the vocabulary that describe an agent. The registry and its clients produce the others.
inline constexpr std::array<std::string_view, detail::kAgentTypeCount> kAgentObservationTypes = [] {
  std::array<std::string_view, detail::kAgentTypeCount> types;
  std::size_t count = 0;
  for (std::size_t i = 0; i < std::size(detail::kTypes); ++i) {
    if (detail::kIsOfAgents[i]) types[count++] = detail::kTypes[i];
  }
  return types;
}();

[[nodiscard]] constexpr bool is_agent_observation(std::string_view type) noexcept {
  return std::find(kAgentObservationTypes.begin(), kAgentObservationTypes.end(), type) !=
         kAgentObservationTypes.end();
}

namespace detail {

struct AttributeKind {
  std::string_view key;
  std::uint32_t kind;
};

#define ATM_ROW_(NAME, TEXT, KIND) {TEXT, KIND},
inline constexpr AttributeKind kAttributeKinds[] = {ATM_VOCABULARY_KEYS(ATM_ROW_)};
#undef ATM_ROW_
static_assert(std::is_sorted(std::begin(kAttributeKinds), std::end(kAttributeKinds),
                             [](const AttributeKind& a, const AttributeKind& b) { return a.key < b.key; }));

}  // namespace detail

/// The kind of value of an attribute, ATM_VALUE_*; ATM_VALUE_NONE: the vocabulary does not contain the key, and it may
/// have any kind. [any]
[[nodiscard]] constexpr std::uint32_t attribute_kind(std::string_view key) noexcept {
  if (key.starts_with("limits.")) {
    if (key.ends_with(".used_percentage")) return ATM_VALUE_DOUBLE;
    if (key.ends_with(".resets_at")) return ATM_VALUE_INT;
  }
  const auto* const end = std::end(detail::kAttributeKinds);
  const auto* const found =
      std::lower_bound(std::begin(detail::kAttributeKinds), end, key,
                       [](const detail::AttributeKind& one, std::string_view k) { return one.key < k; });
  return found != end && found->key == key ? found->kind : ATM_VALUE_NONE;
}

/// What a value of `kind` (ATM_VALUE_*) is, as an error message states it. [any]
[[nodiscard]] constexpr std::string_view expected_kind(std::uint32_t kind) noexcept {
  switch (kind) {
    case ATM_VALUE_BOOL:
      return "true or false";
    case ATM_VALUE_INT:
      return "an integer";
    case ATM_VALUE_DOUBLE:
      return "a number";
    case ATM_VALUE_NONE:
      return "a boolean, a number or text";
    default:
      return "text";
  }
}

}  // namespace atm
