// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string_view>

namespace unix_socket {

/// The members of an `ingest` line as views into the line.
struct Envelope {
  std::string_view channel;
  std::string_view payload;  ///< an object or array with balanced brackets, otherwise unchecked
  std::string_view context;  ///< likewise an object; empty: none
  std::string_view id;       ///< a JSON string or integer for the reply; empty: none
  bool ack = false;
};

/// Splits a plain `ingest` line in one pass, so that only the parser plugin parses the payload. Absent for every other
/// line (an escape outside the payload, a repeated or unknown member, a text payload); the caller then parses it in
/// full. The line must be UTF-8. [any]
[[nodiscard]] std::optional<Envelope> parse_ingest_envelope(std::string_view line) noexcept;

}  // namespace unix_socket
