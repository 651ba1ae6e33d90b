// SPDX-License-Identifier: MIT
#include "context.hpp"

#include <atm/json.hpp>
#include <stdexcept>

#include "outlook.hpp"

namespace context {

namespace {

using atm::ContextUsage;

bool may_change_context(std::string_view type) noexcept {
  return type == "status.reported" || type == "prompt.submitted" || type == "turn.finished";
}

std::optional<std::uint64_t> count(atm::Attrs attrs, std::string_view key) noexcept {
  const auto value = attrs.integer(key);
  return value && *value >= 0 ? std::optional(static_cast<std::uint64_t>(*value)) : std::nullopt;
}

ContextUsage usage_of(atm::Attrs attrs) noexcept {
  ContextUsage usage;
  usage.cache_creation_tokens = count(attrs, "context.cache_creation_tokens");
  usage.cache_read_tokens = count(attrs, "context.cache_read_tokens");
  usage.current_input_tokens = count(attrs, "context.input_tokens");
  usage.used_percentage = attrs.number("context.used_percentage");
  usage.context_window_size = count(attrs, "context.window");
  return usage;
}

/// Sets a fact, or removes it if the value is absent.
template <class T>
void set(const atm::FactSink& sink, std::string_view key, const std::optional<T>& value) noexcept {
  static_cast<void>(value ? sink.set(key, *value) : sink.clear(key));
}

}  // namespace

Context::Context(const atm::Host&, std::string_view config_json) {
  atm::json::Reader reader;
  const atm::json::Value* config = reader.parse(config_json.empty() ? "{}" : config_json);
  if (config == nullptr || !config->IsObject())
    throw std::invalid_argument("context: the configuration is not an object");
  const auto read = [config](std::string_view name, double& threshold) {
    threshold = atm::json::get_double(*config, name).value_or(threshold);
  };
  read("elevated_percent", thresholds_.elevated);
  read("warning_percent", thresholds_.warning);
  read("critical_percent", thresholds_.critical);
  if (thresholds_.elevated > thresholds_.warning || thresholds_.warning > thresholds_.critical)
    throw std::invalid_argument(
        "context: the thresholds do not rise, expected elevated_percent <= warning_percent <= "
        "critical_percent; "
        "the defaults are 60, 80 and 90");
}

atm::Status Context::analyze(const atm::ObservationView& observation, const atm::SessionSnapshot& session,
                             const atm::FactSink& sink, atm::ErrorText&) {
  if (!may_change_context(observation.type)) return atm::Status::kSkip;
  const ContextUsage usage = usage_of(session.attrs);
  std::optional<std::string_view> level;
  std::string text;
  if (const auto percent = usage.usage_percentage()) {
    level = atm::context_warning_name(usage.level(thresholds_));
    text = message(usage.level(thresholds_), *percent);
  }
  set(sink, kLevel, level);
  set(sink, kMessage, text.empty() ? std::nullopt : std::optional<std::string_view>(text));
  std::optional<std::int64_t> remaining;
  if (const auto tokens = usage.remaining_tokens()) remaining = static_cast<std::int64_t>(*tokens);
  set(sink, kRemainingTokens, remaining);
  set(sink, kRemainingTurns, remaining_turns(usage, session.attrs.integer("turns").value_or(0)));
  set(sink, kCacheEfficiency, cache_efficiency(usage));
  return atm::Status::kOk;
}

}  // namespace context
