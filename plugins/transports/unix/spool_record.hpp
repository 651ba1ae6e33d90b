// SPDX-License-Identifier: MIT
#pragma once

#include <atm/protocol/client_message_reader.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <variant>

#include "record_context.hpp"

namespace unix_socket {

/// Channels whose records wait for each other while one of them is paused: those of one agent, `claude_code/hook` and
/// `claude_code/statusline`. A hash; two agents with the same one only wait longer. [any]
[[nodiscard]] inline std::size_t group_of(std::string_view channel) noexcept {
  return std::hash<std::string_view>()(channel.substr(0, channel.find('/')));
}

/// Reads a line of the spool: an `ingest` message. One at a time; reuses its memory. [transport]
class SpoolRecord final {
 public:
  /// False: it is none, or only a part of one. The views below are good until the next call, and while `line`
  /// is.
  [[nodiscard]] bool read(std::string_view line);

  [[nodiscard]] std::string_view channel() const noexcept { return channel_; }
  [[nodiscard]] std::string_view payload() const noexcept { return payload_; }
  [[nodiscard]] atm::Attrs attrs() const noexcept { return context_.attrs(); }
  /// When it was written, Unix nanoseconds; what does not say is of no known time.
  [[nodiscard]] std::optional<std::int64_t> time_ns() const noexcept { return context_.time_ns(); }

 private:
  atm::protocol::ClientMessageReader reader_;
  std::variant<atm::protocol::Request, atm::protocol::Rejection> read_;
  RecordContext context_;
  std::string_view channel_;
  std::string_view payload_;
};

}  // namespace unix_socket
