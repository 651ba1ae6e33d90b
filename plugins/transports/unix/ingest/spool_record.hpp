// SPDX-License-Identifier: MIT
#pragma once

#include <atm/protocol/client_message_reader.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <variant>

#include "ingest/record_context.hpp"

namespace unix_socket {

/// The group of channels that wait together while one of them is paused: those of one agent, such as `claude_code/hook`
/// and `claude_code/statusline`. A hash; with a collision two agents only wait longer. [any]
[[nodiscard]] inline std::size_t group_of(std::string_view channel) noexcept {
  return std::hash<std::string_view>()(channel.substr(0, channel.find('/')));
}

/// Reads a line of the spool: an `ingest` message. One at a time; reuses its memory. [transport]
class SpoolRecord final {
 public:
  /// False if it is not a whole record. The views below are valid until the next call and while `line` exists.
  [[nodiscard]] bool read(std::string_view line);

  [[nodiscard]] std::string_view channel() const noexcept { return channel_; }
  [[nodiscard]] std::string_view payload() const noexcept { return payload_; }
  [[nodiscard]] atm::Attrs attrs() const noexcept { return context_.attrs(); }
  /// The time of the record, Unix nanoseconds; absent if the record has none.
  [[nodiscard]] std::optional<std::int64_t> time_ns() const noexcept { return context_.time_ns(); }

 private:
  atm::protocol::ClientMessageReader reader_;
  std::variant<atm::protocol::Request, atm::protocol::Rejection> read_;
  RecordContext context_;
  std::string_view channel_;
  std::string_view payload_;
};

}  // namespace unix_socket
