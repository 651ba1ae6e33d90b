// SPDX-License-Identifier: MIT
// Tests of atm wait, explain and ack against the real daemon.
#include <atm/json.hpp>

#include "cli_fixture.hpp"
#include "support/catch.hpp"
#include "support/text.hpp"

namespace atm::test {
namespace {

constexpr const char* kAsking = "2.1.330/permission.jsonl@12";
constexpr const char* kFailed = "2.1.197/errors.jsonl@95";
constexpr const char* kEnding = "2.1.330/interrupt.jsonl";

std::function<bool(const std::string&)> says(const char* part) {
  return [part](const std::string& text) { return contains(text, part); };
}

// Waits until the list contains it: a hook ends before the daemon has read its message.
bool is_listed(const CliFixture& cli, const std::string& part) {
  for (int i = 0; i < 500; ++i) {
    const auto list = cli.start({"list"});
    if (list->wait() == 0 && contains(list->out(), part)) return true;
  }
  return false;
}

std::int64_t subscribers(const CliFixture& cli) {
  const auto stats = cli.start({"stats", "--json"});
  REQUIRE(stats->wait() == 0);
  json::Reader reader;
  const json::Value* root = reader.parse(stats->out());
  REQUIRE(root != nullptr);
  return json::get_int(*json::get_object(*root, "bus"), "subscribers").value_or(0);
}

// Returns true if that many subscribers connect; plugins count.
bool has_subscribers(const CliFixture& cli, std::int64_t wanted) {
  for (int i = 0; i < 500; ++i) {
    if (subscribers(cli) == wanted) return true;
  }
  return false;
}

TEST_CASE("wait returns when a session needs input, with its id and status", "[cli][wait]") {
  CliFixture cli;
  cli.start_daemon();
  const std::int64_t before = subscribers(cli);
  const auto any = cli.start({"wait", "--any", "--until", "needs-input", "--timeout", "20"});
  REQUIRE(has_subscribers(cli, before + 1));
  const auto player = cli.play_and_hold({kAsking});
  CHECK(any->wait() == 0);
  CHECK(any->out() == "0bb3f80d-a738-4ce2-9838-732658516426  needs you (Bash)\n");

  SECTION("and at once if that already holds") {
    const auto one = cli.start({"wait", "0bb3", "--until", "needs-input", "--timeout", "0", "--json"});
    CHECK(one->wait() == 0);
    json::Reader reader;
    const json::Value* root = reader.parse(one->out());
    REQUIRE(root != nullptr);
    CHECK(json::get_string(*root, "id") == "0bb3f80d-a738-4ce2-9838-732658516426");
  }
  SECTION("but not for acknowledged attention") {
    const auto ack = cli.start({"ack", "0bb3"});
    CHECK(ack->wait() == 0);
    CHECK(contains(ack->out(), "acknowledged 0bb3f80d: needs you (Bash)"));
    CHECK(cli.start({"wait", "0bb3", "--until", "needs-input", "--timeout", "0"})->wait() == 4);
  }
}

TEST_CASE("an error needs the user", "[cli][wait]") {
  CliFixture cli;
  cli.start_daemon();
  const auto player = cli.play_and_hold({kFailed});
  const auto any = cli.start({"wait", "--any", "--until", "needs-input", "--timeout", "20"});
  CHECK(any->wait() == 0);
  CHECK(contains(any->out(), "deb8441e"));
  CHECK(contains(any->out(), "error ("));
}

TEST_CASE("a wait that exceeds its timeout ends with 4 and a message", "[cli][wait]") {
  CliFixture cli;
  cli.start_daemon();
  const auto wait = cli.start({"wait", "--any", "--until", "idle", "--timeout", "0.1"});
  CHECK(wait->wait() == 4);
  CHECK(wait->out().empty());
  CHECK(contains(wait->err(), "timed out after 0.1 s"));
}

TEST_CASE("a wait for an ended session ends with 5, a wait for its end with 0", "[cli][wait]") {
  CliFixture cli;
  cli.start_daemon();
  const std::int64_t before = subscribers(cli);
  auto player = cli.play_and_hold({kAsking});
  REQUIRE(is_listed(cli, "needs you (Bash)"));
  const auto rest = cli.start({"wait", "0bb3", "--until", "idle"});
  const auto end = cli.start({"wait", "0bb3", "--until", "ended"});
  const auto any = cli.start({"wait", "--any", "--until", "ended"});
  REQUIRE(has_subscribers(cli, before + 3));
  player.reset();  // also ends its agent processes
  CHECK(rest->wait() == 5);
  CHECK(rest->out().empty());
  CHECK(contains(rest->err(), "0bb3f80d-a738-4ce2-9838-732658516426: ended before the condition held"));
  CHECK(end->wait() == 0);
  CHECK(end->out() == "0bb3f80d-a738-4ce2-9838-732658516426  ended\n");
  CHECK(any->wait() == 0);
}

TEST_CASE("a wait for an unknown or ambiguous id ends with 1", "[cli][wait]") {
  CliFixture cli;
  cli.start_daemon();
  const auto wait = cli.start({"wait", "zzz", "--until", "ended"});
  CHECK(wait->wait() == 1);
  CHECK(contains(wait->err(), "'zzz'"));
  CHECK(cli.start({"ack", "zzz"})->wait() == 1);
  CHECK(cli.start({"explain", "zzz"})->wait() == 1);
}

TEST_CASE("a wait survives a restart of the daemon, and a signal ends it with 130", "[cli][wait]") {
  CliFixture cli;
  cli.start_daemon();
  const std::int64_t before = subscribers(cli);
  const auto wait = cli.start({"wait", "--any", "--until", "ended"});
  const auto other = cli.start({"wait", "--any", "--until", "needs-input"});
  REQUIRE(has_subscribers(cli, before + 2));
  CHECK(cli.stop_daemon() == 0);
  REQUIRE(wait->wait_for_err(says("trying again")));
  cli.start_daemon();
  REQUIRE(wait->wait_for_err(says("connected again")));
  REQUIRE(cli.play({kEnding})->wait() == 0);
  CHECK(wait->wait() == 0);
  CHECK(contains(wait->out(), "ended"));
  other->signal(SIGTERM);
  CHECK(other->wait() == 130);
}

TEST_CASE("explain shows the cause of a status and the possible changes", "[cli][explain]") {
  CliFixture cli;
  cli.start_daemon();
  const auto player = cli.play_and_hold({kAsking});
  REQUIRE(is_listed(cli, "needs you (Bash)"));
  const auto explain = cli.start({"explain", "0bb3"});
  REQUIRE(explain->wait() == 0);
  const std::string text = explain->out();
  CHECK(contains(text, "0bb3f80d-a738-4ce2-9838-732658516426"));
  CHECK(contains(text, "needs you (Bash)"));
  CHECK(contains(text, "input.needed from claude_code/hook, seq "));
  CHECK(contains(text, "your answer"));

  const auto object = cli.start({"explain", "0bb3", "--json"});
  REQUIRE(object->wait() == 0);
  json::Reader reader;
  const json::Value* root = reader.parse(object->out());
  REQUIRE(root != nullptr);
  CHECK(json::get_string(*json::get_object(*root, "status"), "status") == "waiting_for_permission");
  CHECK(json::get_array(*root, "evidence") != nullptr);
  CHECK(json::find(*root, "context") == nullptr);
}

}  // namespace
}  // namespace atm::test
