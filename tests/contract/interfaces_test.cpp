// SPDX-License-Identifier: MIT
#include <functional>

#include "contract/tables.hpp"
#include "support/catch.hpp"

using namespace atm::test;
using atm::Problem;
using atm::kernel::Interfaces;
using atm::kernel::query_interfaces;

namespace {

struct InterfaceCase {
  const char* name;
  std::function<void(Tables&)> break_it;
  const char* message;
};

const std::string kLongText(129, 'a');
const atm_str kEmptyChannel[1] = {{nullptr, 0}};
const atm_str kLongChannel[1] = {{kLongText.data(), 129}};
const atm_str kBadChannel[1] = {{"\xff", 1}};

}  // namespace

TEST_CASE("valid tables are accepted", "[contract]") {
  Tables tables;
  const auto found = query_interfaces(valid_plugin(), &tables, valid_manifest());
  const auto* interfaces = std::get_if<Interfaces>(&found);
  REQUIRE(interfaces != nullptr);
  CHECK(interfaces->parser->channel_count == 2);
  CHECK(interfaces->analyzer->analyze != nullptr);
  CHECK(interfaces->transport.has_value());
  CHECK(interfaces->source.has_value());
  CHECK(interfaces->store->append != nullptr);
}

TEST_CASE("an optional function beyond the size of a table is absent", "[contract]") {
  Tables tables;
  tables.transport.stop = [](void*, std::uint32_t) { return atm_status{ATM_OK}; };
  tables.transport.size = offsetof(atm_transport, stop);
  const auto found = query_interfaces(valid_plugin(), &tables, valid_manifest());
  const auto* interfaces = std::get_if<Interfaces>(&found);
  REQUIRE(interfaces != nullptr);
  CHECK(interfaces->transport->start != nullptr);
  CHECK(interfaces->transport->stop == nullptr);
  CHECK(interfaces->transport->reserve == nullptr);
}

TEST_CASE("interfaces missing from the manifest or unknown to the host are not queried", "[contract]") {
  Tables tables;
  auto manifest = valid_manifest();
  manifest.provides = {ATM_IFACE_PARSER, "atm.weather/1"};
  const auto found = query_interfaces(valid_plugin(), &tables, manifest);
  const auto* interfaces = std::get_if<Interfaces>(&found);
  REQUIRE(interfaces != nullptr);
  CHECK(interfaces->parser.has_value());
  CHECK_FALSE(interfaces->transport.has_value());
}

TEST_CASE("one broken field of a table gives one message", "[contract]") {
  const InterfaceCase cases[] = {
      {"withheld", [](Tables& t) { t.withheld = ATM_IFACE_SOURCE; },
       "no table for atm.source/1, expected the interface its manifest provides"},
      {"parser size", [](Tables& t) { t.parser.size = 8; }, "atm.parser/1 has size 8, expected at least 32"},
      {"parse", [](Tables& t) { t.parser.parse = nullptr; },
       "atm.parser/1 has no parse, expected its required function"},
      {"no channels", [](Tables& t) { t.parser.channels = nullptr; },
       "a parser of 2 channels, expected 1 to 64 channels"},
      {"zero channels", [](Tables& t) { t.parser.channel_count = 0; },
       "a parser of 0 channels, expected 1 to 64 channels"},
      {"many channels", [](Tables& t) { t.parser.channel_count = 1U << 30; },
       "a parser of 1073741824 channels, expected 1 to 64 channels"},
      {"empty channel", [](Tables& t) { t.parser.channels = kEmptyChannel, t.parser.channel_count = 1; },
       "channel 0 of 0 bytes, expected 1 to 128 bytes of UTF-8"},
      {"long channel", [](Tables& t) { t.parser.channels = kLongChannel, t.parser.channel_count = 1; },
       "channel 0 of 129 bytes, expected 1 to 128 bytes of UTF-8"},
      {"channel that is no text",
       [](Tables& t) { t.parser.channels = kBadChannel, t.parser.channel_count = 1; },
       "channel 0 of 1 bytes, expected 1 to 128 bytes of UTF-8"},
      {"analyzer size", [](Tables& t) { t.analyzer.size = 24; },
       "atm.analyzer/1 has size 24, expected at least 32"},
      {"analyze", [](Tables& t) { t.analyzer.analyze = nullptr; },
       "atm.analyzer/1 has no analyze, expected its required function"},
      {"no prefix",
       [](Tables& t) {
         t.analyzer.prefix = {nullptr, 0};
       },
       "prefix '', expected a snake case word with a dot at its end, at most 64 bytes"},
      {"prefix without a dot", [](Tables& t) { t.analyzer.prefix = text("echo"); },
       "prefix 'echo', expected a snake case word with a dot at its end, at most 64 bytes"},
      {"transport size", [](Tables& t) { t.transport.size = 0; },
       "atm.transport/1 has size 0, expected at least 16"},
      {"transport start", [](Tables& t) { t.transport.start = nullptr; },
       "atm.transport/1 has no start, expected its required function"},
      {"source start", [](Tables& t) { t.source.start = nullptr; },
       "atm.source/1 has no start, expected its required function"},
      {"store append", [](Tables& t) { t.store.append = nullptr; },
       "atm.store/1 has no append, expected its required function"},
  };
  for (const InterfaceCase& one : cases) {
    INFO(one.name);
    Tables tables;
    one.break_it(tables);
    const auto found = query_interfaces(valid_plugin(), &tables, valid_manifest());
    const auto* problem = std::get_if<Problem>(&found);
    REQUIRE(problem != nullptr);
    CHECK(problem->message() ==
          "/p/echo.so: " + std::string(one.message) + "; build the plugin against the installed SDK");
  }
}
