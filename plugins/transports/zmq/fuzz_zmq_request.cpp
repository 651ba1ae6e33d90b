// SPDX-License-Identifier: MIT
// Requests of the ROUTER socket: each has exactly one reply, whose frames are JSON without newlines.
#include <atm/json.hpp>
#include <atm/testing.hpp>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "requests.hpp"

using namespace zeromq;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // The first byte: the number of frames, and whether a delimiter preceded them.
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data + 1), size - 1);
  const std::size_t count = data[0] % 4;
  std::vector<std::string_view> frames;
  for (std::size_t i = 0; i < count; ++i)
    frames.push_back(bytes.substr(bytes.size() * i / count, bytes.size() / count));

  atm::testing::FakeHost fake;
  fake.set_session("a", R"({"id":"a","agent":"x","status":{"status":"idle"}})");
  const atm::Host host(fake.c());
  const Settings settings;
  const auto inbox = std::make_shared<CrossThreadQueue>([] {});
  Counters counters;
  int replies = 0;
  atm::json::Reader reader;
  Requests requests(host, settings, inbox, counters, [&](Reply&& reply) {
    ++replies;
    for (const Text& frame : reply.frames) {
      if (reader.parse(*frame) == nullptr || frame->find('\n') != std::string::npos) std::abort();
    }
  });
  requests.receive({"peer", data[0] >= 128}, frames);
  for (Answer& answer : inbox->take()) requests.deliver(std::move(answer));
  if (replies != 1) std::abort();
  return 0;
}
