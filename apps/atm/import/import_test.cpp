// SPDX-License-Identifier: MIT
// atm import: recorded and hostile transcripts become sessions and turns of the history.
#include "import/import.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <atm/json.hpp>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <history/file.hpp>
#include <history/imports.hpp>
#include <history/index.hpp>
#include <sstream>
#include <thread>

#include "history/written_history.hpp"
#include "support/catch.hpp"

using namespace atm::history;
using atm::sqlite::Statement;
using atm::sqlite::Transaction;
namespace fs = std::filesystem;

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kBegin = 1'795'352'400 * kSecond;  // 2026-11-22 13:00:00 UTC
const std::string kSession = "11111111-2222-4333-8444-555555555555";

std::string time_text(double seconds) {
  char text[64];
  const auto ms = static_cast<int>(std::lround(seconds * 1000));
  std::snprintf(text, sizeof text, "2026-11-22T%02d:%02d:%02d.%03dZ", 13 + ms / 3'600'000, ms / 60'000 % 60,
                ms / 1000 % 60, ms % 1000);
  return text;
}

std::string line(double seconds, const std::string& type, const std::string& message,
                 const std::string& more = "", const std::string& session = kSession) {
  return R"({"type":")" + type + R"(","timestamp":")" + time_text(seconds) + R"(","sessionId":")" + session +
         R"(","cwd":"/w/one","version":"2.1.330",)" + more + R"("message":{)" + message + "}}\n";
}
std::string prompt(double seconds, const std::string& session = kSession) {
  return line(seconds, "user", R"("role":"user","content":"secret-prompt")", R"("promptId":"p",)", session);
}
std::string answer(double seconds, const std::string& session = kSession) {
  return line(
      seconds, "assistant",
      R"("model":"claude-sonnet-4-6","stop_reason":"end_turn","content":[{"type":"text","text":"secret-answer"}])",
      "", session);
}
std::string tool(double seconds, const std::string& id) {
  return line(seconds, "assistant",
              R"("model":"claude-sonnet-4-6","stop_reason":"tool_use","content":[{"type":"tool_use","id":")" +
                  id + R"(","name":"Bash","input":{"command":"secret-command"}}])");
}
std::string result(double seconds, const std::string& id) {
  return line(seconds, "user",
              R"("role":"user","content":[{"type":"tool_result","tool_use_id":")" + id +
                  R"(","content":"secret-output","is_error":true}])");
}

/// A configuration directory of Claude Code and a history, both private.
class Machine : public atm::test::WrittenHistory {
 public:
  Machine() : WrittenHistory(kBegin, kSession) {}

  [[nodiscard]] fs::path transcript(const std::string& session = kSession) const {
    return directory() / "claude/projects/-w-one" / (session + ".jsonl");
  }
  void write(const std::string& text, const std::string& session = kSession) const {
    fs::create_directories(transcript().parent_path());
    std::ofstream(transcript(session), std::ios::app | std::ios::binary) << text;
  }
  /// Writes the files of a recording of Claude Code: one for each session, and one for each subagent.
  void write_recording(const fs::path& recording) const {
    std::ifstream in(recording);
    REQUIRE(in);
    atm::json::Reader reader;
    for (std::string text; std::getline(in, text);) {
      const atm::json::Value* value = reader.parse(text);
      REQUIRE(value != nullptr);
      const std::string session(atm::json::get_string(*value, "sessionId").value_or(""));
      const std::string agent(atm::json::get_string(*value, "agentId").value_or(""));
      fs::path to = transcript(session);
      if (!agent.empty()) to = to.parent_path() / session / "subagents" / ("agent-" + agent + ".jsonl");
      fs::create_directories(to.parent_path());
      std::ofstream(to, std::ios::app) << text << '\n';
    }
  }
  void observe(double seconds, std::string type, std::vector<std::pair<std::string, Value>> attrs = {},
               const std::string& session = {}) {
    add(seconds, std::move(type), std::move(attrs), session);
  }

  atm::cli::ImportFigures import(bool is_dry = false, std::int64_t since_ns = 0) {
    return atm::cli::import_transcripts(file(), {path("claude")}, since_ns, is_dry);
  }
  /// The rows of a query on the index; times in seconds from kBegin.
  std::vector<std::string> rows(const std::string& sql) {
    return WrittenHistory::rows(sql, [](const Statement& row, int i) {
      if (!row.name(i).ends_with("_ns")) return std::string(row.text(i));
      const std::int64_t tenths = (row.integer(i) - kBegin) / (kSecond / 10);
      return std::to_string(tenths / 10) + '.' + std::to_string(tenths % 10);
    });
  }
  std::vector<std::string> turns() {
    return rows("SELECT started_ns, ended_ns, outcome FROM turn ORDER BY started_ns, session");
  }
  std::vector<std::string> spans() {
    return rows("SELECT state, started_ns, ended_ns FROM span ORDER BY started_ns");
  }
  std::string content() const {
    std::string all;
    for (const char* name : {"history.db", "history.db-wal", "index.db", "index.db-wal"}) {
      std::ostringstream text;
      text << std::ifstream(path(name), std::ios::binary).rdbuf();
      all += text.str();
    }
    return all;
  }
};

