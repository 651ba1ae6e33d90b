// SPDX-License-Identifier: MIT
#include <atm/domain/limits.hpp>

#include "support/catch.hpp"

using namespace std::chrono_literals;

TEST_CASE("limits: the defaults are those of the domain model") {
  const atm::Limits limits = atm::kDefaultLimits;
  CHECK(limits.sessions == 100);
  CHECK(limits.session_id_bytes == 256);
  CHECK(limits.line_bytes == 1'048'576);
  CHECK(limits.stale_after == 90s);
  CHECK(limits.cleanup_every == 30s);
  CHECK(limits.max_age == 24h);
  CHECK(limits.tool_history == 50);
  CHECK(limits.registry_mailbox == 4096);
  CHECK(limits.subscriber_queue == 1024);
  CHECK(limits.handshake == 5s);
  CHECK(limits.shutdown == 5s);
  CHECK(limits.hook_client == 50ms);
  CHECK(limits.client_retry_first == 1s);
  CHECK(limits.client_retry_longest == 30s);
  CHECK(limits.client_retry_jitter_percent == 10);
}
