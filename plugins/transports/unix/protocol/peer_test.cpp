// SPDX-License-Identifier: MIT
// Lines, records and requests of a connection.
#include "protocol/peer.hpp"

#include <unistd.h>

#include <deque>
#include <new>
#include <string>

#include "protocol/peer_test_support.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"

using namespace unix_socket;
using namespace unix_socket::test;

TEST_CASE("a message before hello is answered with handshake_required, and the connection closes", "[unix]") {
  const std::string line =
      GENERATE(std::string(R"({"type":"ping","seq":1})"), std::string(R"({"type":"what"})"), kIngest);
  PeerFixture peer;
  peer.send(line + '\n' + kHello);
  CHECK(contains(peer.read(), "handshake_required"));
  CHECK(peer.client.is_finished());
  CHECK(peer.host.records().empty());
}

TEST_CASE("TRAP-W1: bytes sent before the peer closed are handled, including a last line without newline",
          "[unix]") {
  PeerFixture peer;
  peer.client.receive(kHello + kIngest + kIngest.substr(0, kIngest.size() - 1));
  peer.client.drop_output();
  peer.client.end_of_input();
  CHECK(peer.host.records().size() == 2);
  CHECK(peer.client.is_finished());
}

TEST_CASE("WIRE-F1: an invalid line is answered, and the connection stays open", "[unix]") {
  PeerFixture peer;
  peer.send(kHello + "nonsense\n[]\n\n \r\n{\"type\":\"x\"}\n{\"type\":\"ping\",\"seq\":3}\n");
  const std::string out = peer.read();
  CHECK(count(out, "invalid_json") == 1);
  CHECK(count(out, "invalid_message") == 1);
  CHECK(count(out, "unknown_type") == 1);
  CHECK(contains(out, R"("pong","seq":3)"));
  CHECK_FALSE(peer.client.is_finished());
}

TEST_CASE("a line over the limit is answered, the connection closes, and later bytes are ignored", "[unix]") {
  PeerFixture peer(small());
  peer.send(kHello);
  peer.send(std::string(2049, 'x'));
  CHECK(contains(peer.read(), "message_too_large"));
  CHECK(peer.client.is_finished());
  CHECK_FALSE(peer.client.wants_input());
}

