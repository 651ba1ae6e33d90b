// SPDX-License-Identifier: MIT
// Topics of publications (docs/specs/zmq.md, §2).
#pragma once

#include <string>
#include <string_view>

namespace zeromq {

inline constexpr std::string_view kRoot = "atm/1/";
inline constexpr std::string_view kHeartbeatTopic = "atm/1/heartbeat";
inline constexpr std::string_view kGapTopic = "atm/1/gap";

/// `atm/1/session/<id>/<event>`. In the id, a slash, a percent sign, a space and control bytes become %XX.
[[nodiscard]] std::string session_topic(std::string_view session, std::string_view event);

/// Whether a subscription to `prefix` can match a topic of this plugin.
[[nodiscard]] bool concerns_us(std::string_view prefix);

}  // namespace zeromq
