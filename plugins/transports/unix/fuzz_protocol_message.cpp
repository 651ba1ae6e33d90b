// SPDX-License-Identifier: MIT
// Parses one line with both readers and parse_ingest_envelope(). A parsed message must survive writing and reading.
#include <atm/protocol/client_message_reader.hpp>
#include <atm/protocol/client_message_writer.hpp>
#include <atm/protocol/daemon_message_reader.hpp>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <variant>

using namespace atm::protocol;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view line(reinterpret_cast<const char*>(data), size);
  static ClientMessageReader client;
  static DaemonMessageReader daemon;
  static_cast<void>(daemon.read(line));
  auto read = client.read(line);
  const auto* request = std::get_if<Request>(&read);
  if (request == nullptr) return 0;
  std::string written;
  append_client_message(written, request->message, request->id);
  auto again = client.read(written);
  if (!std::holds_alternative<Request>(again)) std::abort();
  if (std::get<Request>(again).message.index() != request->message.index()) std::abort();
  return 0;
}
