// SPDX-License-Identifier: MIT
#include "loopback.hpp"

#include "support/catch.hpp"

using namespace http_ingest;
using Catch::Matchers::Contains;

TEST_CASE("only the two loopback addresses are served", "[http]") {
  for (const char* const address : {"0.0.0.0", "::", "192.0.2.1", "localhost", "127.0.0.2", "", "::1%lo",
                                    "::ffff:127.0.0.1", "127.1", "127.0.0.1\n"}) {
    INFO(address);
    const auto refused = listen_on_loopback(address, 0);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == atm::ErrorCode::kInvalidField);
    CHECK_THAT(refused.error().message, Contains("expected 127.0.0.1 or ::1"));
  }
}

TEST_CASE("port 0 binds any free port, and a port that is served is refused", "[http]") {
  const auto first = listen_on_loopback("127.0.0.1", 0);
  REQUIRE(first);
  CHECK(first->port != 0);
  const auto second = listen_on_loopback("127.0.0.1", first->port);
  REQUIRE_FALSE(second);
  CHECK(second.error().code == atm::ErrorCode::kBusy);
  CHECK_THAT(second.error().message, Contains("127.0.0.1:" + std::to_string(first->port)));
}
