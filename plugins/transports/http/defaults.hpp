// SPDX-License-Identifier: MIT
// Limits of the transport that no configuration changes.
#pragma once

#include <chrono>
#include <cstddef>

namespace http_ingest {

inline constexpr std::size_t kMaxConnections = 128;
inline constexpr std::size_t kBodyBytes = 1024 * 1024;
inline constexpr std::size_t kHeaderBytes = 8 * 1024;
/// Time limit to receive a request, and to send its answer.
inline constexpr std::chrono::milliseconds kRequestTime{5000};
inline constexpr std::chrono::milliseconds kIdleTime{
    60'000};  ///< how long a connection without a request stays open
inline constexpr std::chrono::milliseconds kBusyTime{
    500};  ///< how long a request waits while the registry is full

}  // namespace http_ingest
