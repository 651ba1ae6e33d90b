// SPDX-License-Identifier: MIT
#include "ingest/spool_record.hpp"

#include <atm/domain/utf8.hpp>

#include "ingest/envelope.hpp"

namespace unix_socket {

bool SpoolRecord::read(std::string_view line) {
  context_.clear();
  if (line.empty() || !atm::utf8_valid(line)) return false;
  std::string_view context;
  if (const auto envelope = parse_ingest_envelope(line)) {
    channel_ = envelope->channel;
    payload_ = envelope->payload;
    context = envelope->context;
  } else {
    read_ = reader_.read(line);
    const auto* request = std::get_if<atm::protocol::Request>(&read_);
    const auto* ingest = request == nullptr ? nullptr : std::get_if<atm::protocol::Ingest>(&request->message);
    if (ingest == nullptr) return false;
    channel_ = ingest->channel;
    payload_ = ingest->payload;
    context = ingest->context;
  }
  return context.empty() || context_.read(context);
}

}  // namespace unix_socket
