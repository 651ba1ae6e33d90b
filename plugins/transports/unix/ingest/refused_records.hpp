// SPDX-License-Identifier: MIT
#pragma once

#include <atm/protocol/client_message_reader.hpp>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace unix_socket {

/// All bytes that the peer of a connection has sent. The peer can send no more: a hook whose record is incomplete here
/// writes it to the spool itself.
[[nodiscard]] std::string take_what_was_sent(int socket);

/// The `ingest` messages of a connection that request no reply: their senders regard them as delivered. None without a
/// valid hello. The result refers to `sent`.
[[nodiscard]] std::vector<std::string_view> unanswered_records(std::string_view sent,
                                                               atm::protocol::ClientMessageReader& reader);

/// Appends a record to the spool like a hook (docs/specs/protocol.md, WIRE-P2). False: nothing was written.
[[nodiscard]] bool append_to_spool(const std::string& directory, std::string_view record);

}  // namespace unix_socket
