// SPDX-License-Identifier: MIT
// The observation object of an `activity` message (docs/specs/protocol.md, section 6).
#pragma once

#include <atm/abi.h>

#include <atm/json.hpp>
#include <atm/protocol/received_message.hpp>
#include <atm/protocol/session_reader.hpp>
#include <atm/protocol/session_writer.hpp>
#include <string_view>
#include <utility>

namespace atm::protocol {

/// Writes {type, session_id, agent, actor?, origin?, time, attrs: {KEY: value}}. Keys stay dotted; values of kind NONE
/// are left out. Texts must be UTF-8. [any]
inline void write_observation(json::Writer& writer, const atm_observation& observation) {
  // {NULL, 0} is the empty text.
  const auto view = [](atm_str text) {
    return text.data == nullptr ? std::string_view{} : std::string_view(text.data, text.size);
  };
  writer.StartObject();
  detail::MemberWriter out(writer);
  out.text("type", view(observation.type));
  out.text("session_id", view(observation.session));
  out.text("agent", view(observation.agent));
  out.text_if("actor", view(observation.actor));
  out.text_if("origin", view(observation.origin));
  out.time("time", Timestamp(std::chrono::nanoseconds(observation.time_ns)));
  // Present even if empty.
  out.begin("attrs");
  for (std::uint64_t i = 0; i < observation.attr_count; ++i) {
    const atm_attr& attr = observation.attrs[i];
    // A kind of a newer ABI is left out, as NONE is.
    switch (attr.value.kind) {
      case ATM_VALUE_BOOL:
        out.flag(view(attr.key), attr.value.as.i != 0);
        break;
      case ATM_VALUE_INT:
        out.number(view(attr.key), attr.value.as.i);
        break;
      case ATM_VALUE_DOUBLE:
        out.number(view(attr.key), attr.value.as.d);
        break;
      case ATM_VALUE_STR:
        out.text(view(attr.key), view(attr.value.as.s));
        break;
      default:
        break;
    }
  }
  out.end();
  writer.EndObject();
}

/// Reads an observation object. Missing and ill-typed members stay empty; it never fails. [any]
[[nodiscard]] inline ObservationData read_observation(const json::Value& from) {
  ObservationData data;
  data.type = detail::read_text(from, "type").value_or("");
  data.session_id = detail::read_text(from, "session_id").value_or("");
  data.agent = detail::read_text(from, "agent").value_or("");
  data.actor = detail::read_text(from, "actor").value_or("");
  data.origin = detail::read_text(from, "origin").value_or("");
  // An observation without a time is still delivered.
  data.time = detail::read_time(from, "time").value_or(Timestamp{});
  if (const json::Value* attrs = json::get_object(from, "attrs")) {
    for (const auto& attr : attrs->GetObject()) {
      // A value that is an array, an object or null is left out.
      if (auto value = detail::read_fact(attr.value))
        data.attrs.set(json::text_of(attr.name), std::move(*value));
    }
  }
  return data;
}

}  // namespace atm::protocol
