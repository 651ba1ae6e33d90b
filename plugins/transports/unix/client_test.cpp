// SPDX-License-Identifier: MIT
// The protocol without a socket: bytes in, bytes out, the host's answers when the test says so.
#include "client.hpp"

#include <atm/testing.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "support/catch.hpp"
#include "support/temp_dir.hpp"

using namespace unix_socket;

namespace {

const std::string kHello = R"({"type":"hello","protocol_version":{"major":1,"minor":0}})"
                           "\n";
const std::string kIngest = R"({"type":"ingest","channel":"c/h","payload":{"a":1}})"
                            "\n";

class Peer final {
 public:
  explicit Peer(Settings settings = {})
      : courier(std::make_shared<Courier>([] {})),
        service(atm::Host(host.c()), settings, courier),
        client(service, 1) {}

  void send(std::string_view bytes) {
    client.receive(bytes);
    settle();
  }
  /// What the transport's loop does.
  void settle() {
    bool is_over = false;
    while (!is_over) {
      std::vector<Delivery> deliveries = courier->take();
      for (Delivery& delivery : deliveries) client.deliver(std::move(delivery));
      is_over = !client.advance() && deliveries.empty();
    }
  }
  std::string read(std::size_t most = SIZE_MAX) {
    std::string text;
    while (!client.output().is_empty() && text.size() < most) {
      const std::string_view front = client.output().front().substr(0, most - text.size());
      text += front;
      client.output().consume(front.size());
    }
    settle();
    return text;
  }

  atm::testing::FakeHost host;
  std::shared_ptr<Courier> courier;
  Service service;
  Client client;
};

Settings small() {
  Settings settings;
  settings.line_bytes = 2048;
  settings.out_bytes = 4096;
  settings.max_replies = 4;
  return settings;
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}
bool contains(const std::string& text, const std::string& part) {
  return count(text, part) > 0;
}

}  // namespace

TEST_CASE("a message before hello is answered with handshake_required and closes", "[unix]") {
  const std::string line =
      GENERATE(std::string(R"({"type":"ping","seq":1})"), std::string(R"({"type":"what"})"), kIngest);
  Peer peer;
  peer.send(line + '\n' + kHello);
  CHECK(contains(peer.read(), "handshake_required"));
  CHECK(peer.client.is_finished());
  CHECK(peer.host.records().empty());
}

TEST_CASE("W1: what was sent before the peer closed is taken, a last line without newline too", "[unix]") {
  Peer peer;
  peer.client.receive(kHello + kIngest + kIngest.substr(0, kIngest.size() - 1));
  peer.client.drop_output();
  peer.client.end_of_input();
  CHECK(peer.host.records().size() == 2);
  CHECK(peer.client.is_finished());
}

TEST_CASE("a bad line is answered and the connection goes on", "[unix]") {
  Peer peer;
  peer.send(kHello + "nonsense\n[]\n\n \r\n{\"type\":\"x\"}\n{\"type\":\"ping\",\"seq\":3}\n");
  const std::string out = peer.read();
  CHECK(count(out, "invalid_json") == 1);
  CHECK(count(out, "invalid_message") == 1);
  CHECK(count(out, "unknown_type") == 1);
  CHECK(contains(out, R"("pong","seq":3)"));
  CHECK_FALSE(peer.client.is_finished());
}

TEST_CASE("too large a line is answered and closes, and what follows is not read", "[unix]") {
  Peer peer(small());
  peer.send(kHello);
  peer.send(std::string(2049, 'x'));
  CHECK(contains(peer.read(), "message_too_large"));
  CHECK(peer.client.is_finished());
  CHECK_FALSE(peer.client.wants_input());
}

