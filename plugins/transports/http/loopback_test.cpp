// SPDX-License-Identifier: MIT
#include "loopback.hpp"

#include "support/catch.hpp"

using namespace http_ingest;
using Catch::Matchers::Contains;

TEST_CASE("port 0 binds any free port, and a port that is served is refused", "[http]") {
  const auto first = listen_on_loopback(0);
  REQUIRE(first);
  CHECK(first->port != 0);
  const auto second = listen_on_loopback(first->port);
  REQUIRE_FALSE(second);
  CHECK(second.error().code == atm::ErrorCode::kBusy);
  CHECK_THAT(second.error().message, Contains("127.0.0.1:" + std::to_string(first->port)));
}
