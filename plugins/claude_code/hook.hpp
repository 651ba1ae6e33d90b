// SPDX-License-Identifier: MIT
// One hook event on its way to an observation.
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
  /// Let the beginning of a tool's command or path out of the parser, as `detail`.
  bool include_tool_detail = false;
};

/// What stands so far. Text borrows from the payload, the record's context or this.
struct Draft {
  const atm::json::Value& payload;
  const atm::Attrs context;
  const Options options;
  const PassThroughType pass_through;
  std::string_view type{};
  std::string_view actor{};
  std::optional<ClientVersion> version{};
  Attributes attrs{};

  /// The event means nothing to the common vocabulary, for this once.
  void pass() noexcept { type = pass_through.text(); }
};

/// What an event says of the process it came from.
enum class Binding : std::uint8_t {
  kShared,     ///< it holds this session
  kExclusive,  ///< this one, and no other: the session or its turn begins
  kReleased,   ///< this one no more; the process may be in the next one already
};

/// An event of the vendor's list.
struct Event {
  std::string_view name;  ///< the vendor's
  std::string_view type;  ///< of the observation; empty: passed through
  Fields fields = {};
  void (*refine)(Draft&) = nullptr;  ///< what a table cannot say
  Binding binding = Binding::kShared;
};

/// nullptr for an event this version does not know.
[[nodiscard]] const Event* find_event(std::string_view name) noexcept;

/// Emits the process of a hook, if its context has one, and what the event means. `head` gives session, origin and
/// time.
atm::Status emit_hook(std::string_view event_name, const atm::json::Value& payload, atm::Attrs context,
                      Options options, const atm::ObservationHead& head, const atm::ObservationSink& sink);

}  // namespace claude_code
