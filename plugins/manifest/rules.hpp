// SPDX-License-Identifier: MIT
// The compiled form of a manifest. The host has checked the manifest against its schema.
#pragma once

#include <atm/json.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace manifest {

/// The steps of a JSON Pointer.
using Pointer = std::vector<std::string>;

[[nodiscard]] Pointer parse_pointer(std::string_view text);

/// The value there; nullptr: none, or null.
[[nodiscard]] const atm::json::Value* resolve(const atm::json::Value& root, const Pointer& pointer);

enum class Verb : std::uint8_t { kTake, kLength, kCount, kPlus, kMinus };

struct Attribute {
  std::string key;
  std::uint32_t kind = 0;  ///< ATM_VALUE_* of the vocabulary
  Verb verb = Verb::kTake;
  std::vector<Pointer> at{};
  std::map<std::string, std::vector<std::string>, std::less<>> except{};  ///< of kCount
};

struct Fixed {
  std::string key;
  std::variant<bool, std::int64_t, double, std::string> value;
};

struct Condition {
  enum class Is : std::uint8_t { kText, kPresent, kAbsent };
  Pointer at;
  Is is = Is::kText;
  std::string text{};
};

enum class Binding : std::uint8_t { kShared, kSole, kNone };

struct Rule {
  std::vector<Condition> when{};
  bool is_skipped = false;
  std::string type{};
  std::vector<Fixed> set{};
  std::vector<Attribute> attributes{};
  std::optional<Pointer> actor{};  ///< empty: the main thread
  Binding binding = Binding::kShared;
};

/// A table that maps events to observations: hook, notify, or one of follow.
struct EventTable {
  std::optional<Pointer> session{};
  std::string session_text{};  ///< for messages
  std::vector<Pointer> event{};
  std::optional<Pointer> actor{};
  std::optional<Pointer> time{};
  std::vector<Attribute> always{};
  std::map<std::string, std::vector<Rule>, std::less<>> on{};
};

/// Files that the agent writes.
struct Follow {
  EventTable table{};
  std::vector<std::string> under{};  ///< as written: "${CODEX_HOME:-~/.codex}/sessions"
  std::string glob{};                ///< empty: only files that a session names
  std::size_t newest = 20;
  std::optional<Pointer> head_session{};
  std::optional<Pointer> head_actor{};
  std::optional<Pointer> head_actor_if{};
};

struct AgentRules {
  std::string id;
  std::vector<std::string> programs{};
  std::optional<EventTable> hook{};
  std::optional<EventTable> notify{};
  std::vector<Follow> follows{};
};

[[nodiscard]] AgentRules compile(const atm::json::Value& manifest);

}  // namespace manifest
