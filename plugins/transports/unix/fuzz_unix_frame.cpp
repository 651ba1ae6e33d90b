// SPDX-License-Identifier: MIT
// Bytes as a socket gives them, cut where the first byte of the input says, through the whole protocol.
#include <algorithm>
#include <atm/testing.hpp>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string_view>

#include "client.hpp"

using namespace unix_socket;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t step = std::size_t{1} + data[0];
  std::string_view bytes(reinterpret_cast<const char*>(data + 1), size - 1);
  atm::testing::FakeHost host;
  auto courier = std::make_shared<Courier>([] {});
  Settings settings;
  settings.line_bytes = 4096;
  settings.out_bytes = 64 * 1024;
  Service service(atm::Host(host.c()), settings, courier);
  Client client(service, 1);
  const auto settle = [&] {
    do {
      for (Delivery& delivery : courier->take()) client.deliver(std::move(delivery));
    } while (client.advance());
  };
  client.receive("{\"type\":\"hello\",\"protocol_version\":\"1.0\"}\n");
  while (!bytes.empty() && client.wants_input()) {
    client.receive(bytes.substr(0, step));
    bytes.remove_prefix(std::min(step, bytes.size()));
    settle();
    // A line in the outbox is at most one message over the mark.
    if (client.output().bytes() > settings.out_bytes + 64 * 1024) std::abort();
    while (!client.output().is_empty()) client.output().consume(client.output().front().size());
    settle();
  }
  client.end_of_input();
  settle();
  return 0;
}
