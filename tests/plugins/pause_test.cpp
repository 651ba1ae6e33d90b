// SPDX-License-Identifier: MIT
// Which faults pause a plugin, and how the pause is reported.
#include "plugins/bad.hpp"
#include "support/catch.hpp"
#include "support/wait.hpp"

using namespace atm::test;

namespace {

struct FaultyParser {
  explicit FaultyParser(const std::string& how) {
    const std::string dir = home.plugin(bad("faulty")).string();
    home.config("[plugins.faulty]\nat = \"parse\"\nhow = \"" + how + "\"\n");
    atmd.emplace(home, std::vector<std::string>{"--plugin-dir", dir});
    REQUIRE(atmd->wait_ready());
  }
  [[nodiscard]] std::string send(std::string_view payload) const {
    return atmd->ask(ingest("faulty/hook", payload));
  }

  Home home;
  std::optional<Atmd> atmd;
};

}  // namespace

TEST_CASE("records that fail in a parser cause no pause, and are counted", "[pause]") {
  for (const std::string how : {"throw", "internal"}) {
    const FaultyParser r(how);
    for (int i = 0; i < 6; ++i) CHECK(contains(r.send("bad"), R"("type":"error")"));
    CHECK(contains(r.send("s1"), R"("type":"ok")"));
    CHECK(channel_stat(*r.atmd, "faulty/hook", "failed") == 6);
    CHECK(channel_stat(*r.atmd, "faulty/hook", "paused") == 0);
    CHECK(contains(r.atmd->ask(R"({"type":"get_plugins"})"), R"("last_error":{"channel":"faulty/hook")"));
  }
}

TEST_CASE("a parser that waits 60 ms of wall time is not slow", "[pause]") {
  const FaultyParser r("sleep");
  for (int i = 0; i < 6; ++i) CHECK(contains(r.send("bad"), R"("type":"ok")"));
  CHECK(channel_stat(*r.atmd, "faulty/hook", "paused") == 0);
}

TEST_CASE("a parser that uses 60 ms of thread time is paused, and plugins shows the reason and the end",
          "[pause]") {
  const FaultyParser r("busy");
  // The sixth is refused. If the pause is over, it is the trial call that starts the next pause.
  std::vector<std::string> messages(6, ingest("faulty/hook", "bad"));
  messages.emplace_back(R"({"type":"get_plugins"})");
  const std::vector<std::string> replies = r.atmd->ask(messages);
  for (std::size_t i = 0; i < 5; ++i) CHECK(contains(replies[i], R"("type":"ok")"));
  CHECK(contains(replies[6], R"("pause":{"reason":"5 calls in a row were slow)"));
  INFO(replies[6]);
  CHECK(contains(replies[6], R"("until":")"));
  CHECK(channel_stat(*r.atmd, "faulty/hook", "slow") >= 5);
  CHECK(contains(r.atmd->output(), "the parser is paused after slow calls"));
}

TEST_CASE("WIRE-P10: records of a paused parser are read in order after the pause", "[pause]") {
  Home home;
  const std::string dir = home.plugin(bad("faulty")).string();
  home.config("[plugins.faulty]\nat = \"parse\"\nhow = \"busy\"\n");
  Atmd atmd(home, {"--plugin-dir", dir});
  REQUIRE(atmd.wait_ready());
  // The fifth slow call pauses the parser. If the machine hangs for a second, the pause is over: then once more.
  int sent = 0;
  REQUIRE(becomes_true([&] {
    const std::string session = "s" + std::to_string(++sent);
    std::vector<std::string> lines(5, ingest("faulty/hook", "bad"));
    lines.push_back(ingest("faulty/hook", session));
    for (const std::string& reply : atmd.ask(lines)) CHECK(contains(reply, R"("type":"ok")"));
    return unix_stat(atmd, "records_paused") > 0;
  }));
  const std::string last = R"("id":"s)" + std::to_string(sent) + '"';
  CHECK(becomes_true([&] { return contains(atmd.ask(R"({"type":"get_all_sessions"})"), last); }));
  CHECK(unix_stat(atmd, "records_refused") <= 0);
  CHECK(channel_stat(atmd, "faulty/hook", "paused") > 0);
  CHECK(becomes_true([&] { return !std::filesystem::exists(home.socket().string() + ".spool/paused"); }));
  CHECK(atmd.stop() == 0);
}
