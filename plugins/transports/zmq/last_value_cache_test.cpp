// SPDX-License-Identifier: MIT
#include "last_value_cache.hpp"

#include <rapidcheck.h>

#include <atm/json.hpp>
#include <atm/plugin/values.hpp>
#include <set>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "topic.hpp"

using namespace zeromq;

namespace {

struct Sent {
  std::string topic;
  std::string text;
};

class CacheFixture final {
 public:
  void event(std::uint32_t kind, const std::string& session, std::uint64_t seq, std::uint64_t rev = 1,
             const std::string& json = "{}", const std::string& type = {}, std::uint64_t missed = 0) {
    cache.take({sizeof(atm_event), kind, 7, seq, rev, missed, atm::to_c(std::string_view(session)),
                atm::to_c(std::string_view(type)), atm::to_c(std::string_view(json)), 0});
  }
  void snapshot(std::uint64_t seq, const std::vector<std::pair<std::string, std::uint64_t>>& sessions) {
    event(ATM_EVENT_SNAPSHOT_BEGIN, {}, seq);
    for (const auto& [session, rev] : sessions) event(ATM_EVENT_SNAPSHOT_ITEM, session, seq, rev);
    event(ATM_EVENT_SNAPSHOT_END, {}, seq);
  }
  std::vector<Sent> take() { return std::exchange(sent, {}); }

  std::vector<Sent> sent;
  LastValueCache cache{[this](std::string_view topic, const Text& text) {
    sent.push_back({std::string(topic), *text});
  }};
};

std::int64_t number_of(const Sent& sent) {
  atm::json::Reader reader;
  const atm::json::Value* const root = reader.parse(sent.text);
  REQUIRE(root != nullptr);
  return atm::json::get_int(*root, "number").value_or(-1);
}

}  // namespace

TEST_CASE("ZMQ-Z4: an id's slash, percent sign, space and control bytes are percent-encoded in a topic",
          "[zmq]") {
  CHECK(session_topic("a-b_c.1", "updated") == "atm/1/session/a-b_c.1/updated");
  CHECK(session_topic("a/b%c d\n\x7f", "removed") == "atm/1/session/a%2Fb%25c%20d%0A%7F/removed");
  CHECK(session_topic("größe", "updated") == "atm/1/session/größe/updated");
}

TEST_CASE("ZMQ-Z4: different ids have different topics", "[zmq]") {
  CHECK(rc::check([](const std::string& a, const std::string& b) {
    RC_ASSERT((session_topic(a, "updated") == session_topic(b, "updated")) == (a == b));
  }));
}

TEST_CASE("concerns_us is true for a prefix that can match one of our topics", "[zmq]") {
  for (const char* prefix : {"", "a", "atm/1", "atm/1/", "atm/1/session/x/", "atm/1/heartbeat"})
    CHECK(concerns_us(prefix));
  for (const char* prefix : {"b", "atm/2/", "atm/1x", "atm2"}) CHECK_FALSE(concerns_us(prefix));
}

TEST_CASE("ZMQ-Z5: a state message contains the whole session, its position and the daemon's epoch",
          "[zmq]") {
  CacheFixture fixture;
  fixture.event(ATM_EVENT_SESSION_REGISTERED, "s", 11, 1, R"({"id":"s"})");
  fixture.event(ATM_EVENT_SESSION_UPDATED, "s", 12, 2, R"({"id":"s","x":1})");
  fixture.event(ATM_EVENT_SESSION_REMOVED, "s", 13, 2, "", "ended");
  const auto sent = fixture.take();
  REQUIRE(sent.size() == 3);
  CHECK(sent[0].topic == "atm/1/session/s/registered");
  CHECK(sent[0].text ==
        R"({"type":"session_registered","seq":11,"number":1,"epoch":7,"rev":1,"session":{"id":"s"}})");
  CHECK(sent[1].topic == "atm/1/session/s/updated");
  CHECK(sent[1].text ==
        R"({"type":"session_updated","seq":12,"number":2,"epoch":7,"rev":2,"session":{"id":"s","x":1}})");
  CHECK(sent[2].topic == "atm/1/session/s/removed");
  CHECK(sent[2].text ==
        R"({"type":"session_removed","seq":13,"number":3,"epoch":7,"session_id":"s","reason":"ended"})");
}

TEST_CASE("an activity message contains the observation", "[zmq]") {
  CacheFixture fixture;
  fixture.event(ATM_EVENT_ACTIVITY, "s", 5, 2, R"({"type":"notice"})");
  CHECK(fixture.sent.at(0).topic == "atm/1/session/s/activity");
  CHECK(fixture.sent.at(0).text ==
        R"({"type":"activity","seq":5,"number":1,"epoch":7,"rev":2,"observation":{"type":"notice"}})");
}

