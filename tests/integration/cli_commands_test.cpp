// SPDX-License-Identifier: MIT
// Runs atm as users and scripts do, against the real daemon.
#include <atm/json.hpp>
#include <map>

#include "cli_fixture.hpp"
#include "support/catch.hpp"
#include "support/text.hpp"

namespace atm::test {
namespace {

// The status in `list --json`, by a prefix of the id.
std::map<std::string, std::string> statuses(const std::string& list) {
  json::Reader reader;
  const json::Value* root = reader.parse(list);
  std::map<std::string, std::string> found;
  if (root == nullptr || !root->IsArray()) return found;
  for (const json::Value& session : root->GetArray()) {
    const json::Value* status = json::get_object(session, "status");
    if (status == nullptr) continue;
    found[std::string(json::get_string(session, "id").value_or("")).substr(0, 8)] =
        json::get_string(*status, "status").value_or("");
  }
  return found;
}

// Returns the list once `is` holds: a hook ends before the daemon has read its message.
std::string list_when(const CliFixture& cli,
                      const std::function<bool(const std::map<std::string, std::string>&)>& is) {
  std::string text;
  for (int i = 0; i < 200; ++i) {
    const auto list = cli.start({"list", "--json"});
    REQUIRE(list->wait() == 0);
    text = list->out();
    if (is(statuses(text))) break;
  }
  return text;
}

TEST_CASE("without a daemon every command ends with 3 and names the socket and the remedy", "[cli]") {
  const CliFixture cli;
  for (const CliFixture::Words& command : {CliFixture::Words{"list"},
                                           {"watch"},
                                           {"show", "x"},
                                           {"explain", "x"},
                                           {"wait", "x", "--until", "idle"},
                                           {"wait", "--any", "--until", "ended"},
                                           {"ack", "x"},
                                           {"plugins"},
                                           {"stats"},
                                           {"ping"}}) {
    const auto program = cli.start(command);
    CHECK(program->wait() == 3);
    CHECK(program->out().empty());
    CHECK(contains(program->err(), cli.socket().string()));
    CHECK(contains(program->err(), "; start atmd"));
  }
}

TEST_CASE("an invalid command line ends with 2", "[cli]") {
  const CliFixture cli;
  for (const CliFixture::Words& command : {CliFixture::Words{"lst"},
                                           {"show"},
                                           {"watch", "--count", "none"},
                                           {"list", "--no"},
                                           {"explain"},
                                           {"wait", "--until", "idle"},
                                           {"wait", "x"},
                                           {"wait", "x", "--any", "--until", "idle"},
                                           {"wait", "x", "--until", "tea"},
                                           {"wait", "x", "--until", "idle", "--timeout", "soon"},
                                           {"ack"}}) {
    const auto program = cli.start(command);
    CHECK(program->wait() == 2);
    CHECK(program->err().rfind("atm: ", 0) == 0);
    CHECK(program->err().size() < 200);
    CHECK(program->out().empty());
  }
  const auto mistyped = cli.start({"lst"});
  CHECK(mistyped->wait() == 2);
  CHECK(mistyped->err() == "atm: unknown command 'lst'; did you mean 'list'? see atm --help\n");
  CHECK(cli.start({"--version"})->wait() == 0);
  const auto error_of = [&cli](const CliFixture::Words& command) {
    const auto program = cli.start(command);
    program->wait();
    return program->err();
  };
  CHECK(error_of({"wait", "--any", "--until", "tea"}) ==
        "atm: --until: found tea, expected ended, idle or needs-input; see atm wait --help\n");
  CHECK(error_of({"watch", "--count", "0"}) ==
        "atm: --count: found 0, expected a number from 1 to 1000000000; see atm watch --help\n");
  CHECK(error_of({"list", "x"}) == "atm: found x, expected no such argument; see atm list --help\n");
}

TEST_CASE("the help is that of all commands or of one, and contains the exit codes", "[cli]") {
  const CliFixture cli;
  const auto help = cli.start({"help"});
  CHECK(help->wait() == 0);
  CHECK(contains(help->out(), "   74  the output cannot be written"));
  const auto same = cli.start({"--help"});
  CHECK(same->wait() == 0);
  CHECK(same->out() == help->out());
  const auto one = cli.start({"help", "wait"});
  CHECK(one->wait() == 0);
  CHECK(contains(one->out(), "Usage: atm wait "));
  CHECK(contains(one->out(), "    4  timed out\n"));
  const auto cost = cli.start({"help", "cost"});
  CHECK(cost->wait() == 0);
  CHECK(contains(cost->out(), "    6  above the limit of --fail-over\n"));
  CHECK_FALSE(contains(cost->out(), "timed out"));
  CHECK_FALSE(contains(cost->out(), "no daemon answers"));
  const auto none = cli.start({"help", "wiat"});
  CHECK(none->wait() == 2);
  CHECK(contains(none->err(), "did you mean 'wait'"));
}

TEST_CASE("a wrong option of atmd is named with the program and the help", "[cli]") {
  const Home home;
  Atmd daemon(home, {"--nope"});
  CHECK(daemon.wait() == 2);
  CHECK(daemon.output() == "atmd: the following argument was not expected: --nope; see atmd --help\n");
}

TEST_CASE("a file in the place of the socket is named as such", "[cli]") {
  const CliFixture cli;
  const std::string file = (cli.home() / "file").string();
  std::ofstream(file, std::ios::binary) << "x";
  const auto list = cli.start({"--socket", file, "list"});
  CHECK(list->wait() == 3);
  CHECK(contains(list->err(),
                 "no daemon answers at " + file + " (not a socket); start atmd, or name its socket"));
}

TEST_CASE("an output that cannot be written ends with 74 and the reason", "[cli]") {
  CliFixture cli;
  cli.start_daemon();
  for (const char* command : {"list", "--help", "stats"}) {
    Program program({"/bin/sh", "-c", "exec \"$0\" $1 >/dev/full", ATM_TEST_ATM, command}, cli.environment());
    CHECK(program.wait() == 74);
    CHECK(program.err() == "atm: cannot write the output: No space left on device\n");
  }
}

TEST_CASE("atm cost explain takes a unique beginning or end of a session id", "[cli]") {
  const CliFixture cli;
  const TempDir dir;
  for (const std::string id : {"s1-late", "s2-late"}) {
    dir.file("projects/p/" + id + ".jsonl",
             R"({"type":"assistant","sessionId":")" + id +
                 R"(","cwd":"/home/dev/p","timestamp":"2026-10-20T09:00:00Z","message":{"id":"msg_)" + id +
                 R"(","model":"claude-sonnet-4-6","usage":{"input_tokens":5,"output_tokens":120}}})"
                 "\n");
  }
  CliFixture::Words environment = cli.environment();
  environment.push_back("CLAUDE_CONFIG_DIR=" + dir.path().string());
  const auto explain = [&environment](const std::string& id) {
    auto program =
        std::make_unique<Program>(CliFixture::Words{ATM_TEST_ATM, "cost", "explain", id}, environment);
    program->wait();
    return program;
  };
  for (const char* part : {"s1", "1-late", "s1-late"}) CHECK(contains(explain(part)->out(), "s1-late"));
  CHECK(explain("late")->err() ==
        "atm: the ids of 2 sessions begin or end with 'late': s1-late, s2-late; give a longer part\n");
  CHECK(explain("x")->err() ==
        "atm: no response has the id 'x', and no session has an id that begins or ends with it; "
        "see atm cost --by session\n");
}

