// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string_view>

namespace unix_socket {

/// An `ingest` line taken apart without a document; the views lie in the line.
struct Envelope {
  std::string_view channel;
  std::string_view payload;  ///< an object or array with balanced brackets; nothing else of it was looked at
  std::string_view context;  ///< the same, an object; empty: none
  std::string_view id;       ///< a JSON string or integer, to be echoed; empty: none
  bool ack = false;
};

/// One pass over a plain `ingest` line, so that the payload is parsed once, by the plugin that understands
/// it. Absent for anything out of the ordinary (an escape outside the payload, a member twice or unknown, a
/// payload that is text): the caller then parses the line in full and finds out what it is. The line must be
/// UTF-8. [any]
[[nodiscard]] std::optional<Envelope> parse_ingest_envelope(std::string_view line) noexcept;

}  // namespace unix_socket
