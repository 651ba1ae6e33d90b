// SPDX-License-Identifier: MIT
// A restart of the real daemon with the real store loses nothing.
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <atm/protocol/session.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <history/file.hpp>
#include <memory>
#include <random>
#include <regex>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "cli_program.hpp"
#include "support/catch.hpp"
#include "support/text.hpp"
#include "support/wait.hpp"
#include "wire_client.hpp"

namespace atm::test {
namespace {

constexpr std::string_view kWithHistory = "\n[plugins.history]\nkeep_days = 30\n";

/// What a user sees of a session, without what time alone changes.
std::string seen(const protocol::Session& session) {
  const SessionDomain& domain = session.domain;
  std::string text =
      std::string(domain.status.name()) + ' ' + std::string(domain.status.tool_name().value_or("")) + ' ' +
      to_rfc3339(domain.status_since) + ' ' + domain.cost.format() + ' ' + domain.context.str() + ' ' +
      domain.model.id + ' ' + domain.working_directory.value_or("") + ' ' +
      domain.agent_version.value_or("") + ' ' + (domain.finished ? "finished " : "");
  if (domain.attention) {
    text += domain.attention->reason + (domain.attention->acknowledged ? " acknowledged " : " ") +
            to_rfc3339(domain.attention->since);
  }
  for (const Subagent& subagent : domain.subagents) text += ' ' + subagent.id;
  return text + ' ' + session.runtime.tmux_pane.value_or("") + ' ' +
         std::to_string(session.runtime.recent_tools.size());
}

/// Waits until every input that the registry has folded is in the file.
bool is_durable(const ServedDaemon& daemon) {
  static_cast<void>(daemon.sessions());  // the answer follows everything that was sent before
  const std::int64_t folded = daemon.stat({"registry", "stored_inputs"});
  return folded > 0 && daemon.stat_reaches({"plugins", "history", "inputs_written"}, folded);
}

std::string content_of(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return std::move(text).str();
}

void work(const ServedDaemon& daemon) {
  Wire client(daemon);
  client.greet();
  client.send(hook("asks", "SessionStart", R"("source":"startup")"));
  client.send(hook("asks", "UserPromptSubmit", R"("prompt_id":"p1","prompt":"x")"));
  client.send(hook("asks", "PreToolUse", R"("tool_name":"Bash","tool_use_id":"t1","prompt_id":"p1")"));
  client.send(hook("asks", "PermissionRequest", R"("tool_name":"Bash","prompt_id":"p1")"));
  client.send(hook("done", "SessionStart", R"("source":"startup")"));
  client.send(hook("done", "UserPromptSubmit", R"("prompt_id":"p1","prompt":"x")"));
  client.send(status_line("done", 1.25));
  client.send(hook("done", "Stop", R"("prompt_id":"p1")"));
  client.sync();
}

/// Runs atm without a daemon.
class Programs final {
 public:
  explicit Programs(const ServedDaemon& daemon) : home_(daemon.home().dir().path()) {}

  [[nodiscard]] std::unique_ptr<Program> run(std::vector<std::string> words) const {
    words.insert(words.begin(), ATM_TEST_ATM);
    auto program = std::make_unique<Program>(
        words, std::vector<std::string>{"TZ=UTC", "HOME=" + home_.string(),
                                        "XDG_STATE_HOME=" + (home_ / "state").string(),
                                        "ATM_SOCKET=" + (home_ / "run/atm.sock").string()});
    program->wait();
    return program;
  }
  [[nodiscard]] std::string out(std::vector<std::string> words) const {
    const auto program = run(std::move(words));
    CHECK(program->err().empty());
    return program->out();
  }

 private:
  std::filesystem::path home_;
};

std::string now_text() {
  return to_rfc3339(std::chrono::time_point_cast<Timestamp::duration>(std::chrono::system_clock::now()));
}

/// The sessions as atm prints them, without what rises with each restart after a kill.
std::string without_revisions(const std::string& list) {
  return std::regex_replace(list, std::regex(R"("rev":[0-9]+)"), R"("rev":0)");
}

/// Sends work of several sessions for a random time, without a question to the user: its timeouts would run between two
/// looks at the state.
class Load final {
 public:
  explicit Load(std::uint32_t seed) : dice_(seed) {}