TEST_CASE("recorded agent processes end in the status of their recording", "[cli][replay]") {
  CliFixture cli;
  cli.start_daemon();
  const auto player = cli.play_and_hold({"2.1.330/permission.jsonl@63", "2.1.197/tools.jsonl@42",
                                         "2.1.330/subagent.jsonl@100", "2.1.197/errors.jsonl@95",
                                         "2.1.330/interrupt.jsonl", "2.1.330/ctxlevels.jsonl@32"});
  REQUIRE(cli.is_handled(*player));
  const std::map<std::string, std::string> expected{{"0bb3f80d", "waiting_for_permission"},
                                                    {"f0bb38ae", "running_tool"},
                                                    {"e5535a62", "background"},
                                                    {"deb8441e", "error"},
                                                    {"c7fce5d5", "ended"},
                                                    {"6f1301ed", "idle"}};
  const std::string list = list_when(cli, [&](const auto& now) { return now == expected; });
  CHECK(statuses(list) == expected);

  SECTION("the table contains them, without escapes unless the output is a terminal") {
    // The last status line may still be on its way.
    std::string text;
    for (int i = 0; i < 200 && !contains(text, "90% !!"); ++i) {
      const auto table = cli.start({"list"});
      REQUIRE(table->wait() == 0);
      text = table->out();
    }
    CHECK(contains(text, "needs you (Bash)"));
    CHECK(contains(text, "90% !!"));
    const auto same = cli.start({});
    REQUIRE(same->wait() == 0);
    CHECK(same->out().substr(0, 10) == text.substr(0, 10));
    CHECK(text.find('\x1b') == std::string::npos);
    CHECK(text.find("0bb3f80d") < text.find("f0bb38ae"));
  }
  SECTION("show accepts a prefix of an id") {
    const auto show = cli.start({"show", "0bb3"});
    REQUIRE(show->wait() == 0);
    CHECK(contains(show->out(), "0bb3f80d-a738-4ce2-9838-732658516426"));
    CHECK(contains(show->out(), "input.needed from claude_code/hook"));
    CHECK(contains(show->out(), "cost.hourly_rate_usd"));
    const auto object = cli.start({"show", "0bb3", "--json"});
    REQUIRE(object->wait() == 0);
    json::Reader reader;
    const json::Value* root = reader.parse(object->out());
    REQUIRE(root != nullptr);
    CHECK(json::get_string(*root, "id") == "0bb3f80d-a738-4ce2-9838-732658516426");
  }
  SECTION("times are local and have their offset, or are in UTC") {
    const auto show = cli.start({"show", "0bb3"});
    REQUIRE(show->wait() == 0);
    CHECK(contains(show->out(), "+00:00 ("));
    CliFixture::Words east = cli.environment();
    for (std::string& variable : east) {
      if (variable == "TZ=UTC") variable = "TZ=EAST-05:30";
    }
    Program local({ATM_TEST_ATM, "show", "0bb3"}, east);
    REQUIRE(local.wait() == 0);
    CHECK(contains(local.out(), "+05:30 ("));
    Program utc({ATM_TEST_ATM, "show", "0bb3", "--utc"}, east);
    REQUIRE(utc.wait() == 0);
    CHECK(contains(utc.out(), "+00:00 ("));
  }
  SECTION("ack names the session that it acknowledges, by a beginning or an end of its id") {
    const auto ack = cli.start({"ack", "6426"});
    REQUIRE(ack->wait() == 0);
    CHECK(contains(ack->out(), "acknowledged 0bb3f80d: needs you (Bash)"));
    REQUIRE(list_when(cli, [](const auto&) { return true; }).size() > 2);
    const auto again = cli.start({"ack", "0bb3"});
    REQUIRE(again->wait() == 0);
    CHECK(contains(again->out(), "nothing to acknowledge in 0bb3f80d: waiting (Bash)"));
  }
  SECTION("an unknown or ambiguous part of an id ends with 1") {
    const auto none = cli.start({"show", "zzz"});
    CHECK(none->wait() == 1);
    CHECK(contains(none->err(), "'zzz'"));
    const auto several = cli.start({"show", ""});
    CHECK(several->wait() == 1);
    CHECK(contains(several->err(), "6 sessions"));
  }
}

