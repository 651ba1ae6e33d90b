// SPDX-License-Identifier: MIT
// Subscriptions of a connection.
#include <cstdint>
#include <string>

#include "protocol/peer_test_support.hpp"
#include "support/catch.hpp"

using namespace unix_socket::test;

TEST_CASE("subscribe is answered with ok, then the snapshot, then events", "[unix]") {
  PeerFixture peer;
  peer.host.set_session("s", R"({"id":"s"})");
  peer.send(kHello + R"({"type":"subscribe","id":9})" + "\n");
  peer.host.publish(ATM_EVENT_SESSION_UPDATED, "s", R"({"id":"s","rev":2})", 1, 2);
  peer.settle();
  const std::string out = peer.read();
  const auto ok = out.find(R"({"type":"ok","id":9,"seq":0})");
  const auto sessions = out.find(R"({"type":"sessions","seq":0,"sessions":[{"id":"s"}]})");
  const auto updated = out.find(R"({"type":"session_updated","seq":1,"rev":2,"session":{"id":"s","rev":2}})");
  CHECK(ok < sessions);
  CHECK(sessions < updated);
  CHECK(updated != std::string::npos);
}

TEST_CASE("TRAP-W2: a subscriber that does not read is not drained, and continues when it reads", "[unix]") {
  PeerFixture peer(small());
  peer.send(kHello + R"({"type":"subscribe"})" + "\n");
  const std::string session = R"({"id":"s","x":")" + std::string(500, 'x') + "\"}";
  for (std::uint64_t i = 1; i <= 100; ++i) peer.host.publish(ATM_EVENT_SESSION_UPDATED, "s", session, i);
  peer.settle();
  CHECK(peer.client.output().bytes() < 4096 + 1024);
  std::string out;
  while (!peer.client.output().is_empty()) out += peer.read(4096);
  CHECK(count(out, "session_updated") == 100);
}

TEST_CASE("a gap is announced, and an incomplete snapshot is discarded", "[unix]") {
  PeerFixture peer;
  peer.send(kHello + R"({"type":"subscribe"})" + "\n");
  static_cast<void>(peer.read());
  peer.host.publish(ATM_EVENT_SNAPSHOT_BEGIN, "", "", 5);
  peer.host.publish(ATM_EVENT_SNAPSHOT_ITEM, "s", R"({"id":"lost"})", 5);
  peer.host.publish(ATM_EVENT_GAP, "", "", 6);
  peer.host.publish(ATM_EVENT_SNAPSHOT_BEGIN, "", "", 7);
  peer.host.publish(ATM_EVENT_SNAPSHOT_END, "", "", 7);
  peer.settle();
  CHECK(peer.read() ==
        "{\"type\":\"gap\",\"missed\":0}\n{\"type\":\"sessions\",\"seq\":7,\"sessions\":[]}\n");
}

TEST_CASE("a client that disconnects releases its subscription", "[unix]") {
  {
    PeerFixture peer;
    peer.send(kHello + R"({"type":"subscribe"})" + "\n" + R"({"type":"subscribe"})" + "\n");
    CHECK(peer.host.subscription_count() == 1);
    peer.send("{\"type\":\"unsubscribe\"}\n");
    CHECK(peer.host.subscription_count() == 0);
  }
  PeerFixture gone;
  gone.send(kHello + R"({"type":"subscribe"})" + "\n");
  gone.client.drop_output();
  CHECK(gone.host.subscription_count() == 0);
}

TEST_CASE("a subscriber that disconnects before its answer is finished", "[unix]") {
  PeerFixture gone;
  gone.client.receive(kHello + R"({"type":"subscribe"})" + "\n");
  gone.client.end_of_input();
  gone.client.drop_output();
  CHECK(gone.client.is_finished());
  CHECK(gone.host.subscription_count() == 0);
  PeerFixture refused(small());
  refused.client.receive(kHello + R"({"type":"subscribe"})" + "\n" + std::string(4000, 'x'));
  CHECK(refused.client.is_finished());
  CHECK(contains(refused.read(), "message_too_large"));
}

TEST_CASE("a subscribe that is replaced before it starts is answered under its id", "[unix]") {
  PeerFixture peer;
  peer.client.receive(kHello + R"({"type":"subscribe","id":1})" + "\n" + R"({"type":"subscribe","id":2})" +
                      "\n");
  peer.settle();
  const std::string out = peer.read();
  const auto first = out.find(R"({"type":"ok","id":1})");
  const auto second = out.find(R"({"type":"ok","id":2,"seq":0})");
  CHECK(first < second);
  CHECK(second < out.find("sessions"));
}

TEST_CASE(
    "WIRE-E5: a half-closed subscriber still receives events, and a half-closed requester ends after its "
    "answer",
    "[unix]") {
  PeerFixture subscriber;
  subscriber.send(kHello + R"({"type":"subscribe"})" + "\n");
  subscriber.client.end_of_input();
  CHECK_FALSE(subscriber.client.is_finished());
  PeerFixture asker;
  asker.client.receive(kHello + R"({"type":"get_session","session_id":"s"})" + "\n");
  asker.client.end_of_input();
  CHECK_FALSE(asker.client.is_finished());
  asker.settle();
  CHECK(asker.client.is_finished());
  CHECK(contains(asker.read(), "not_found"));
}
