// SPDX-License-Identifier: MIT
// What the history does not store, and what atm history forget deletes.
#include <chrono>
#include <filesystem>
#include <history/file.hpp>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "history_fixture.hpp"
#include "support/catch.hpp"
#include "support/text.hpp"

namespace atm::test {
TEST_CASE("no text of the user or of the agent is stored", "[history]") {
  ServedDaemon daemon(kWithHistory);
  {
    Wire client(daemon);
    client.greet();
    const std::vector<std::pair<std::string, std::string>> hooks{
        {"SessionStart", R"("source":"startup","title":"CANARY-1","session_title":"CANARY-2")"},
        {"UserPromptSubmit", R"("prompt_id":"p1","prompt":"CANARY-3","message":{"content":"CANARY-4"})"},
        {"PreToolUse",
         R"("tool_name":"KEPT-TOOL","tool_use_id":"KEPT-ID","prompt_id":"p1","tool_input":{"command":"CANARY-5"})"},
        {"PermissionRequest",
         R"("tool_name":"KEPT-TOOL","prompt_id":"p1","tool_input":{"command":"CANARY-6"},"permission_suggestions":["CANARY-7"])"},
        {"Notification",
         R"("notification_type":"permission_prompt","message":"CANARY-8","title":"CANARY-9")"},
        {"PostToolUse",
         R"("tool_name":"KEPT-TOOL","tool_use_id":"KEPT-ID","tool_response":{"stdout":"CANARY-10"},"tool_input":{"a":"CANARY-11"})"},
        {"PostToolUseFailure", R"("tool_name":"KEPT-TOOL","tool_use_id":"KEPT-ID","error":"CANARY-12")"},
        {"SubagentStop", R"("agent_id":"a1","agent_type":"Explore","last_assistant_message":"CANARY-13")"},
        {"CANARY-14", R"("anything":"CANARY-15")"},
        {"Stop", R"("prompt_id":"p1","last_assistant_message":"CANARY-16","stop_reason":"CANARY-17")"}};
    for (const auto& [event, more] : hooks) client.send(hook("canaries", event, more));
    client.send(status_line(
        "canaries", 0.5,
        R"("session_name":"CANARY-18","output_style":{"name":"CANARY-19"},"vendor":"CANARY-20")"));
    client.sync();
  }
  REQUIRE(daemon.process().stop() == 0);
  const std::filesystem::path directory = daemon.home().dir().path() / "state/atm";
  std::string all;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    if (entry.is_regular_file()) all += content_of(entry.path());
  }
  const auto file = history::HistoryFile::open_read_only((directory / "history.db").string());
  file->read(0, [&all](const history::Input& input, std::uint64_t) {
    all += input.type + ' ' + input.session + ' ' + input.actor + ' ' + input.origin;
    for (const auto& [key, value] : input.attrs) {
      all += key;
      if (const auto* text = std::get_if<std::string>(&value)) all += *text;
    }
    return true;
  });
  for (const std::string& state : file->restored().checkpoints) all += state;
  CHECK_FALSE(contains(all, "CANARY"));
  CHECK(contains(all, "KEPT-TOOL"));
  CHECK(contains(all, "KEPT-ID"));
}

TEST_CASE("atm history forget deletes a session beside a running daemon", "[history]") {
  ServedDaemon daemon(kWithHistory);
  const Programs atm(daemon);
  const std::filesystem::path file = daemon.home().dir().path() / "state/atm/history.db";
  REQUIRE(daemon.process().stop() == 0);
  std::filesystem::remove(file);
  {
    const auto two_days_ago = std::chrono::system_clock::now() - std::chrono::hours(48);
    std::vector<history::Input> old(50);
    for (history::Input& input : old) {
      input.type = "session.started";
      input.session = "gone-canary";
      input.arrived_ns = std::chrono::nanoseconds(two_days_ago.time_since_epoch()).count();
    }
    const auto made = history::HistoryFile::open(file.string());
    sqlite::Transaction transaction(made->database());
    made->append(old);
    transaction.commit();
  }
  daemon.restart();
  work(daemon);
  REQUIRE(is_durable(daemon));
  const auto asks = daemon.session("asks");
  REQUIRE(asks);

  CHECK(
      contains(atm.run({"history", "forget", "--session", "asks"})->err(), "atmd still knows session asks"));
  CHECK(atm.out({"history", "forget", "--session", "gone"}) == "forgot 50 inputs\n");
  {
    Wire client(daemon);
    client.greet();
    client.send(hook("new", "SessionStart", R"("source":"startup")"));
    client.sync();
  }
  REQUIRE(is_durable(daemon));
  CHECK(atm.out({"history", "verify"}).find("no fault") != std::string::npos);
  for (const char* suffix : {"", "-wal"})
    CHECK_FALSE(contains(content_of(file.string() + suffix), "gone-canary"));
  REQUIRE(daemon.process().stop(SIGKILL) == 128 + SIGKILL);
  daemon.restart();
  CHECK(seen(daemon.session("asks").value()) == seen(*asks));
  CHECK(daemon.session("new"));
}

}  // namespace atm::test
