// SPDX-License-Identifier: MIT
#pragma once

#include <atm/json.hpp>
#include <atm/plugin/interfaces.hpp>
#include <string_view>

namespace manifest {

/// Passes on the observations of an agent that states them itself: one object, or an array of at most 256. One that
/// breaks a rule of docs/specs/observations.md refuses the whole record. [any]
atm::Status parse_observations(std::string_view agent, const atm::Record& record,
                               const atm::json::Value& payload, const atm::ObservationSink& sink,
                               atm::ErrorText& error);

}  // namespace manifest
