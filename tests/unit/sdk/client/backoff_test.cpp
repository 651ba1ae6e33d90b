// SPDX-License-Identifier: MIT
#include <atm/client/backoff.hpp>

#include "support/catch.hpp"

namespace atm::client {
namespace {

using std::chrono::milliseconds;
using namespace std::chrono_literals;

TEST_CASE("the pauses double up to the longest, and start again after a success", "[client]") {
  Backoff backoff({1s, 30s, 0}, 1);
  for (const milliseconds wanted : {1000ms, 2000ms, 4000ms, 8000ms, 16000ms, 30000ms, 30000ms}) {
    CHECK(backoff.next() == wanted);
  }
  backoff.reset();
  CHECK(backoff.next() == 1s);
}

TEST_CASE("each pause differs by at most the jitter, and between clients", "[client]") {
  Backoff one({1000ms, 1000ms, 10}, 1);
  Backoff other({1000ms, 1000ms, 10}, 2);
  bool differ = false;
  for (int i = 0; i < 200; ++i) {
    const milliseconds pause = one.next();
    CHECK(pause >= 900ms);
    CHECK(pause <= 1100ms);
    differ = differ || pause != other.next();
  }
  CHECK(differ);
}

TEST_CASE("a first pause over the limit is the limit", "[client]") {
  Backoff backoff({5s, 1s, 0}, 1);
  CHECK(backoff.next() == 5s);
  CHECK(backoff.next() == 5s);
}

}  // namespace
}  // namespace atm::client