TEST_CASE("a record goes to the host as it came, with its context and a believable time", "[unix]") {
  Peer peer;
  peer.send(
      kHello +
      R"({"type":"ingest","channel":"c/h","payload":{ "a" : 1 },"context":{"pid":7,"time_ns":1000000005}})" +
      "\n" +
      R"({"type":"ingest","channel":"c/h","payload":"{\"t\":2}","context":{"time_ns":99000000000000000}})" +
      "\n");
  const auto records = peer.host.records();
  REQUIRE(records.size() == 2);
  CHECK(records[0].payload == R"({ "a" : 1 })");
  CHECK(records[0].time_ns == 1'000'000'005);
  CHECK(std::get<std::int64_t>(records[0].context.at("pid")) == 7);
  CHECK(records[1].payload == R"({"t":2})");
  // More than an hour off: the daemon's own clock is used.
  CHECK(records[1].time_ns == 1'000'000'000);
}

TEST_CASE("an ingest is silent unless it asks for an answer or fails", "[unix]") {
  Peer peer;
  peer.send(kHello);
  static_cast<void>(peer.read());
  peer.send(kIngest);
  CHECK(peer.read().empty());
  peer.send(R"({"type":"ingest","channel":"c/h","payload":{},"ack":true,"id":"i"})"
            "\n");
  CHECK(peer.read() == "{\"type\":\"ok\",\"id\":\"i\"}\n");
  peer.host.set_ingest_status(atm::Status::kInvalid);
  peer.send(kIngest);
  CHECK(contains(peer.read(), "invalid_message"));
  peer.host.set_ingest_status(atm::Status::kNotFound);
  peer.send(kIngest);
  CHECK(contains(peer.read(), "no plugin reads channel 'c/h'"));
}

TEST_CASE("invalid UTF-8 in a record is an error and reaches no parser", "[unix]") {
  Peer peer;
  peer.send(kHello + "{\"type\":\"ingest\",\"channel\":\"c/h\",\"payload\":{\"a\":\"\xff\"}}\n");
  CHECK(contains(peer.read(), "invalid_json"));
  CHECK(peer.host.records().empty());
}

TEST_CASE("a busy host loses nothing: the client waits, then goes on where it was", "[unix]") {
  Peer peer;
  peer.host.set_ingest_status(atm::Status::kBusy);
  peer.send(kHello + kIngest + kIngest + kIngest);
  CHECK(peer.client.wants_retry());
  CHECK_FALSE(peer.client.wants_input());
  peer.host.set_ingest_status(atm::Status::kOk);
  peer.settle();
  CHECK(peer.host.records().size() == 3);
  CHECK_FALSE(peer.client.wants_retry());
  CHECK(peer.client.wants_input());
}

TEST_CASE("W3: a host that stays busy costs a record, said to who sent it and counted", "[unix]") {
  Peer peer;
  peer.host.set_ingest_status(atm::Status::kBusy);
  peer.send(kHello + kIngest);
  peer.host.advance(2'000'000'000);
  peer.settle();
  CHECK(contains(peer.read(), "\"busy\""));
  peer.service.counters.flush(peer.service.host);
  CHECK(peer.host.metrics().at("records_dropped") == 1);
}

TEST_CASE("replies keep the order of their requests though answers come later", "[unix]") {
  Peer peer;
  peer.client.receive(kHello + R"({"type":"end_session","session_id":"s","id":1})" + "\n" +
                      R"({"type":"ping","seq":2,"id":2})" + "\n");
  // The registry has answered, but nobody has delivered it: the pong waits.
  CHECK_FALSE(contains(peer.read(), "pong"));
  const std::string out = peer.read();
  CHECK(out.find("\"ok\",\"id\":1") < out.find("pong"));
}

TEST_CASE("a client that does not read its replies is not read any more, and nothing is lost", "[unix]") {
  Peer peer(small());
  peer.send(kHello);
  static_cast<void>(peer.read());
  std::string pings;
  for (int i = 0; i < 1000; ++i) pings += R"({"type":"ping","seq":)" + std::to_string(i) + "}\n";
  peer.send(pings);
  CHECK_FALSE(peer.client.wants_input());
  CHECK(peer.client.output().bytes() < 4096 + 64);
  std::string out;
  while (!peer.client.output().is_empty()) out += peer.read(1000);
  CHECK(count(out, "pong") == 1000);
  CHECK(out.find("\"seq\":0}") < out.find("\"seq\":999}"));
  CHECK(peer.client.wants_input());
}

TEST_CASE("subscribe answers ok, then the snapshot, then events", "[unix]") {
  Peer peer;
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

TEST_CASE("W2: a subscriber that does not read is not drained, and goes on when it reads", "[unix]") {
  Peer peer(small());
  peer.send(kHello + R"({"type":"subscribe"})" + "\n");
  const std::string session = R"({"id":"s","x":")" + std::string(500, 'x') + "\"}";
  for (std::uint64_t i = 1; i <= 100; ++i) peer.host.publish(ATM_EVENT_SESSION_UPDATED, "s", session, i);
  peer.settle();
  CHECK(peer.client.output().bytes() < 4096 + 1024);
  std::string out;
  while (!peer.client.output().is_empty()) out += peer.read(4096);
  CHECK(count(out, "session_updated") == 100);
}

TEST_CASE("a gap is told, and what was begun of a snapshot is forgotten", "[unix]") {
  Peer peer;
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

TEST_CASE("a client that goes gives its subscription back", "[unix]") {
  {
    Peer peer;
    peer.send(kHello + R"({"type":"subscribe"})" + "\n" + R"({"type":"subscribe"})" + "\n");
    CHECK(peer.host.subscription_count() == 1);
    peer.send("{\"type\":\"unsubscribe\"}\n");
    CHECK(peer.host.subscription_count() == 0);
  }
  Peer gone;
  gone.send(kHello + R"({"type":"subscribe"})" + "\n");
  gone.client.drop_output();
  CHECK(gone.host.subscription_count() == 0);
}

TEST_CASE("a subscriber that is gone before its answer comes is done", "[unix]") {
  Peer gone;
  gone.client.receive(kHello + R"({"type":"subscribe"})" + "\n");
  gone.client.end_of_input();
  gone.client.drop_output();
  CHECK(gone.client.is_finished());
  CHECK(gone.host.subscription_count() == 0);
  Peer refused(small());
  refused.client.receive(kHello + R"({"type":"subscribe"})" + "\n" + std::string(4000, 'x'));
  CHECK(refused.client.is_finished());
  CHECK(contains(refused.read(), "message_too_large"));
}

TEST_CASE("a subscribe that is replaced before it begins is answered under its id", "[unix]") {
  Peer peer;
  peer.client.receive(kHello + R"({"type":"subscribe","id":1})" + "\n" + R"({"type":"subscribe","id":2})" +
                      "\n");
  peer.settle();
  const std::string out = peer.read();
  const auto first = out.find(R"({"type":"ok","id":1})");
  const auto second = out.find(R"({"type":"ok","id":2,"seq":0})");
  CHECK(first < second);
  CHECK(second < out.find("sessions"));
}

TEST_CASE("a half-closed subscriber is served on, a half-closed asker is done when it is answered",
          "[unix]") {
  Peer subscriber;
  subscriber.send(kHello + R"({"type":"subscribe"})" + "\n");
  subscriber.client.end_of_input();
  CHECK_FALSE(subscriber.client.is_finished());
  Peer asker;
  asker.client.receive(kHello + R"({"type":"get_session","session_id":"s"})" + "\n");
  asker.client.end_of_input();
  CHECK_FALSE(asker.client.is_finished());
  asker.settle();
  CHECK(asker.client.is_finished());
  CHECK(contains(asker.read(), "not_found"));
}

TEST_CASE("register tells the registry of the session first and of its process after", "[unix]") {
  Peer peer;
  peer.send(
      kHello +
      R"({"type":"register","session_id":"s","agent_type":"plan","agent":"codex","pid":1,"working_dir":"/w"})" +
      "\n");
  const auto observations = peer.host.observations();
  REQUIRE(observations.size() == 2);
  CHECK(observations[0].type == "session.started");
  CHECK(observations[0].agent == "codex");
  CHECK(std::get<std::string>(observations[0].attrs.at("source")) == "registered");
  CHECK(std::get<std::string>(observations[0].attrs.at("cwd")) == "/w");
  CHECK(observations[1].type == "process.bound");
  CHECK(std::get<std::int64_t>(observations[1].attrs.at("pid")) == 1);
  CHECK(count(peer.read(), "\"ok\"") == 1);
}

TEST_CASE("acknowledge tells the registry that the person has seen it, of a session that is there",
          "[unix]") {
  Peer peer;
  peer.send(kHello + R"({"type":"acknowledge","session_id":"s","id":1})" + "\n");
  peer.host.set_ingest_status(atm::Status::kNotFound);
  peer.send(R"({"type":"acknowledge","session_id":"x","id":2})"
            "\n");
  const std::string out = peer.read();
  CHECK(contains(out, R"({"type":"ok","id":1})"));
  CHECK(contains(out, R"({"type":"error","id":2,"code":"not_found")"));
  const auto observations = peer.host.observations();
  REQUIRE(observations.size() == 1);
  CHECK(observations[0].type == "attention.acknowledged");
  CHECK(observations[0].session == "s");
  CHECK(observations[0].origin == "client");
}

TEST_CASE("sessions are filtered by what the filter says and nothing else", "[unix]") {
  Peer peer;
  peer.host.set_session("a", R"({"id":"a","agent":"x","status":{"status":"idle"}})");
  peer.host.set_session("b", R"({"id":"b","agent":"x","status":{"status":"ended"}})");
  peer.send(kHello + R"({"type":"get_all_sessions","filter":{"agent":"x","status":"idle"}})" + "\n");
  const std::string out = peer.read();
  CHECK(contains(out, R"({"id":"a")"));
  CHECK_FALSE(contains(out, R"({"id":"b")"));
}

TEST_CASE("P6: what a hook left before a record was written goes before it, the rest not", "[unix][spool]") {
  const atm::test::TempDir dir;
  const auto left = [](int time, int name) {
    return "\n{\"type\":\"ingest\",\"channel\":\"c/h\",\"payload\":{\"n\":" + std::to_string(name) +
           "},\"context\":{\"time_ns\":" + std::to_string(1'000'000'000 + time) + "}}\n";
  };
  dir.directory("spool", 0700);
  dir.file("spool/records", left(1, 1) + left(2, 2) + left(9, 9), 0600);
  Peer peer;
  peer.service.spool.add({(dir.path() / "spool").string(), 1024, 1'000'000});
  peer.service.spool.look(Spool::Look::kForAll);
  peer.host.set_ingest_status(atm::Status::kBusy);
  peer.send(kHello + left(5, 5));
  CHECK(peer.client.wants_retry());
  Client later(peer.service, 2);
  later.receive(kHello + left(6, 6));
  peer.host.set_ingest_status(atm::Status::kOk);
  // Who came later may not go before, though the host would take it now.
  later.advance();
  CHECK(peer.host.records().empty());
  peer.settle();
  later.advance();
  peer.send(kIngest);
  std::string order;
  for (const auto& record : peer.host.records()) order += record.payload;
  CHECK(order == R"({"n":1}{"n":2}{"n":5}{"n":6}{"a":1})");
  CHECK(peer.service.spool.take_in(Spool::kEver) == Spool::Progress::kDone);
  CHECK(peer.host.records().back().time_ns == 1'000'000'009);
  peer.service.counters.flush(peer.service.host);
  CHECK(peer.host.metrics().at("spool_records") == 3);
  CHECK(peer.host.log().size() == 1);
}

TEST_CASE("who waits for the host and goes makes way", "[unix]") {
  Peer peer;
  peer.host.set_ingest_status(atm::Status::kBusy);
  {
    Client gone(peer.service, 2);
    gone.receive(kHello + kIngest);
    CHECK(gone.wants_retry());
  }
  peer.host.set_ingest_status(atm::Status::kOk);
  peer.send(kHello + kIngest);
  CHECK(peer.host.records().size() == 1);
  CHECK(peer.service.turns.is_anybodys());
}