TEST_CASE("a record reaches the host unchanged, with its context and a plausible time", "[unix]") {
  PeerFixture peer;
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

TEST_CASE("an ingest has no reply unless it requests one or fails", "[unix]") {
  PeerFixture peer;
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

TEST_CASE("invalid UTF-8 in a record is an error and does not reach a parser", "[unix]") {
  PeerFixture peer;
  peer.send(kHello + "{\"type\":\"ingest\",\"channel\":\"c/h\",\"payload\":{\"a\":\"\xff\"}}\n");
  CHECK(contains(peer.read(), "invalid_json"));
  CHECK(peer.host.records().empty());
}

TEST_CASE("WIRE-B1: a NUL does not end a JSON document", "[unix]") {
  using namespace std::string_literals;
  PeerFixture peer;
  peer.send(kHello);
  static_cast<void>(peer.read());
  for (const std::string& behind : {"\0"s, "\0\0"s, " \0 {\"seq\":2}"s, "\0garbage"s}) {
    peer.send(R"({"type":"ping","seq":1})" + behind + "\n");
    CHECK(contains(peer.read(), "invalid_json"));
    peer.send(R"({"type":"ingest","channel":"c/h","payload":{"a":1}})" + behind + "\n");
    CHECK(contains(peer.read(), "invalid_json"));
  }
  CHECK(peer.host.records().empty());
}

TEST_CASE("a busy host loses nothing: the client waits, then continues", "[unix]") {
  PeerFixture peer;
  peer.host.set_ingest_status(atm::Status::kBusy);
  peer.send(kHello + kIngest + kIngest + kIngest);
  CHECK(peer.client.is_waiting());
  CHECK_FALSE(peer.client.wants_input());
  peer.host.set_ingest_status(atm::Status::kOk);
  peer.settle();
  CHECK(peer.host.records().size() == 3);
  CHECK_FALSE(peer.client.is_waiting());
  CHECK(peer.client.wants_input());
}

TEST_CASE(
    "WIRE-L4, TRAP-W3: a host that stays busy loses a record, which is reported to its sender and counted",
    "[unix]") {
  PeerFixture peer;
  peer.host.set_ingest_status(atm::Status::kBusy);
  peer.send(kHello + kIngest);
  peer.host.advance(2'000'000'000);
  peer.settle();
  CHECK(contains(peer.read(), "\"busy\""));
  peer.context.counters.flush(peer.context.host);
  CHECK(peer.host.metrics().at("records_dropped") == 1);
}

TEST_CASE("TRAP-W3: a client whose record was refused waits for the busy time again at its next record",
          "[unix]") {
  PeerFixture peer;
  peer.host.set_ingest_status(atm::Status::kBusy);
  peer.send(kHello + kIngest);
  peer.host.advance(2'000'000'000);
  peer.settle();
  CHECK(contains(peer.read(), "\"busy\""));
  peer.send(kIngest);
  CHECK(peer.client.is_waiting());
  peer.host.set_ingest_status(atm::Status::kOk);
  peer.settle();
  CHECK(peer.host.records().size() == 1);
}

TEST_CASE(
    "TRAP-W3: the busy time of a waiting client starts again at each record that the host takes from the "
    "queue",
    "[unix]") {
  constexpr std::int64_t kMostOfBusyTime = 600'000'000;
  PeerFixture first;
  first.host.set_ingest_status(atm::Status::kBusy);
  first.send(kHello + kIngest);
  Peer second(first.context, 2);
  second.receive(kHello + kIngest);
  Peer last(first.context, 3);
  last.receive(kHello + kIngest);
  first.host.advance(kMostOfBusyTime);
  first.host.set_ingest_status(atm::Status::kOk);
  first.settle();
  first.host.advance(kMostOfBusyTime);
  last.advance();
  CHECK(last.is_waiting());
  second.advance();
  last.advance();
  CHECK(first.host.records().size() == 3);
}

TEST_CASE("WIRE-A5: a stream of a process without a known PID is served, and its end reports nothing",
          "[unix]") {
  static const std::string kStreamHello =
      R"({"type":"hello","protocol_version":{"major":1,"minor":0},"stream":true})"
      "\n";
  const auto [peer, live_agents] = GENERATE(table<std::int64_t, std::int64_t>({{0, 0}, {::getpid(), 1}}));
  PeerFixture bench;
  {
    Peer client(bench.context, 2, peer);
    client.receive(kStreamHello + kIngest);
    client.end_of_input();
    CHECK(client.is_finished());
  }
  bench.context.live_agents.close(2);
  REQUIRE(bench.host.records().size() == 1);
  CHECK(bench.host.records()[0].context.count("pid") == static_cast<std::size_t>(live_agents));
  CHECK(bench.context.live_agents.advance() == (live_agents != 0));
  bench.context.counters.flush(bench.context.host);
  CHECK(bench.host.metrics()["streams"] == live_agents);
}

TEST_CASE("replies keep the order of their requests although answers arrive in another order", "[unix]") {
  PeerFixture peer;
  peer.client.receive(kHello + R"({"type":"end_session","session_id":"s","id":1})" + "\n" +
                      R"({"type":"ping","seq":2,"id":2})" + "\n");
  // The registry has answered, but the answer is not delivered: the pong waits.
  CHECK_FALSE(contains(peer.read(), "pong"));
  const std::string out = peer.read();
  CHECK(out.find("\"ok\",\"id\":1") < out.find("pong"));
}

TEST_CASE("the lines of a long list leave before the list is complete, and before any later reply",
          "[unix]") {
  PeerFixture peer(small());
  peer.send(kHello);
  static_cast<void>(peer.read());
  for (const char* id : {"a", "b", "c", "d"})
    peer.host.set_session(id,
                          R"({"id":")" + std::string(id) + R"(","name":")" + std::string(1200, 'x') + "\"}");
  peer.client.receive(R"({"type":"get_all_sessions","id":1})"
                      "\n"
                      R"({"type":"ping","seq":2})"
                      "\n");
  std::vector<PeerMessage> messages = peer.inbox->take();
  REQUIRE(messages.size() == 5);
  PeerMessage end = std::move(messages.back());
  messages.pop_back();
  for (PeerMessage& message : messages) peer.client.deliver(std::move(message));
  const std::string list = peer.read();
  CHECK(count(list, R"({"type":"sessions","id":1)") == 4);
  CHECK(count(list, R"("more":true)") == 3);
  CHECK_FALSE(contains(list, "pong"));
  peer.client.deliver(std::move(end));
  peer.settle();
  CHECK(contains(peer.read(), "pong"));
}

TEST_CASE("a client that does not read its replies is no longer read, and nothing is lost", "[unix]") {
  PeerFixture peer(small());
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

TEST_CASE("register sends the session to the registry first and its process afterwards", "[unix]") {
  PeerFixture peer;
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

TEST_CASE("acknowledge reports to the registry that the user has seen an existing session", "[unix]") {
  PeerFixture peer;
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

TEST_CASE("sessions are filtered by exactly the members of the filter", "[unix]") {
  PeerFixture peer;
  peer.host.set_session("a", R"({"id":"a","agent":"x","status":{"status":"idle"}})");
  peer.host.set_session("b", R"({"id":"b","agent":"x","status":{"status":"ended"}})");
  peer.send(kHello + R"({"type":"get_all_sessions","filter":{"agent":"x","status":"idle"}})" + "\n");
  const std::string out = peer.read();
  CHECK(contains(out, R"({"id":"a")"));
  CHECK_FALSE(contains(out, R"({"id":"b")"));
}

TEST_CASE("WIRE-P6: entries that hooks wrote before a record precede it, later ones do not",
          "[unix][spool]") {
  const atm::test::TempDir dir;
  const auto left = [](int time, int name) {
    return "\n{\"type\":\"ingest\",\"channel\":\"c/h\",\"payload\":{\"n\":" + std::to_string(name) +
           "},\"context\":{\"time_ns\":" + std::to_string(1'000'000'000 + time) + "}}\n";
  };
  dir.directory("spool", 0700);
  dir.file("spool/records", left(1, 1) + left(2, 2) + left(99, 9), 0600);
  PeerFixture peer;
  peer.host.advance(10);
  peer.context.ingest.add_spool({(dir.path() / "spool").string(), 1024, 1'000'000});
  peer.context.ingest.start(false);
  peer.host.set_ingest_status(atm::Status::kBusy);
  peer.send(kHello + left(5, 5));
  CHECK(peer.client.is_waiting());
  Peer later(peer.context, 2);
  later.receive(kHello + left(6, 6));
  peer.host.set_ingest_status(atm::Status::kOk);
  // A later peer does not go first, although the host would accept its record.
  later.advance();
  CHECK(peer.host.records().empty());
  peer.settle();
  later.advance();
  peer.send(kIngest);
  std::string order;
  for (const auto& record : peer.host.records()) order += record.payload;
  CHECK(order == R"({"n":1}{"n":2}{"n":5}{"n":6}{"a":1})");
  peer.host.advance(IngestQueue::kSpoolDelayNs);
  CHECK(advance(peer.context.ingest) == IngestQueue::kSpool);
  CHECK(peer.host.records().back().time_ns == 1'000'000'099);
  peer.context.counters.flush(peer.context.host);
  CHECK(peer.host.metrics().at("spool_records") == 3);
  CHECK(peer.host.log().size() == 1);
}

TEST_CASE("a peer that waits for the host and disconnects leaves the queue", "[unix]") {
  PeerFixture peer;
  peer.host.set_ingest_status(atm::Status::kBusy);
  {
    Peer gone(peer.context, 2);
    gone.receive(kHello + kIngest);
    CHECK(gone.is_waiting());
  }
  peer.host.set_ingest_status(atm::Status::kOk);
  peer.send(kHello + kIngest);
  CHECK(peer.host.records().size() == 1);
  CHECK(peer.context.ingest.next_ns() == IngestQueue::kNever);
}

TEST_CASE("the peer at the head sends all buffered records, then the next one", "[unix]") {
  PeerFixture fixture;
  ServerContext& context = fixture.context;
  const auto numbered = [](int n) {
    return R"({"type":"ingest","channel":"c/h","payload":)" + std::to_string(n) + "}\n";
  };
  std::deque<Peer> peers;
  for (const std::uint64_t id : {2U, 3U, 4U}) peers.emplace_back(context, id);
  fixture.host.set_ingest_status(atm::Status::kBusy);
  peers[0].receive(kHello + numbered(1) + numbered(2) + numbered(3));
  peers[1].receive(kHello + numbered(4) + numbered(5));
  peers[2].receive(kHello + numbered(6));
  fixture.host.set_ingest_status(atm::Status::kOk);
  fixture.host.advance(IngestQueue::kRetryNs);

  // The schedule may fail for lack of memory when a peer leaves.
  context.ingest.on_change([] { throw std::bad_alloc(); });
  CHECK(advance(context.ingest) == 2);
  peers[0].advance();
  context.ingest.on_change([] {});
  // The records that it sends now wait behind the others.
  peers[0].receive(numbered(7));
  CHECK(peers[0].is_waiting());
  for (const std::uint64_t id : {3U, 4U, 2U}) {
    CHECK(advance(context.ingest) == id);
    peers[id - 2].advance();
  }
  std::string order;
  for (const auto& record : fixture.host.records()) order += record.payload;
  CHECK(order == "1234567");
  CHECK(context.ingest.next_ns() == IngestQueue::kNever);
}

TEST_CASE("WIRE-P10: a record of a paused channel waits in the spool and precedes later ones", "[unix]") {
  constexpr std::int64_t kPause = IngestQueue::kOfferNs;
  const atm::test::TempDir dir;
  PeerFixture peer;
  peer.context.ingest.add_spool({(dir.path() / "spool").string(), 4096, std::int64_t{3'600'000'000'000}});
  peer.host.advance(kPause);
  peer.send(kHello);
  static_cast<void>(peer.read());
  peer.host.set_ingest_status(atm::Status::kPaused);
  peer.send(R"({"type":"ingest","channel":"c/h","payload":{"n":1},"context":{"tty":"/dev/pts/1"},"ack":true})"
            "\n"
            R"({"type":"ingest","channel":"c/h","payload":"two \"words\""})"
            "\n");
  CHECK(peer.read() == "{\"type\":\"ok\"}\n");
  peer.host.set_ingest_status(atm::Status::kOk);
  peer.host.advance(kPause);
  peer.send(R"({"type":"ingest","channel":"c/h","payload":{"n":3}})"
            "\n");
  CHECK(peer.read().empty());
  const auto records = peer.host.records();
  REQUIRE(records.size() == 3);
  CHECK(records[0].payload == R"({"n":1})");
  CHECK(records[0].context.count("tty") == 1);
  CHECK(records[0].time_ns == atm::Host(peer.host.c()).wall_ns() - kPause);
  CHECK(records[1].payload == R"(two "words")");
  CHECK(records[2].payload == R"({"n":3})");
}

TEST_CASE("WIRE-P10: without a spool, the sender of a record for a paused channel receives an error",
          "[unix]") {
  PeerFixture peer;
  peer.host.set_ingest_status(atm::Status::kPaused);
  peer.send(kHello + kIngest);
  const std::string out = peer.read();
  CHECK(contains(out, R"("code":"busy")"));
  CHECK(contains(out, "send the record again later"));
}
