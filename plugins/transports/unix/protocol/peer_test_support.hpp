// SPDX-License-Identifier: MIT
// The protocol without a socket: bytes in, bytes out; the test controls when the host answers.
#pragma once

#include <atm/testing.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "protocol/peer.hpp"
#include "support/text.hpp"

namespace unix_socket::test {

using atm::test::contains;

inline const std::string kHello = R"({"type":"hello","protocol_version":{"major":1,"minor":0}})"
                                  "\n";
inline const std::string kIngest = R"({"type":"ingest","channel":"c/h","payload":{"a":1}})"
                                   "\n";

/// A client of the protocol, and the daemon's side of its connection.
class PeerFixture final {
 public:
  explicit PeerFixture(const Settings& settings = {})
      : inbox(std::make_shared<CrossThreadQueue>([] {})),
        context(atm::Host(host.c()), settings, inbox),
        client(context, 1) {}

  void send(std::string_view bytes) {
    client.receive(bytes);
    settle();
  }
  /// Does the work of the server loop.
  void settle() {
    bool is_over = false;
    while (!is_over) {
      std::vector<PeerMessage> deliveries = inbox->take();
      for (PeerMessage& message : deliveries) client.deliver(std::move(message));
      is_over = !client.advance() && deliveries.empty();
    }
  }
  std::string read(std::size_t most = SIZE_MAX) {
    std::string text;
    while (!client.output().is_empty() && text.size() < most) {
      const std::string_view front = client.output().front().substr(0, most - text.size());
      text += front;
      client.output().consume(front.size());
    }
    settle();
    return text;
  }

  atm::testing::FakeHost host;
  std::shared_ptr<CrossThreadQueue> inbox;
  ServerContext context;
  Peer client;
};

/// Does the work of the server loop without connections; returns the peer at the head of the queue, or 0.
inline std::uint64_t advance(Ingest& ingest) {
  if (ingest.is_search_due()) {
    static_cast<void>(ingest.search_all());
    ingest.searched(true);
  }
  return ingest.advance();
}

[[nodiscard]] inline Settings small() {
  Settings settings;
  settings.line_bytes = 2048;
  settings.out_bytes = 4096;
  settings.max_replies = 4;
  return settings;
}

[[nodiscard]] inline std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

}  // namespace unix_socket::test
