// SPDX-License-Identifier: MIT
// The faults of a loaded plugin affect only that plugin.
#include "plugins/bad.hpp"
#include "support/catch.hpp"

using namespace atm::test;

namespace {

struct Running {
  explicit Running(const std::string& how) : dir(home.plugin(bad("parser")).string()) {
    home.config("[plugins.parser]\nhow = \"" + how + "\"\n");
    atmd.emplace(home, std::vector<std::string>{"--plugin-dir", dir});
    REQUIRE(atmd->wait_ready());
  }
  std::string sessions() const { return atmd->ask(R"({"type":"get_all_sessions"})"); }

  Home home;
  std::string dir;
  std::optional<Atmd> atmd;
};

}  // namespace

TEST_CASE("the observations of a correct parser are published", "[isolation]") {
  const Running r("behave");
  CHECK(contains(r.atmd->ask(ingest("bad/hook", "s1")), R"("type":"ok")"));
  CHECK(contains(r.sessions(), R"("id":"s1")"));
}

TEST_CASE("an exception of a parser fails its record; the daemon and the others continue", "[isolation]") {
  Running r("throw");
  for (int i = 0; i < 6; ++i) CHECK(contains(r.atmd->ask(ingest("bad/hook", "s")), "thrown out of parse"));
  CHECK(channel_stat(*r.atmd, "bad/hook", "failed") == 6);
  CHECK(contains(r.atmd->output(), "the parser failed on a record, which is skipped"));
  CHECK(contains(r.atmd->ask(R"({"type":"ping","seq":7})"), R"("type":"pong")"));
  CHECK(r.atmd->stop() == 0);
}

TEST_CASE("a flood from one record is cut at its limit", "[isolation]") {
  const Running r("flood");
  CHECK(contains(r.atmd->ask(ingest("bad/hook", "s")), R"("type":"ok")"));
  CHECK(channel_stat(*r.atmd, "bad/hook", "observations") == 256);
  CHECK(channel_stat(*r.atmd, "bad/hook", "cut") == 100'001 - 256);
}

TEST_CASE("invalid output of a plugin without the wrapper is dropped", "[isolation]") {
  const Home home;
  const std::string dir = home.plugin(bad("garbage")).string();
  Atmd atmd(home, {"--plugin-dir", dir});
  REQUIRE(atmd.wait_ready());
  CHECK(contains(atmd.ask(ingest("garbage/hook", "status")), R"("type":"error")"));
  CHECK(channel_stat(atmd, "garbage/hook", "failed") == 1);
  CHECK_FALSE(contains(atmd.ask(R"({"type":"get_all_sessions"})"), "lost"));

  CHECK(contains(atmd.ask(ingest("garbage/hook", "text")), R"("type":"ok")"));
  atm::json::Reader reader;  // refuses invalid UTF-8
  const std::string sessions = atmd.ask(R"({"type":"get_all_sessions"})");
  REQUIRE(reader.parse(sessions) != nullptr);
  CHECK(contains(sessions, "\"id\":\"g\xEF\xBF\xBD\""));
  CHECK(atmd.stop() == 0);
}

TEST_CASE("an analyzer sets only its own facts", "[isolation]") {
  const Home home;
  const std::string dir = home.plugin(bad("foreign_facts")).string();
  home.plugin(bad("parser"));
  Atmd atmd(home, {"--plugin-dir", dir});
  REQUIRE(atmd.wait_ready());
  CHECK(contains(atmd.ask(ingest("bad/hook", "s1")), R"("type":"ok")"));
  const std::string session = atmd.ask(R"({"type":"get_session","session_id":"s1"})");
  CHECK(contains(session, R"("seen":true)"));
  CHECK_FALSE(contains(session, "hourly_rate_usd"));
  CHECK_FALSE(contains(session, "nan"));
}