  [[nodiscard]] double cost() const noexcept { return cost_; }
  void start(Wire& client) {
    for (const char* id : kSessions) client.send(hook(id, "SessionStart", R"("source":"startup")"));
  }
  void send(Wire& client, std::chrono::milliseconds at_most) {
    const auto until = std::chrono::steady_clock::now() + at_most * (dice_() % 1000) / 1000;
    do {
      for (int i = 0; i < 20; ++i) send_one(client);
      client.sync();
    } while (std::chrono::steady_clock::now() < until);
  }
  /// Without waiting for the daemon.
  void send_more(Wire& client) {
    for (auto left = dice_() % 60; left != 0; --left) send_one(client);
  }

 private:
  static constexpr std::array kSessions{"load-0", "load-1", "load-2"};

  void send_one(Wire& client) {
    const char* const id = kSessions.at(dice_() % kSessions.size());
    const std::string turn = R"("prompt_id":"p)" + std::to_string(dice_() % 5) + '"';
    const std::string tool =
        R"("tool_name":"Bash","tool_use_id":"t)" + std::to_string(dice_() % 9) + R"(",)" + turn;
    switch (dice_() % 4) {
      case 0:
        client.send(hook(id, "UserPromptSubmit", turn + R"(,"prompt":"x")"));
        break;
      case 1:
        client.send(hook(id, "PreToolUse", tool));
        break;
      case 2:
        client.send(hook(id, "PostToolUse", tool));
        break;
      default:
        client.send(status_line("load-0", cost_ += 0.01));
    }
  }

  std::mt19937 dice_;
  double cost_ = 0;
};

}  // namespace

