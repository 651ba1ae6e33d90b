// SPDX-License-Identifier: MIT
// subscribe with `at`: the past of the real daemon on the real socket. Rules WIRE-T1 to WIRE-T6.
#include <atm/client/session_copy.hpp>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <utility>
#include <variant>

#include "history_fixture.hpp"
#include "support/catch.hpp"
#include "support/text.hpp"
#include "support/wait.hpp"

namespace atm::test {
namespace {

std::string replay_at(const std::string& at, const std::string& more = R"(,"speed":1000000)") {
  return R"({"type":"subscribe","at":")" + at + "\"" + more + "}";
}

/// What a client of a replay has received.
struct Played {
  std::map<std::string, std::string> sessions{};  ///< by id, see seen()
  std::string gaps{};
  std::string end{};  ///< the reason
  int times = 0;
};

void take(Played& to, const protocol::Sessions& message) {
  REQUIRE(message.at.has_value());
  to.sessions.clear();
  for (const auto& session : message.sessions) to.sessions[session.domain.id.str()] = seen(session);
}

/// Reads until the end of the replay.
Played play(Wire& client) {
  Played to;
  while (true) {
    const auto message = client.reply().message;
    if (const auto* all = std::get_if<protocol::Sessions>(&message)) take(to, *all);
    if (const auto* one = std::get_if<protocol::SessionRegistered>(&message))
      to.sessions[one->session.domain.id.str()] = seen(one->session);
    if (const auto* one = std::get_if<protocol::SessionUpdated>(&message))
      to.sessions[one->session.domain.id.str()] = seen(one->session);
    if (const auto* one = std::get_if<protocol::SessionRemoved>(&message)) to.sessions.erase(one->session_id);
    if (const auto* gap = std::get_if<protocol::Gap>(&message)) to.gaps += gap->reason + '\n';
    if (const auto* replay = std::get_if<protocol::Replay>(&message)) {
      ++to.times;
      if (!replay->at) {
        to.end = replay->reason;
        return to;
      }
    }
  }
}

std::map<std::string, std::string> now(const ServedDaemon& daemon) {
  std::map<std::string, std::string> sessions;
  for (const auto& session : daemon.sessions()) sessions[session.domain.id.str()] = seen(session);
  return sessions;
}

void more_work(const ServedDaemon& daemon) {
  Wire client(daemon);
  client.greet();
  client.send(hook("asks", "PostToolUse", R"("tool_name":"Bash","tool_use_id":"t1","prompt_id":"p1")"));
  client.send(hook("late", "SessionStart", R"("source":"startup")"));
  client.sync();
}

std::string refusal(Wire& client, const std::string& line, protocol::WireError code) {
  const auto error = client.ask<protocol::ErrorReply>(line);
  CHECK(error.code == code);
  return error.message;
}

}  // namespace

TEST_CASE("WIRE-T1 a replay sends the sessions of an earlier time, then each change until the newest input",
          "[history][replay]") {
  const ServedDaemon daemon(kWithHistory);
  work(daemon);
  REQUIRE(is_durable(daemon));
  const auto before = now(daemon);
  const std::string then = now_text();
  more_work(daemon);
  REQUIRE(is_durable(daemon));
  const auto after = now(daemon);
  REQUIRE(before != after);

  Wire client(daemon);
  client.greet();
  const auto ok = client.ask<protocol::Ok>(replay_at(then));
  Played first;
  const auto snapshot = client.next<protocol::Sessions>();
  take(first, snapshot);
  CHECK(ok.seq == snapshot.seq);
  CHECK(to_rfc3339(*snapshot.at) == then);
  CHECK(first.sessions == before);
  Played played = play(client);
  for (auto& [id, text] : first.sessions) played.sessions.emplace(id, text);
  CHECK(played.sessions == after);
  CHECK(played.end.empty());
  CHECK(played.gaps.empty());
  CHECK(played.times > 1);
  // Another client at the same time sees the present.
  Wire live(daemon);
  live.greet();
  live.send(R"({"type":"subscribe"})");
  CHECK(live.next<protocol::Ok>().seq.has_value());
  CHECK_FALSE(live.next<protocol::Sessions>().at.has_value());
}

