// SPDX-License-Identifier: MIT
#include "cost.hpp"

#include <atm/domain/exhaustion.hpp>
#include <atm/json.hpp>
#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>

#include "rate.hpp"

namespace cost {

namespace {

using atm::Money;

void set_or_clear(const atm::FactSink& sink, std::string_view key,
                  const std::optional<Money>& value) noexcept {
  static_cast<void>(value ? sink.set(key, value->as_usd()) : sink.clear(key));
}

// A report without a limit says nothing about it.
void set_exhaustion(const atm::ObservationView& observation, const atm::FactSink& sink) {
  for (const atm::LimitWindow& window : atm::kLimitWindows) {
    const std::string limit = "limits." + std::string(window.name);
    const auto percent = observation.attrs.number(limit + ".used_percentage");
    const auto resets_at = observation.attrs.integer(limit + ".resets_at");
    if (!percent || !resets_at) continue;
    constexpr std::int64_t kNanosPerSecond = 1'000'000'000;
    const auto full =
        atm::exhaustion(*percent, *resets_at, window.length, observation.time_ns / kNanosPerSecond);
    const std::string fact = "cost." + std::string(window.name);
    static_cast<void>(full ? sink.set(fact + ".full_at", full->at) : sink.clear(fact + ".full_at"));
    static_cast<void>(full ? sink.set(fact + ".full_error_s", full->error)
                           : sink.clear(fact + ".full_error_s"));
  }
}

}  // namespace

Cost::Cost(const atm::Host&, std::string_view config_json) {
  atm::json::Reader reader;
  const atm::json::Value* config = reader.parse(config_json.empty() ? "{}" : config_json);
  if (config == nullptr || !config->IsObject())
    throw std::invalid_argument("cost: the configuration is not an object");
  target_hours_ = atm::json::get_double(*config, "target_hours").value_or(target_hours_);
  budgets_ = Budgets(*config);
}

atm::Status Cost::analyze(const atm::ObservationView& observation, const atm::SessionSnapshot& session,
                          const atm::FactSink& sink, atm::ErrorText&) {
  if (observation.type != "status.reported") return atm::Status::kSkip;
  const auto micros = session.attrs.integer("cost.total_usd_micros");
  const std::chrono::milliseconds duration(session.attrs.integer("duration.total_ms").value_or(0));
  const std::optional<Money> cost = micros ? std::optional(Money::from_microdollars(*micros)) : std::nullopt;
  const auto rate = cost ? hourly_rate(*cost, duration) : std::nullopt;
  set_or_clear(sink, kHourlyRate, rate);
  set_or_clear(sink, kProjected, cost ? project_cost(*cost, duration, target_hours_) : std::nullopt);
  static_cast<void>(rate ? sink.set(kRateSource, std::string_view("agent")) : sink.clear(kRateSource));
  if (cost) budgets_.report(observation, session, *cost, sink);
  set_exhaustion(observation, sink);
  return atm::Status::kOk;
}

}  // namespace cost