using Lines = std::vector<std::string>;

const std::string kTurn = prompt(0) + tool(1, "t1") + result(3, "t1") + answer(4);

}  // namespace

TEST_CASE("a transcript becomes a session with its turns and tool uses") {
  Machine machine;
  machine.write(kTurn + prompt(60) + answer(70));
  const auto figures = machine.import();
  CHECK(figures.turns == 2);
  CHECK(figures.tools == 1);
  CHECK(figures.sessions == std::set<std::string>{kSession});
  CHECK(machine.turns() == Lines{"0.0 4.0 ok", "60.0 70.0 ok"});
  CHECK(machine.rows("SELECT name, started_ns, ended_ns, failed FROM tool") == Lines{"Bash 1.0 3.0 1"});
  CHECK(machine.spans() ==
        Lines{"idle 0.0 0.0", "working 0.0 4.0", "idle 4.0 60.0", "working 60.0 70.0", "idle 70.0 70.0"});
  CHECK(machine.rows(
            "SELECT id, agent, directory, model, agent_version, first_ns, last_ns, ended_ns, end_reason "
            "FROM session") ==
        Lines{kSession + " claude_code /w/one claude-sonnet-4-6 2.1.330 0.0 70.0 70.0 imported"});
  CHECK(machine.rows("SELECT version, sessions FROM version") == Lines{"2.1.330 1"});
}

TEST_CASE("a second import changes nothing, and one of a longer transcript adds what is new") {
  Machine machine;
  machine.write(kTurn);
  CHECK(machine.import(true).inputs != 0);
  CHECK(machine.turns().empty());
  CHECK(machine.import().inputs != 0);
  const std::int64_t change = Imports(machine.file().database()).change();
  const auto again = machine.import();
  CHECK(again.inputs == 0);
  CHECK(again.unchanged == 1);
  CHECK(Imports(machine.file().database()).change() == change);
  machine.write(prompt(60) + answer(70));
  CHECK(machine.import().unchanged == 0);
  CHECK(machine.turns() == Lines{"0.0 4.0 ok", "60.0 70.0 ok"});
  CHECK(machine.file().verify().empty());
}

TEST_CASE("an import keeps what a deleted transcript contained") {
  Machine machine;
  machine.write(kTurn);
  CHECK(machine.import().turns == 1);
  fs::remove(machine.transcript());
  CHECK(machine.import().files == 0);
  fs::remove(machine.path("index.db"));
  CHECK(machine.turns() == Lines{"0.0 4.0 ok"});
}

TEST_CASE("what the daemon has seen itself is not imported") {
  Machine machine;
  // The daemon sees the second turn, and reads the end of the transcript.
  machine.write(kTurn + prompt(60) + answer(70));
  machine.observe(59.9, "session.started", {{"cwd", std::string("/w/one")}});
  machine.observe(60.2, "prompt.submitted");
  machine.observe(65, "input.needed", {{"reason", std::string("permission")}});
  machine.observe(68, "input.resolved", {{"outcome", std::string("answered")}});
  machine.observe(70.3, "turn.finished", {{"outcome", std::string("interrupted")}});
  const Lines live = machine.turns();
  CHECK(live == Lines{"60.2 70.3 interrupted"});
  CHECK(machine.import().turns == 1);
  CHECK(machine.turns() == Lines{"0.0 4.0 ok", "60.2 70.3 interrupted"});
  CHECK(machine.rows("SELECT end_reason FROM session") == Lines{"-"});
  CHECK(machine.spans() == Lines{"idle 0.0 0.0", "working 0.0 4.0", "idle 4.0 60.2", "working 60.2 65.0",
                                 "waiting 65.0 68.0", "working 68.0 70.3", "idle 70.3 -"});
  CHECK(machine.rows("SELECT awake_ns / 1000000000 AS s FROM span WHERE state = 'idle' AND ended_ns > 0 "
                     "ORDER BY started_ns DESC LIMIT 1") == Lines{"56"});
}

TEST_CASE("a session that goes on after its import is not ended") {
  Machine machine;
  machine.write(kTurn);
  CHECK(machine.import().turns == 1);
  // The daemon starts, reads the end of the transcript, and sees the next turn.
  machine.observe(0, "prompt.submitted", {{"recorded", true}});
  machine.observe(4, "turn.finished", {{"outcome", std::string("ok")}, {"recorded", true}});
  machine.observe(60, "prompt.submitted");
  CHECK(machine.turns() == Lines{"0.0 4.0 ok", "60.0 - -"});
  CHECK(machine.rows("SELECT end_reason FROM session") == Lines{"-"});
}