TEST_CASE("watch prints a line for each change and ends after the given number", "[cli]") {
  CliFixture cli;
  cli.start_daemon();
  const auto watch = cli.start({"watch", "--count", "4"});
  const auto player = cli.play({"2.1.330/permission.jsonl"});
  REQUIRE(player->wait() == 0);
  CHECK(watch->wait() == 0);
  const std::string text = watch->out();
  CHECK(std::count(text.begin(), text.end(), '\n') == 4);
  CHECK(contains(text, "0bb3f80d"));
}

TEST_CASE("watch as JSON prints one object a line and ends after the given time", "[cli]") {
  CliFixture cli;
  cli.start_daemon();
  const auto watch = cli.start({"watch", "--json", "--for", "0.3"});
  CHECK(watch->wait() == 0);
  json::Reader reader;
  const json::Value* root = reader.parse(watch->out());
  REQUIRE(root != nullptr);
  CHECK(json::get_string(*root, "type") == "sessions");
}

TEST_CASE("watch reports the loss of the daemon and its return", "[cli]") {
  CliFixture cli;
  cli.start_daemon();
  const auto watch = cli.start({"watch"});
  REQUIRE(cli.play({"2.1.330/permission.jsonl@10"})->wait() == 0);
  REQUIRE(watch->wait_for([](const std::string& text) { return contains(text, "0bb3f80d"); }));
  CHECK(cli.stop_daemon() == 0);
  REQUIRE(watch->wait_for([](const std::string& text) { return contains(text, "trying again"); }));
  cli.start_daemon();
  REQUIRE(watch->wait_for([](const std::string& text) { return contains(text, "connected again"); }));
  REQUIRE(cli.play({"2.1.330/tools.jsonl@10"})->wait() == 0);
  CHECK(watch->wait_for([](const std::string& text) { return contains(text, "878571a9"); }));
  watch->signal(SIGTERM);
  CHECK(watch->wait() == 0);
}

