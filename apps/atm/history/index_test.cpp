// SPDX-License-Identifier: MIT
// Questions about a history, answered from index.db.
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <history/file.hpp>
#include <history/index.hpp>
#include <map>
#include <set>

#include "history/history.hpp"
#include "history/written_history.hpp"
#include "support/catch.hpp"

using namespace atm::history;
using atm::sqlite::Statement;

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kBegin = 1'800'000'000 * kSecond;

class Past : public atm::test::WrittenHistory {
 public:
  Past() : WrittenHistory(kBegin, "s1") {}

  Past& observe(double seconds, std::string type, std::vector<std::pair<std::string, Value>> attrs = {},
                const std::string& session = {}) {
    add(seconds, std::move(type), std::move(attrs), session);
    return *this;
  }
  /// The rows of a question; by default of the whole time.
  std::vector<std::string> ask(const std::string& name, double since = -1, double until = 1e6,
                               const std::string& project = {}, const std::string& session = {}) {
    const auto text = [](const Statement& row, int i) {
      if (row.name(i).ends_with("|time")) return '@' + std::to_string((row.integer(i) - kBegin) / kSecond);
      if (row.name(i).ends_with("|duration")) return std::to_string(row.integer(i) / kSecond) + 's';
      return std::string(row.text(i));
    };
    for (const atm::cli::HistoryQuestion& question : atm::cli::history_questions()) {
      if (name == question.name) return rows(question.sql, text, at(since), at(until), project, session);
    }
    FAIL("no question " << name);
    return {};
  }
};

using Lines = std::vector<std::string>;

Past& working_day(Past& past) {
  past.observe(0, "session.started", {{"cwd", std::string("/w/one")}, {"version", std::string("2.1")}})
      .observe(10, "prompt.submitted")
      .observe(12, "tool.started", {{"tool", std::string("Bash")}, {"tool_use_id", std::string("t1")}})
      .observe(13, "input.needed", {{"reason", std::string("permission")}, {"tool", std::string("Bash")}})
      .observe(43, "tool.finished",
               {{"tool", std::string("Bash")}, {"tool_use_id", std::string("t1")}, {"is_error", true}})
      .observe(50, "turn.finished", {{"outcome", std::string("ok")}});
  past.observe(0, "session.started", {{"cwd", std::string("/w/two")}}, "s2")
      .observe(20, "prompt.submitted", {}, "s2")
      .observe(30, "turn.finished",
               {{"outcome", std::string("error")}, {"error.kind", std::string("rate_limit")}}, "s2");
  return past;
}

}  // namespace

TEST_CASE("the time that agents waited for the user is summed up by project") {
  Past past;
  working_day(past);
  CHECK(past.ask("waits") == Lines{"/w/one 1 30s 30s 30000000000"});
  CHECK(past.ask("longest") == Lines{"@13 s1 /w/one permission Bash 30s"});
}

TEST_CASE("the sleep of the machine does not count as a wait") {
  Past past;
  past.observe(0, "session.started", {{"cwd", std::string("/w/one")}})
      .observe(1, "prompt.submitted")
      .observe(2, "input.needed", {{"reason", std::string("question")}});
  past.sleep(1000);
  past.observe(1012, "input.resolved", {{"outcome", std::string("answered")}});
  CHECK(past.ask("waits") == Lines{"/w/one 1 10s 10s 10000000000"});
}

TEST_CASE("a reminder for the next prompt is no wait") {
  Past past;
  past.observe(0, "session.started", {{"cwd", std::string("/w/one")}})
      .observe(1, "input.needed", {{"reason", std::string("idle")}})
      .observe(90, "prompt.submitted");
  CHECK(past.ask("waits").empty());
}

TEST_CASE("turns that failed come first, then the slowest") {
  Past past;
  working_day(past);
  CHECK(past.ask("turns") == Lines{"@20 s2 /w/two 10s error rate_limit 0", "@10 s1 /w/one 40s ok  1"});
}

TEST_CASE("tools are counted with their failures and times") {
  Past past;
  working_day(past).observe(60, "tool.started",
                            {{"tool", std::string("Read")}, {"tool_use_id", std::string("t2")}});
  past.observe(61, "tool.finished",
               {{"tool", std::string("Read")}, {"tool_use_id", std::string("t2")}, {"is_error", false}});
  CHECK(past.ask("tools") == Lines{"Bash 1 1 100.0 31s 31s 31000000000", "Read 1 0 0.0 1s 1s 1000000000"});
}