TEST_CASE("a transcript that is read again closes no turn and begins none") {
  Machine machine;
  machine.observe(0, "session.started");
  machine.observe(1, "prompt.submitted");
  machine.observe(5, "turn.finished", {{"outcome", std::string("ok")}});
  machine.observe(10, "prompt.submitted");
  machine.observe(11, "tool.started", {{"tool", std::string("Bash")}, {"tool_use_id", std::string("t9")}});
  // As after a restart of the daemon in the second turn.
  machine.observe(0.9, "prompt.submitted", {{"recorded", true}});
  machine.observe(4.9, "turn.finished", {{"outcome", std::string("ok")}, {"recorded", true}});
  CHECK(machine.turns() == Lines{"1.0 5.0 ok", "10.0 - -"});
  CHECK(machine.rows("SELECT ended_ns FROM tool") == Lines{"-"});
  machine.observe(12, "turn.finished", {{"outcome", std::string("ok")}});
  machine.observe(9.9, "prompt.submitted", {{"recorded", true}});
  CHECK(machine.turns() == Lines{"1.0 5.0 ok", "10.0 12.0 ok"});
}

TEST_CASE("recorded transcripts with subagents are imported, and forks keep their turns") {
  Machine machine;
  for (const char* name : {"subagent", "clear_resume", "interrupt", "compact"})
    machine.write_recording(fs::path(ATM_TEST_RECORDED) / (std::string(name) + ".transcript.jsonl"));
  const auto figures = machine.import();
  CHECK(figures.problems.empty());
  CHECK(figures.invalid == 0);
  CHECK(figures.copied == 0);
  CHECK(machine.rows("SELECT count(*) FROM session") == Lines{"6"});
  CHECK(machine.rows(
            "SELECT count(*), sum(ended_ns IS NOT NULL), sum(ended_ns >= started_ns) FROM turn WHERE session "
            "LIKE 'e5535a62%'") == Lines{"8 8 8"});
  CHECK(machine.rows("SELECT count(*), sum(actor <> ''), sum(ended_ns IS NULL) FROM tool") ==
        Lines{"12 5 0"});
  CHECK(machine.rows("SELECT count(*) FROM turn WHERE outcome = 'interrupted'") == Lines{"2"});
  CHECK(machine.rows("SELECT count(*) FROM compaction") == Lines{"1"});
  CHECK(machine.import().inputs == 0);
}

TEST_CASE("a session whose process died in a turn does not work until its next prompt") {
  Machine machine;
  machine.write(prompt(0) + tool(1, "t1") + prompt(3000) + answer(3010));
  CHECK(machine.import().turns == 2);
  CHECK(machine.turns() == Lines{"0.0 1.0 ", "3000.0 3010.0 ok"});
  CHECK(
      machine.rows("SELECT sum(ended_ns - started_ns) / 1000000000 AS s FROM span WHERE state = 'working'") ==
      Lines{"11"});
}

TEST_CASE("older lines are left out, and an earlier begin adds them") {
  Machine machine;
  machine.write(kTurn + prompt(60) + answer(70));
  CHECK(machine.import(false, kBegin + 30 * kSecond).turns == 1);
  CHECK(machine.turns() == Lines{"60.0 70.0 ok"});
  CHECK(machine.import(false, 0).turns == 2);
  CHECK(machine.turns() == Lines{"0.0 4.0 ok", "60.0 70.0 ok"});
  // A later begin deletes nothing.
  machine.write(prompt(80));
  CHECK(machine.import(false, kBegin + 75 * kSecond).files == 1);
  CHECK(machine.turns().size() == 3);
}