TEST_CASE(
    "ZMQ-Z8: the heartbeat contains the last number and the number of sessions, and waits for a snapshot",
    "[zmq]") {
  CacheFixture fixture;
  fixture.cache.heartbeat(0, 1000);
  CHECK(fixture.sent.empty());
  fixture.snapshot(3, {{"a", 1}, {"b", 1}});
  fixture.event(ATM_EVENT_SESSION_UPDATED, "a", 4, 2);
  fixture.take();
  fixture.cache.heartbeat(1'500'000'000, 1000);
  REQUIRE(fixture.sent.size() == 1);
  CHECK(fixture.sent[0].topic == "atm/1/heartbeat");
  CHECK(fixture.sent[0].text == R"({"type":"heartbeat","seq":4,"number":3,"epoch":7,"sessions":2,)"
                                R"("time":"1970-01-01T00:00:01.500Z","interval_ms":1000})");
}

TEST_CASE("ZMQ-Z9: a late joiner receives exactly the last values that its prefix matches", "[zmq]") {
  CacheFixture fixture;
  fixture.snapshot(1, {{"a", 1}, {"ab", 1}, {"b", 1}});
  fixture.event(ATM_EVENT_SESSION_UPDATED, "a", 2, 2, R"({"new":true})");
  const std::string newest = fixture.sent.back().text;
  fixture.take();
  fixture.cache.request_resend("atm/1/session/a/");
  CHECK(fixture.cache.resend(10) == 1);
  REQUIRE(fixture.sent.size() == 1);
  CHECK(fixture.sent[0].text == newest);  // the same message: its seq and number show its age
  fixture.take();
  fixture.cache.request_resend("atm/1/session/a");
  CHECK(fixture.cache.resend(10) == 2);
  fixture.cache.request_resend("");
  CHECK(fixture.cache.resend(10) == 3);
  CHECK_FALSE(fixture.cache.has_resends());
}

TEST_CASE(
    "ZMQ-Z9: resends are split into parts, with each session once, even if sessions are removed meanwhile",
    "[zmq]") {
  CacheFixture fixture;
  std::vector<std::pair<std::string, std::uint64_t>> sessions;
  for (int i = 0; i < 20; ++i) sessions.emplace_back("s" + std::to_string(100 + i), 1);
  fixture.snapshot(1, sessions);
  fixture.take();
  fixture.cache.request_resend("atm/1/");
  CHECK(fixture.cache.resend(7) == 7);
  CHECK(fixture.cache.has_resends());
  fixture.event(ATM_EVENT_SESSION_REMOVED, "s106", 2);
  fixture.event(ATM_EVENT_SESSION_REMOVED, "s107", 3);
  CHECK(fixture.cache.resend(100) == 12);
  CHECK_FALSE(fixture.cache.has_resends());
  std::set<std::string> topics;
  for (const Sent& sent : fixture.sent) topics.insert(sent.topic);
  CHECK(topics.size() == 21);  // 19 last values and two removals
}

TEST_CASE("any number of subscriptions causes a bounded number of resends", "[zmq]") {
  CacheFixture fixture;
  fixture.snapshot(1, {{"a", 1}});
  fixture.take();
  for (int i = 0; i < 100'000; ++i) fixture.cache.request_resend("atm/1/session/" + std::to_string(i));
  fixture.cache.request_resend("atm/1/session/a/");
  CHECK(fixture.cache.resend(1000) <= 2);
  CHECK_FALSE(fixture.cache.has_resends());
}

TEST_CASE("ZMQ-Z10: a refresh cycles through all sessions in parts", "[zmq]") {
  CacheFixture fixture;
  fixture.snapshot(1, {{"a", 1}, {"b", 1}, {"c", 1}});
  fixture.take();
  fixture.cache.refresh(2);
  fixture.cache.refresh(2);
  REQUIRE(fixture.sent.size() == 4);
  CHECK(fixture.sent[0].topic == "atm/1/session/a/updated");
  CHECK(fixture.sent[1].topic == "atm/1/session/b/updated");
  CHECK(fixture.sent[2].topic == "atm/1/session/c/updated");
  CHECK(fixture.sent[3].topic == "atm/1/session/a/updated");
}

TEST_CASE(
    "TRAP-W3: after a gap changed sessions are published, missing ones are removed, and the gap is announced",
    "[zmq]") {
  CacheFixture fixture;
  fixture.snapshot(1, {{"same", 1}, {"changed", 1}, {"gone", 1}});
  fixture.take();
  fixture.event(ATM_EVENT_GAP, {}, 9, 0, "", "", 42);
  fixture.snapshot(9, {{"same", 1}, {"changed", 5}, {"new", 1}});
  const auto sent = fixture.take();
  REQUIRE(sent.size() == 4);
  CHECK(sent[0].topic == "atm/1/gap");
  CHECK(sent[0].text == R"({"type":"gap","seq":9,"number":4,"epoch":7,"missed":42})");
  CHECK(sent[1].topic == "atm/1/session/changed/updated");
  CHECK(sent[2].topic == "atm/1/session/new/updated");
  CHECK(sent[3].topic == "atm/1/session/gone/removed");
  CHECK(sent[3].text.find(R"("reason":"unknown")") != std::string::npos);
  CHECK(fixture.cache.size() == 3);
}

TEST_CASE("ZMQ-Z7: the numbers of new messages have no gaps", "[zmq]") {
  CHECK(rc::check([](const std::vector<std::pair<std::uint8_t, std::uint8_t>>& steps) {
    CacheFixture fixture;
    std::uint64_t seq = 0;
    for (const auto& [what, which] : steps) {
      const std::string session = "s" + std::to_string(which % 8);
      const std::uint32_t kind = what % 9u;
      ++seq;
      if (kind < ATM_EVENT_SNAPSHOT_ITEM) {
        fixture.event(kind, session, seq, seq);
      } else if (kind == ATM_EVENT_SNAPSHOT_ITEM) {
        fixture.snapshot(seq, {{session, which}});
      } else {
        fixture.cache.request_resend("atm/1/");
        fixture.cache.resend(which);
        fixture.cache.refresh(which % 4);
      }
    }
    std::int64_t last = 0;
    for (const Sent& sent : fixture.sent) {
      const std::int64_t number = number_of(sent);
      RC_ASSERT(number <= last + 1);
      last = std::max(last, number);
    }
  }));
}