TEST_CASE("WIRE-T2 a replay of one session sends no other", "[history][replay]") {
  const ServedDaemon daemon(kWithHistory);
  work(daemon);
  REQUIRE(is_durable(daemon));
  const std::string then = now_text();
  more_work(daemon);
  REQUIRE(is_durable(daemon));
  Wire client(daemon);
  client.greet();
  static_cast<void>(client.ask<protocol::Ok>(replay_at(then, R"(,"speed":1e6,"session_id":"asks")")));
  const Played played = play(client);
  CHECK(played.sessions.size() == 1);
  CHECK(played.sessions.count("asks") == 1);
}

TEST_CASE("WIRE-T3 a replay stands still at speed 0, and a seek moves it", "[history][replay]") {
  const ServedDaemon daemon(kWithHistory);
  const std::string first = now_text();
  work(daemon);
  REQUIRE(is_durable(daemon));
  const auto before = now(daemon);
  const std::string then = now_text();
  more_work(daemon);
  REQUIRE(is_durable(daemon));

  Wire client(daemon);
  client.greet();
  static_cast<void>(client.ask<protocol::Ok>(replay_at(first, R"(,"speed":0)")));
  CHECK(client.next<protocol::Sessions>().sessions.empty());
  // Nothing comes before the answers to the later requests.
  for (int i = 0; i < 3; ++i) {
    CHECK(client.ask<protocol::Pong>(R"({"type":"ping","seq":7})").seq == 7);
    client.send(R"({"type":"seek","at":")" + then + R"(","id":"there"})");
    client.send(R"({"type":"seek","at":")" + first + R"(","id":"back"})");
    auto reply = client.reply();
    CHECK(reply.id.json() == R"("there")");
    Played at;
    take(at, client.next<protocol::Sessions>());
    CHECK(at.sessions == before);
    reply = client.reply();
    CHECK(reply.id.json() == R"("back")");
    CHECK(client.next<protocol::Sessions>().sessions.empty());
  }
  static_cast<void>(client.ask<protocol::Ok>(R"({"type":"set_speed","speed":1000000})"));
  CHECK(play(client).sessions == now(daemon));
  // A replay at its end goes on after a seek.
  client.send(R"({"type":"seek","at":")" + then + "\"}");
  CHECK(client.next<protocol::Ok>().seq.has_value());
  CHECK(play(client).sessions == now(daemon));
  static_cast<void>(client.ask<protocol::Ok>(R"({"type":"unsubscribe"})"));
  CHECK(contains(refusal(client, R"({"type":"set_speed","speed":1})", protocol::WireError::kInvalidMessage),
                 "no replay, expected one; send subscribe with the member at"));
}

TEST_CASE("a replay has all sessions of a daemon that allows more than usual", "[history][replay]") {
  constexpr int kSessions = 120;
  const ServedDaemon daemon("[limits]\nsessions = 150\n" + std::string(kWithHistory));
  const std::string first = now_text();
  {
    Wire client(daemon);
    client.greet();
    for (int i = 0; i < kSessions; ++i)
      client.send(hook("s" + std::to_string(i), "SessionStart", R"("source":"startup")"));
    client.sync();
  }
  REQUIRE(is_durable(daemon));
  REQUIRE(now(daemon).size() == kSessions);
  Wire client(daemon);
  client.greet();
  static_cast<void>(client.ask<protocol::Ok>(replay_at(first)));
  CHECK(play(client).sessions.size() == kSessions);

  const auto home = daemon.home().dir().path();
  std::filesystem::create_directories(home / ".config/atm");
  std::ofstream(home / ".config/atm/atm.toml", std::ios::binary) << "[limits]\nsessions = 150\n";
  const std::string list = Programs(daemon).out({"list", "--at", now_text(), "--json"});
  for (int i = 0; i < kSessions; ++i) {
    INFO(i);
    CHECK(contains(list, "\"s" + std::to_string(i) + "\""));
  }
}