TEST_CASE("sessions are the same after a stop and a start", "[history]") {
  ServedDaemon daemon(kWithHistory);
  work(daemon);
  const auto asks = daemon.session("asks");
  const auto done = daemon.session("done");
  REQUIRE(asks);
  REQUIRE(done);
  REQUIRE(daemon.process().stop() == 0);
  daemon.restart();
  CHECK(seen(daemon.session("asks").value()) == seen(*asks));
  CHECK(seen(daemon.session("done").value()) == seen(*done));
  CHECK(daemon.session("done")->domain.rev >= done->domain.rev);
  const std::filesystem::path file = daemon.home().dir().path() / "state/atm/history.db";
  struct stat status {};
  REQUIRE(::stat(file.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
}

TEST_CASE("sessions are the same after a kill, with higher numbers", "[history]") {
  ServedDaemon daemon(kWithHistory);
  work(daemon);
  REQUIRE(is_durable(daemon));
  const auto done = daemon.session("done");
  REQUIRE(done);
  const std::int64_t events = daemon.stat({"registry", "events"});
  CHECK(daemon.process().stop(SIGKILL) == 128 + SIGKILL);
  daemon.restart();
  const auto again = daemon.session("done");
  REQUIRE(again);
  CHECK(seen(*again) == seen(*done));
  CHECK(again->domain.rev >= done->domain.rev + 1000);
  CHECK(daemon.stat({"registry", "events"}) > events);
}

TEST_CASE("a kill during writes loses nothing that was in the file, and nothing out of order",
          "[history][kill]") {
  const char* const wanted = std::getenv("ATM_TEST_KILLS");
  const int kills = wanted == nullptr ? 12 : std::atoi(wanted);
  ServedDaemon daemon(kWithHistory);
  const Programs atm(daemon);
  Load load(15);
  double lost = 0;
  for (int kill = 0; kill < kills; ++kill) {
    CAPTURE(kill);
    double durable = 0;
    {
      Wire client(daemon);
      client.greet();
      if (kill == 0) load.start(client);
      load.send(client, std::chrono::milliseconds(1));
      durable = load.cost();
      REQUIRE(is_durable(daemon));
      load.send(client, std::chrono::milliseconds(200));
      load.send_more(client);
    }
    REQUIRE(daemon.process().stop(SIGKILL) == 128 + SIGKILL);
    const std::string in_file = without_revisions(atm.out({"list", "--json", "--at", now_text()}));
    daemon.restart();
    REQUIRE(without_revisions(atm.out({"list", "--json"})) == in_file);
    const double cost = daemon.session("load-0").value().domain.cost.as_usd();
    REQUIRE(cost >= durable - 1e-6);
    REQUIRE(cost <= load.cost() + 1e-6);
    lost = std::max(lost, load.cost() - cost);
  }
  if (wanted != nullptr) std::printf("%d kills; at most %.0f status lines were lost\n", kills, lost * 100);
  CHECK(contains(atm.out({"history", "verify"}), "no fault"));
}

TEST_CASE("counters of loss survive a restart", "[history]") {
  ServedDaemon daemon(kWithHistory);
  work(daemon);
  REQUIRE(is_durable(daemon));
  const std::int64_t observations = daemon.stat({"registry", "observations"});
  REQUIRE(daemon.process().stop() == 0);
  daemon.restart();
  CHECK(daemon.stat({"registry", "observations"}) >= observations);
}

TEST_CASE("a daemon on another socket keeps no history unless it is configured", "[history]") {
  ServedDaemon daemon;
  work(daemon);
  REQUIRE(daemon.process().stop() == 0);
  CHECK_FALSE(std::filesystem::exists(daemon.home().dir().path() / "state/atm/history.db"));
}

TEST_CASE("a second daemon of the same user runs without a history", "[history]") {
  ServedDaemon first(kWithHistory);
  Atmd second(first.home(), {"--plugin-dir", ATM_TEST_PLUGINS, "--socket",
                             (first.home().dir().path() / "run/second.sock").string()});
  // Both daemons of one home share the socket for readiness.
  REQUIRE(becomes_true([&] { return contains(second.output(), "another atmd writes "); }));
  work(first);
  CHECK(is_durable(first));
}

namespace {

/// Two homes whose daemons have one socket and one history.
class SharedHistory final {
 public:
  SharedHistory() {
    const std::string table = "\n[plugins.history]\ndirectory = \"" + directory() + "\"\n";
    for (const Home& home : homes_) home.config(std::string(kOwnAgentsOnly) + table);
  }

  [[nodiscard]] const Home& home(std::size_t i) const { return homes_.at(i); }
  [[nodiscard]] std::string socket() const { return homes_[0].socket().string(); }
  [[nodiscard]] std::unique_ptr<Atmd> start(std::size_t i, std::vector<std::string> arguments = {}) const {
    arguments.insert(arguments.end(), {"--plugin-dir", ATM_TEST_PLUGINS, "--socket", socket()});
    return std::make_unique<Atmd>(homes_.at(i), arguments);
  }
  void observe(const std::string& session) const {
    Wire client(socket());
    client.greet();
    client.send(hook(session, "SessionStart", R"("source":"startup")"));
    client.sync();
  }
  [[nodiscard]] bool has(const std::string& session) const {
    bool is_found = false;
    history::HistoryFile::open_read_only(directory() + "/history.db")
        ->read(0, [&](const history::Input& input, std::uint64_t) {
          is_found = is_found || input.session == session;
          return !is_found;
        });
    return is_found;
  }

 private:
  [[nodiscard]] std::string directory() const { return (homes_[0].dir().path() / "history").string(); }

  std::array<Home, 2> homes_;
};

}  // namespace

TEST_CASE("a daemon that cannot have the socket does not hold the history", "[history]") {
  const SharedHistory shared;
  // This daemon has opened the history when the other one starts, and opens its socket after the other one.
  const auto first =
      shared.start(0, {"--plugin-dir", shared.home(0).plugin(ATM_TEST_BAD_PLUGINS "/waiting.json").string()});
  REQUIRE(becomes_true([&] { return contains(first->output(), "store started"); }));
  const auto second = shared.start(1);
  const bool is_second = second->wait_ready();
  shared.home(0).dir().file("continue", "");
  if (!is_second) REQUIRE(first->wait_ready());
  CHECK((is_second ? first : second)->wait() == 1);
  shared.observe("kept");
  CHECK((is_second ? second : first)->stop() == 0);
  CHECK(shared.has("kept"));
}

TEST_CASE("of two daemons that start at once, the one that serves writes the history", "[history]") {
  const SharedHistory shared;
  for (int round = 0; round < 8; ++round) {
    const std::array daemons{shared.start(0), shared.start(1)};
    std::array<bool, 2> is_ready{};
    REQUIRE(becomes_true([&] {
      for (std::size_t i = 0; i < 2; ++i)
        is_ready.at(i) =
            is_ready.at(i) || daemons.at(i)->notification(std::chrono::milliseconds(0)) == "READY=1";
      return is_ready[0] || is_ready[1];
    }));
    const std::size_t serving = is_ready[0] ? 0 : 1;
    CHECK(daemons.at(1 - serving)->wait() == 1);
    const std::string session = "round-" + std::to_string(round);
    shared.observe(session);
    CHECK(daemons.at(serving)->stop() == 0);
    CHECK(shared.has(session));
  }
}

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

TEST_CASE("atm history answers beside a running daemon and without one", "[history]") {
  ServedDaemon daemon(kWithHistory);
  work(daemon);
  REQUIRE(is_durable(daemon));
  const std::string directory = (daemon.home().dir().path() / "state/atm").string();
  const auto run = [&](std::vector<std::string> words) {
    words.insert(words.begin(), {ATM_TEST_ATM, "history", "--directory", directory});
    auto program = std::make_unique<Program>(words, std::vector<std::string>{"TZ=UTC", "HOME=" + directory});
    program->wait();
    return program;
  };
  const auto sessions = run({"sessions", "--json"});
  CHECK(contains(sessions->out(), R"("session":"asks")"));
  CHECK(contains(sessions->out(), R"("cost_usd":1.25)"));
  CHECK(contains(run({"turns"})->out(), "done"));
  CHECK(contains(run({"tools", "--csv"})->out(), "tool,uses,failed"));
  CHECK(contains(run({"timeline", "--since", "-1h"})->out(), "waiting for you"));
  CHECK(contains(run({"sql", "SELECT count(*) AS n FROM session", "--json"})->out(), R"([{"n":2}])"));
  for (const char* statement : {"DELETE FROM session", "ATTACH 'x' AS y", "PRAGMA journal_mode"}) {
    const auto refused = run({"sql", statement});
    CHECK(refused->wait() == 1);
    CHECK(contains(refused->err(), "expected a SELECT"));
  }
  CHECK(run({"sql", "SELECT load_extension('x')"})->wait() == 1);
  CHECK(contains(run({"verify"})->out(), "no fault"));
  CHECK(run({"backup", directory + "/copy.db"})->wait() == 0);
  CHECK(contains(run({"backup", directory + "/copy.db"})->err(), "exists, expected the name of a new file"));
  const auto early = run({"forget", "--session", "asks"});
  CHECK(early->wait() == 1);
  CHECK(contains(early->err(), "and none answers, expected the one that writes"));
  CHECK(contains(run({"waits", "--since", "tomorrow"})->err(), "time is 'tomorrow', expected"));

  REQUIRE(daemon.process().stop() == 0);
  CHECK(contains(run({"forget", "--session", "asks"})->out(), "forgot "));
  CHECK_FALSE(contains(run({"sessions", "--json"})->out(), "asks"));
  CHECK(contains(run({"losses"})->out(), "atm history forget deleted inputs"));
}

TEST_CASE("list, show and explain print the sessions of an earlier time", "[history]") {
  ServedDaemon daemon(kWithHistory);
  const Programs atm(daemon);
  work(daemon);
  REQUIRE(is_durable(daemon));
  const std::string then = now_text();
  const std::string list = atm.out({"list", "--json"});
  const std::string show = atm.out({"show", "done", "--json"});
  const std::string explain = atm.out({"explain", "asks", "--json"});
  {
    Wire client(daemon);
    client.greet();
    client.send(hook("asks", "PostToolUse", R"("tool_name":"Bash","tool_use_id":"t1","prompt_id":"p1")"));
    client.send(hook("done", "SessionEnd", R"("reason":"exit")"));
    client.send(hook("late", "SessionStart", R"("source":"startup")"));
    client.sync();
  }
  REQUIRE(is_durable(daemon));
  REQUIRE(atm.out({"list", "--json"}) != list);
  CHECK(atm.out({"list", "--at", then, "--json"}) == list);
  REQUIRE(daemon.process().stop() == 0);
  CHECK(atm.out({"list", "--at", then, "--json"}) == list);
  CHECK(atm.out({"show", "done", "--at", then, "--json"}) == show);
  CHECK(atm.out({"explain", "asks", "--at", then, "--json"}) == explain);
  CHECK(contains(atm.out({"list", "--at", then}), "Bash"));
  CHECK(contains(atm.run({"show", "late", "--at", then})->err(), "no session has an id"));

  const std::string changes = atm.out({"replay", "--since", then});
  CHECK(contains(changes, "late"));
  CHECK(contains(changes, "ended"));
  const std::string messages = atm.out({"replay", "--since", then, "--json"});
  CHECK(messages.find(R"({"type":"sessions")") == 0);
  CHECK(contains(messages, R"("type":"session_registered")"));
  CHECK(contains(atm.out({"watch", "--at", then, "--json", "--count", "2"}), R"("type":"session_updated")"));
}

TEST_CASE("a time that the history does not contain is refused with the reason", "[history]") {
  ServedDaemon daemon(kWithHistory);
  const Programs atm(daemon);
  const auto refusal = [&atm](const std::string& at) {
    const auto program = atm.run({"list", "--at", at});
    CHECK(program->wait() == 1);
    CHECK(program->out().empty());
    return program->err();
  };
  const std::string first = now_text();
  work(daemon);
  REQUIRE(is_durable(daemon));
  REQUIRE(daemon.process().stop() == 0);
  const std::string stopped = now_text();
  daemon.restart();
  work(daemon);
  REQUIRE(is_durable(daemon));
  REQUIRE(daemon.process().stop(SIGKILL) == 128 + SIGKILL);
  const std::string killed = now_text();
  daemon.restart();
  work(daemon);
  REQUIRE(daemon.process().stop() == 0);

  CHECK(contains(refusal("2020-01-01T00:00:00Z"), "and the history begins at "));
  CHECK(contains(refusal(stopped), "(no daemon ran), expected a time outside of it"));
  CHECK(contains(refusal(killed), "(the daemon was killed, and did not run until its next start)"));
  CHECK(contains(refusal(now_text()), "(no daemon ran)"));
  CHECK(contains(refusal("2100-01-01T00:00:00Z"), "in the future, expected a time before now"));
  CHECK(contains(refusal("tomorrow"), "time is 'tomorrow', expected"));
  const std::string changes = atm.out({"replay", "--since", first});
  CHECK(contains(changes, "  gap: no daemon ran\n"));
  CHECK(contains(changes, ": the daemon was killed, and did not run until its next start\n"));
  CHECK(contains(changes, "asks"));
  CHECK(contains(atm.run({"replay", "--since", "-1m", "--until", "-2m"})->err(),
                 "expected a time after --since"));

  REQUIRE(std::filesystem::remove(daemon.home().dir().path() / "state/atm/history.db"));
  CHECK(contains(refusal(first), "history.db does not exist, expected the history of a daemon; start atmd"));
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
    history::Transaction transaction(made->database());
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

TEST_CASE("atm history takes a unique beginning or end of a session id", "[history]") {
  ServedDaemon daemon(kWithHistory);
  work(daemon);
  REQUIRE(daemon.process().stop() == 0);
  const std::string directory = (daemon.home().dir().path() / "state/atm").string();
  const auto run = [&](std::vector<std::string> words) {
    words.insert(words.begin(), {ATM_TEST_ATM, "history", "--directory", directory});
    auto program = std::make_unique<Program>(words, std::vector<std::string>{"TZ=UTC", "HOME=" + directory});
    program->wait();
    return program;
  };
  for (const char* part : {"d", "done", "ne"}) {
    const auto turns = run({"turns", "--session", part, "--json"});
    CHECK(contains(turns->out(), R"("session":"done")"));
    CHECK_FALSE(contains(turns->out(), R"("session":"asks")"));
    CHECK(contains(run({"timeline", "--since", "-1h", "--session", part})->out(), "done"));
    CHECK(contains(run({"export", "--session", part})->out(), "turn.finished"));
  }
  for (const char* command : {"turns", "timeline", "export", "forget"}) {
    const auto unknown = run({command, "--session", "x"});
    CHECK(unknown->wait() == 1);
    CHECK(unknown->err() ==
          "atm: no session has an id that begins or ends with 'x'; see atm history sessions\n");
  }
  CHECK(contains(run({"forget", "--session", "ne"})->out(), "forgot "));
  CHECK_FALSE(contains(run({"sessions", "--json"})->out(), "done"));
  CHECK(contains(run({"sessions", "--json"})->out(), "asks"));
}

}  // namespace atm::test