TEST_CASE("the state of each session at a time is known") {
  Past past;
  working_day(past);
  CHECK(past.ask("at", -1, 25) ==
        Lines{"s2 /w/two working @20 - - @20", "s1 /w/one waiting @13 Bash permission @10"});
  CHECK(past.ask("at", -1, 47, "", "s1") == Lines{"s1 /w/one working @43 - - @10"});
}

TEST_CASE("a summary counts the turns, tools and time of each session") {
  Past past;
  working_day(past);
  CHECK(past.ask("since") == Lines{"s1 /w/one 1 0 1 10s 30s idle @50", "s2 /w/two 1 1 0 10s 0s idle @30"});
}

TEST_CASE("the growth of a context is sampled") {
  Past past;
  past.observe(0, "session.started", {{"cwd", std::string("/w/one")}});
  for (int i = 0; i < 50; ++i)
    past.observe(i + 1, "status.reported",
                 {{"context.used_percentage", 10.0 + i}, {"context.input_tokens", std::int64_t{i}}});
  past.observe(60, "compaction.started").observe(70, "compaction.finished");
  past.observe(71, "status.reported", {{"context.used_percentage", 4.0}});
  CHECK(past.ask("context") == Lines{"s1 /w/one 10.0 59.0 4.0 1 @60"});
}

TEST_CASE("a session whose process is gone has ended") {
  Past past;
  past.observe(0, "session.started", {{"cwd", std::string("/w/one")}})
      .observe(1, "prompt.submitted")
      .observe(5, "process.exited", {{"pid", std::int64_t{7}}});
  CHECK(past.ask("since") == Lines{"s1 /w/one 1 0 0 4s 0s ended (process_exited) @5"});
  CHECK(past.ask("at", -1, 9).empty());
}

TEST_CASE("a second catch-up adds only what is new, and a new index gives the same answers") {
  Past past;
  working_day(past);
  const Lines before = past.ask("tools");
  CHECK(past.ask("tools") == before);
  std::filesystem::remove(past.path("index.db"));
  CHECK(past.ask("tools") == before);
}

TEST_CASE("sessions are found by a part of their directory") {
  Past past;
  working_day(past);
  const Lines found = past.ask("sessions", -1, 1e6, "two");
  REQUIRE(found.size() == 1);
  CHECK(found.front().starts_with("s2 /w/two"));
  // A text of the user is no pattern.
  CHECK(past.ask("sessions", -1, 1e6, "t_o").empty());
  CHECK(past.ask("sessions", -1, 1e6, "", "s%").empty());
}

TEST_CASE("the documentation lists each table of the index and its columns") {
  std::ifstream in(ATM_HISTORY_GUIDE);
  std::map<std::string, std::set<std::string>> documented;
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with("| `") || line.find(" | ") == std::string::npos) continue;
    std::vector<std::string> words;
    for (std::size_t at = line.find('`'); at != std::string::npos; at = line.find('`', at + 1)) {
      const std::size_t end = line.find('`', at + 1);
      words.push_back(line.substr(at + 1, end - at - 1));
      at = end;
    }
    // The words in brackets are values of the column before them.
    documented.try_emplace(words.front(), words.begin() + 1, words.end());
  }
  atm::test::TempDir dir;
  Index index((dir.path() / "index.db").string());
  Statement columns(
      index.database().c(),
      "SELECT t.name, c.name FROM sqlite_schema t, pragma_table_info(t.name) c WHERE t.type = 'table'");
  int count = 0;
  while (columns.step()) {
    const std::string table(columns.text(0));
    const std::string column(columns.text(1));
    if (table == "progress" || column == "started_awake_ns") continue;  // for the index itself
    INFO(table << '.' << column);
    CHECK(documented[table].count(column) == 1);
    ++count;
  }
  CHECK(count > 40);
}

TEST_CASE("the project of a directory is the root of its git work tree") {
  const atm::test::TempDir dir;
  std::filesystem::create_directories(dir.path() / "repo/.git");
  std::filesystem::create_directories(dir.path() / "repo/src/deep");
  CHECK(project_of((dir.path() / "repo/src/deep").string()) == (dir.path() / "repo").string());
  CHECK(project_of("/does/not/exist") == "/does/not/exist");
}
