// SPDX-License-Identifier: MIT
// Converts one hook event to an observation.
#pragma once

#include <atm/json.hpp>
#include <atm/plugin/interfaces.hpp>
#include <cstdint>
#include <optional>
#include <string_view>

#include "event_type.hpp"
#include "fields.hpp"
#include "process.hpp"

namespace claude_code {

struct Options {
  /// Emit the start of a tool's command or path as `detail`.
  bool include_tool_detail = false;
};

/// The unfinished observation. Text borrows from the payload, the record's context or this.
struct Draft {
  const atm::json::Value& payload;
  const atm::Attrs context;
  const Options options;
  const PassThroughType pass_through;
  std::string_view type{};
  std::string_view actor{};
  std::optional<ClientVersion> version{};
  Attributes attrs{};

  /// This event has no meaning in the common vocabulary.
  void pass() noexcept { type = pass_through.text(); }
};

/// The relation between an event's session and its process.
enum class Binding : std::uint8_t {
  kShared,     ///< the process has this session, and possibly others
  kExclusive,  ///< the process has only this session: the session or its turn starts
  kReleased,   ///< the process no longer has this session, and may have the next one
};

/// A known event.
struct Event {
  std::string_view name;  ///< the event's name
  std::string_view type;  ///< of the observation; empty: passed through
  Fields fields = {};
  void (*refine)(Draft&) = nullptr;  ///< computes what a table cannot express
  Binding binding = Binding::kShared;
};

/// nullptr for an unknown event.
[[nodiscard]] const Event* find_event(std::string_view name) noexcept;

/// Emits the process of a hook, if its context has one, and the meaning of the event. `head` has session, origin and
/// time.
atm::Status emit_hook(std::string_view event_name, const atm::json::Value& payload, atm::Attrs context,
                      Options options, const atm::ObservationHead& head, const atm::ObservationSink& sink);

}  // namespace claude_code
