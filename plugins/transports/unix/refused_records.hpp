// SPDX-License-Identifier: MIT
#pragma once

#include <atm/protocol/client_message_reader.hpp>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace unix_socket {

/// Everything that the peer of a connection has sent. The peer can send no more: a hook whose record is not whole here
/// leaves it in the spool itself.
[[nodiscard]] std::string take_what_was_sent(int socket);

/// The `ingest` messages among the lines of a connection whose senders expect no answer: they count them as delivered.
/// None without a hello that is understood. The result refers to `sent`.
[[nodiscard]] std::vector<std::string_view> unanswered_records(std::string_view sent,
                                                               atm::protocol::ClientMessageReader& reader);

/// Appends a record to the spool as a hook does (docs/specs/protocol.md, WIRE-P2). False: nothing of it was written.
[[nodiscard]] bool append_to_spool(const std::string& directory, std::string_view record);

}  // namespace unix_socket
