// SPDX-License-Identifier: MIT
// Runs the whole protocol on bytes of a socket, split at the position that the first byte of the input sets.
#include <algorithm>
#include <atm/testing.hpp>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "protocol/peer.hpp"

using namespace unix_socket;

namespace {

/// A discovery runs on its own thread, which would make runs slow and not reproducible.
std::string without_discovery(std::string text) {
  constexpr std::string_view kWord = "discover";
  constexpr std::string_view kOther = "register";
  for (std::size_t at = text.find(kWord); at != text.npos; at = text.find(kWord, at))
    text.replace(at, kWord.size(), kOther);
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  constexpr std::size_t kMostPieces = 16;
  const std::string input = without_discovery({reinterpret_cast<const char*>(data + 1), size - 1});
  std::string_view bytes = input;
  const std::size_t step = std::max(std::size_t{1} + data[0], bytes.size() / kMostPieces);
  atm::testing::FakeHost host;
  auto inbox = std::make_shared<CrossThreadQueue>([] {});
  Settings settings;
  settings.line_bytes = 1024;
  settings.out_bytes = 64 * 1024;
  ServerContext context(atm::Host(host.c()), settings, inbox);
  Peer client(context, 1);
  const auto settle = [&] {
    do {
      for (PeerMessage& message : inbox->take()) client.deliver(std::move(message));
    } while (client.advance());
  };
  client.receive("{\"type\":\"hello\",\"protocol_version\":\"1.0\"}\n");
  while (!bytes.empty() && client.wants_input()) {
    client.receive(bytes.substr(0, step));
    bytes.remove_prefix(std::min(step, bytes.size()));
    settle();
    // One message may exceed the limit of the outbox.
    if (client.output().bytes() > settings.out_bytes + 64 * 1024) std::abort();
    while (!client.output().is_empty()) client.output().consume(client.output().front().size());
    settle();
  }
  client.end_of_input();
  settle();
  return 0;
}