TEST_CASE("plugins, stats and ping report on the daemon", "[cli]") {
  CliFixture cli;
  cli.start_daemon();
  const auto plugins = cli.start({"plugins"});
  CHECK(plugins->wait() == 0);
  for (const char* id : {"claude_code", "context", "cost", "processes", "unix"})
    CHECK(contains(plugins->out(), id));
  const auto stats = cli.start({"stats"});
  CHECK(stats->wait() == 0);
  CHECK(contains(stats->out(), "registry.sessions"));
  const auto ping = cli.start({"ping"});
  CHECK(ping->wait() == 0);
  CHECK(contains(ping->out(), cli.socket().string()));
}

TEST_CASE("JSON output contains no character that controls a terminal, and the same data", "[cli]") {
  CliFixture cli;
  cli.start_daemon();
  const std::string payload =
      R"({"hook_event_name":"SessionStart","session_id":"hostile","source":"startup",)"
      R"("cwd":"/x/\u001b[2J\u009b\u0085\u007f\u202e\u2066"})";
  REQUIRE(cli.report_session("hostile", payload));
  for (const CliFixture::Words& command :
       {CliFixture::Words{"list", "--json"},
        {"show", "hostile", "--json"},
        {"explain", "hostile", "--json"},
        {"watch", "--json", "--for", "0.3"},
        {"wait", "hostile", "--until", "idle", "--json", "--timeout", "20"},
        {"stats", "--json"},
        {"plugins", "--json"},
        {"doctor", "--json"}}) {
    const auto program = cli.start(command);
    static_cast<void>(program->wait());
    const std::string text = program->out();
    INFO(command[0] << ": " << text);
    CHECK(text.size() > 10);
    for (const char* const hostile : {"\x1b", "\u009b", "\u0085", "\x7f", "\u202e", "\u2066"})
      CHECK_FALSE(contains(text, hostile));
  }
  const auto show = cli.start({"show", "hostile", "--json"});
  REQUIRE(show->wait() == 0);
  const std::string text = show->out();
  json::Reader reader;
  const json::Value* root = reader.parse(text);
  REQUIRE(root != nullptr);
  CHECK(json::get_string(*root, "working_directory") == "/x/\x1b[2J\u009b\u0085\x7f\u202e\u2066");
}

}  // namespace
}  // namespace atm::test