TEST_CASE("hostile transcripts harm nothing and are counted") {
  Machine machine;
  std::string deep = R"({"type":"user","timestamp":"2026-11-22T13:00:09Z","message":)";
  for (int i = 0; i < 100'000; ++i) deep += '[';
  machine.write(
      kTurn + "not JSON\n" + "\xff\xfe{\n" + R"({"type":"user","message":{"content":"no time"}})" + "\n" +
      line(5, "user", "\"content\":\"bad \xff UTF-8\"") + deep + "\n" +
      prompt(6, "99999999-2222-4333-8444-555555555555") +
      line(7, "assistant",
           R"("content":[{"type":"tool_use","id":"t2","name":")" + std::string(10'000, 'x') + "\"}]") +
      R"({"type":"user","timestamp":"2999-01-01T00:00:00Z","message":{"content":"x"}})" + "\n" +
      std::string(9 << 20, 'x') + "\n" + prompt(60) + answer(70) + R"({"type":"user","torn)");
  // A link to a directory above, a pipe, and an unreadable file.
  fs::create_directory_symlink(machine.directory() / "claude", machine.transcript().parent_path() / "loop");
  REQUIRE(::mkfifo((machine.transcript().parent_path() / "pipe.jsonl").c_str(), 0600) == 0);
  machine.write(prompt(0, "unreadable"), "unreadable");
  REQUIRE(::chmod(machine.transcript("unreadable").c_str(), 0) == 0);
  const auto figures = machine.import();
  CHECK(figures.turns == (::geteuid() == 0 ? 3U : 2U));  // root reads every file
  CHECK(figures.problems.size() == (::geteuid() == 0 ? 0U : 1U));
  CHECK(figures.too_long == 1);
  CHECK(figures.copied == 1);
  CHECK(figures.invalid == 7);
  CHECK(machine.rows("SELECT started_ns, ended_ns FROM turn WHERE session = '" + kSession + "'") ==
        Lines{"0.0 4.0", "60.0 70.0"});
}

TEST_CASE("a transcript that grows while it is read is read to the end by the next import") {
  Machine machine;
  machine.write(kTurn);
  std::thread agent([&machine] {
    for (int i = 1; i <= 200; ++i) machine.write(prompt(i * 10) + answer(i * 10 + 5));
  });
  for (int i = 0; i < 5; ++i) CHECK(machine.import().problems.empty());
  agent.join();
  static_cast<void>(machine.import());
  CHECK(machine.turns().size() == 201);
  CHECK(machine.rows("SELECT count(*) FROM turn WHERE outcome = 'ok'") == Lines{"201"});
}

TEST_CASE("a large transcript is stored in parts and read in order") {
  Machine machine;
  std::string text;
  for (int i = 0; i < 5000; ++i) text += prompt(i) + answer(i + 0.5);
  machine.write(text);
  CHECK(machine.import().turns == 5000);
  CHECK(machine.file().database().value("SELECT count(*) FROM imported") > 2);
  CHECK(machine.turns().size() == 5000);
  CHECK(machine.rows("SELECT count(*) FROM turn WHERE ended_ns - started_ns = 500000000") == Lines{"5000"});
  // The transcript was replaced by a shorter one.
  fs::remove(machine.transcript());
  machine.write(kTurn);
  CHECK(machine.import().turns == 1);
  CHECK(machine.turns().size() == 1);
}

TEST_CASE("no text of the user or of the agent is imported") {
  Machine machine;
  machine.write(kTurn);
  CHECK(machine.import().turns == 1);
  CHECK(machine.turns().size() == 1);
  std::string stored;
  Imports(machine.file().database()).read([&stored](const Input& one) {
    stored += encode(std::vector{one});
  });
  for (const std::string& text : {machine.content(), stored}) {
    for (const char* secret : {"secret-prompt", "secret-answer", "secret-command", "secret-output"})
      CHECK(text.find(secret) == std::string::npos);
  }
  CHECK(stored.find(kSession) != std::string::npos);
}

TEST_CASE("a forgotten session is in no table of the import") {
  Machine machine;
  machine.write(kTurn);
  machine.write(prompt(0, "other") + answer(5, "other"), "other");
  CHECK(machine.import().turns == 2);
  CHECK(machine.file().forget([](const Input& one) { return one.session == kSession; }) > 3);
  CHECK(machine.turns() == Lines{"0.0 5.0 ok"});
  CHECK(machine.file().verify().empty());
  Imports(machine.file().database()).read([](const Input& one) { CHECK(one.session == "other"); });
  fs::remove(machine.path("index.db"));
  CHECK(machine.content().find(kSession) == std::string::npos);
  // An unchanged transcript is not read again.
  CHECK(machine.import().inputs == 0);
}

TEST_CASE("a damaged part of an import is reported and skipped") {
  Machine machine;
  machine.write(kTurn);
  CHECK(machine.import().turns == 1);
  machine.file().database().run("UPDATE imported SET inputs = zeroblob(length(inputs))");
  CHECK(machine.file().verify() == Lines{"part 0 of an imported file is damaged"});
  CHECK(machine.turns().empty());
  // The next import of a changed file stores it again.
  machine.write(prompt(60));
  CHECK(machine.import().turns == 2);
  CHECK(machine.file().verify().empty());
}

TEST_CASE("the retention deletes old imports") {
  Machine machine;
  machine.write(kTurn);
  CHECK(machine.import().turns == 1);
  Transaction transaction(machine.file().database());
  static_cast<void>(machine.file().retain(kBegin, std::int64_t{1} << 40));
  CHECK(Imports(machine.file().database()).count() != 0);
  static_cast<void>(machine.file().retain(kBegin + 10 * kSecond, std::int64_t{1} << 40));
  CHECK(Imports(machine.file().database()).count() == 0);
  transaction.commit();
}
