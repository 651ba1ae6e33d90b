// SPDX-License-Identifier: MIT
// What a store may keep: the vocabulary, without the texts that can contain a prompt or the content of a tool.
#pragma once

#include <atm/abi.h>

#include <algorithm>
#include <atm/domain/facts.hpp>
#include <cstdint>
#include <string_view>
#include <variant>

#include "kernel/model/vocabulary.hpp"

namespace atm::kernel {

/// The name under which every type outside the vocabulary is stored: an agent's unknown event may be any text.
inline constexpr std::string_view kOtherTypeName = "other";

/// atm_stored.learnt of a timeout: whether it made the status uncertain, which depends on the manifest of that time.
inline constexpr std::string_view kDoubted = "d";
inline constexpr std::string_view kNotDoubted = "n";

/// Of other types, only the flags that the fold reads of every type.
[[nodiscard]] constexpr bool is_stored(ObservationType type, Key key, std::uint32_t value_kind) noexcept {
  if (type == ObservationType::kOther)
    return value_kind == ATM_VALUE_BOOL && (key == Key::kRecorded || key == Key::kLate || key == Key::kWeak);
  return key != Key::kOther && key != Key::kDetail && key != Key::kMessage && key != Key::kUnknown &&
         key != Key::kSessionName && key != Key::kSubagentName;
}

/// A type name as it is stored. The registry's own types are not in the vocabulary.
[[nodiscard]] inline std::string_view stored_type(std::string_view type, std::string_view origin) noexcept {
  if (type.empty() || origin == "registry") return type;
  const std::string_view name = type.substr(0, type.find(':'));  // `state.reported:busy`
  return observation_type(name) == ObservationType::kOther ? kOtherTypeName : type;
}

/// Facts of analyzers are stored if they are numbers, flags or single words; facts of the agent (`agent.`) are not.
[[nodiscard]] inline bool is_stored(std::string_view key, const FactValue& value) noexcept {
  constexpr std::size_t kMaxWord = 32;
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz0123456789_.-";
  if (key.starts_with("agent.")) return false;
  const auto* text = std::get_if<std::string>(&value);
  return text == nullptr ||
         (text->size() <= kMaxWord && text->find_first_not_of(kLetters) == std::string::npos);
}

}  // namespace atm::kernel