TEST_CASE("WIRE-T4 a gap of the history is sent with its reason and a snapshot", "[history][replay]") {
  ServedDaemon daemon(kWithHistory);
  const std::string first = now_text();
  work(daemon);
  REQUIRE(is_durable(daemon));
  REQUIRE(daemon.process().stop() == 0);
  const std::string stopped = now_text();
  daemon.restart();
  more_work(daemon);
  REQUIRE(is_durable(daemon));
  Wire client(daemon);
  client.greet();
  static_cast<void>(client.ask<protocol::Ok>(replay_at(first)));
  const Played played = play(client);
  CHECK(contains(played.gaps, "no daemon ran\n"));
  CHECK(played.sessions == now(daemon));
  CHECK(contains(refusal(client, replay_at(stopped), protocol::WireError::kNotFound),
                 "(no daemon ran), expected a time outside of it"));
}

TEST_CASE("WIRE-T5 a replay that is not possible is refused with the reason", "[history][replay]") {
  const ServedDaemon daemon(kWithHistory);
  const std::string first = now_text();
  work(daemon);
  REQUIRE(is_durable(daemon));
  const std::string then = now_text();
  Wire client(daemon);
  client.greet();
  using protocol::WireError;
  CHECK(contains(refusal(client, replay_at("2020-01-01T00:00:00Z"), WireError::kNotFound),
                 "and the history begins at "));
  CHECK(contains(refusal(client, replay_at("2100-01-01T00:00:00Z"), WireError::kNotFound),
                 "in the future, expected a time before now"));
  CHECK(contains(refusal(client, replay_at("noon"), WireError::kInvalidMessage), "an RFC 3339 time"));
  CHECK(contains(refusal(client, replay_at(then, R"(,"speed":-1)"), WireError::kInvalidMessage),
                 "a number from 0 to 1000000"));
  CHECK(contains(refusal(client, replay_at(then, R"(,"activity":true)"), WireError::kInvalidMessage),
                 "a replay has state events only"));
  CHECK(contains(refusal(client, R"({"type":"seek","at":1})", WireError::kInvalidMessage), "has no replay"));
  // A refused seek leaves the replay where another seek finds it.
  static_cast<void>(client.ask<protocol::Ok>(replay_at(first, R"(,"speed":0)")));
  static_cast<void>(client.next<protocol::Sessions>());
  static_cast<void>(refusal(client, R"({"type":"seek","at":1})", WireError::kNotFound));
  static_cast<void>(client.ask<protocol::Ok>(R"({"type":"seek","at":")" + then + "\"}"));
  CHECK(client.next<protocol::Sessions>().sessions.size() == 2);

  const ServedDaemon without("");
  Wire other(without);
  other.greet();
  CHECK(contains(refusal(other, replay_at(then), WireError::kNotFound),
                 "this daemon keeps no history, expected one; add the table [plugins.history]"));
  other.sync();
}

TEST_CASE("WIRE-T6 a third replay is refused until another one ends", "[history][replay]") {
  ServedDaemon daemon(kWithHistory);
  work(daemon);
  REQUIRE(is_durable(daemon));
  const std::string then = now_text();
  const std::string still = replay_at(then, R"(,"speed":0)");
  const auto begin = [&](Wire& client) {
    client.greet();
    static_cast<void>(client.ask<protocol::Ok>(still));
    static_cast<void>(client.next<protocol::Sessions>());
  };
  Wire first(daemon);
  Wire second(daemon);
  begin(first);
  begin(second);
  Wire third(daemon);
  third.greet();
  CHECK(contains(refusal(third, still, protocol::WireError::kTooManyClients),
                 "runs 2 replays, expected fewer than 2; end one of them"));
  second.close();
  CHECK(becomes_true([&] {
    third.send(still);
    return std::holds_alternative<protocol::Ok>(third.reply().message);
  }));
  static_cast<void>(third.next<protocol::Sessions>());
  CHECK(daemon.process().stop() == 0);
}

}  // namespace atm::test
