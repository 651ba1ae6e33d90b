// SPDX-License-Identifier: MIT
// Copies of values that crossed the ABI. A test can store and compare them.
#pragma once

#include <atm/plugin/values.hpp>
#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

namespace atm::testing {

/// A value of any kind; std::monostate is the kind NONE.
using OwnedValue = std::variant<std::monostate, bool, std::int64_t, double, std::string>;
/// Attributes by key.
using OwnedAttrs = std::map<std::string, OwnedValue, std::less<>>;

/// Copies a value. An unknown kind gives std::monostate. [any]
[[nodiscard]] inline OwnedValue own(const atm_value& value) {
  switch (value.kind) {
    case ATM_VALUE_BOOL:
      return value.as.i != 0;
    case ATM_VALUE_INT:
      return value.as.i;
    case ATM_VALUE_DOUBLE:
      return value.as.d;
    case ATM_VALUE_STR:
      return std::string(to_view(value.as.s));
    default:
      return std::monostate{};
  }
}

/// Copies a list. If a key occurs twice, the last one counts. [any]
[[nodiscard]] inline OwnedAttrs own(Attrs attrs) {
  OwnedAttrs out;
  for (const atm_attr& a : attrs) out.insert_or_assign(std::string(to_view(a.key)), own(a.value));
  return out;
}

/// The C form; it points into `attrs`, which must outlive it. Values of kind NONE are left out. [any]
[[nodiscard]] inline std::vector<atm_attr> borrow(const OwnedAttrs& attrs) {
  std::vector<atm_attr> out;
  // std::get_if selects exactly one of the four kinds.
  for (const auto& [key, value] : attrs) {
    if (const auto* b = std::get_if<bool>(&value)) out.push_back(attr(key, *b));
    if (const auto* i = std::get_if<std::int64_t>(&value)) out.push_back(attr(key, *i));
    if (const auto* d = std::get_if<double>(&value)) out.push_back(attr(key, *d));
    if (const auto* s = std::get_if<std::string>(&value)) out.push_back(attr(key, std::string_view(*s)));
  }
  return out;
}

/// An observation; times are Unix time in nanoseconds.
struct OwnedObservation {
  std::string type;
  std::string session;
  std::string agent;
  /// Id of the subagent; empty: the main thread.
  std::string actor;
  /// As the plugin set it; the daemon would replace it by the record's channel.
  std::string origin;
  /// Unix time in nanoseconds.
  std::int64_t time_ns = 0;
  OwnedAttrs attrs;

  /// Copies the borrowed form.
  static OwnedObservation copy(const atm_observation& o) {
    return {std::string(to_view(o.type)),     std::string(to_view(o.session)), std::string(to_view(o.agent)),
            std::string(to_view(o.actor)),    std::string(to_view(o.origin)),  o.time_ns,
            own(Attrs(o.attrs, o.attr_count))};
  }
};

/// A record, as a test passes it to PluginInstance::parse().
struct OwnedRecord {
  /// For example `echo/hook`.
  std::string channel;
  /// The agent's bytes; UTF-8 as in the daemon, which the test must ensure.
  std::string payload;
  /// Attributes of the sender.
  OwnedAttrs context;
  /// Unix time in nanoseconds.
  std::int64_t time_ns = 0;
};

}  // namespace atm::testing
