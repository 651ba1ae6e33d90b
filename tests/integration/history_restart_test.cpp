// SPDX-License-Identifier: MIT
// A restart of the real daemon with the real store loses nothing, and one daemon writes the history.
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <history/file.hpp>
#include <memory>
#include <random>
#include <regex>
#include <string>
#include <vector>

#include "history_fixture.hpp"
#include "support/catch.hpp"
#include "support/text.hpp"
#include "support/wait.hpp"

namespace atm::test {
namespace {

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
      // The restored cost may be lower than the one sent before a kill: the next report has all of it.
      client.send(status_line("load-0", cost_ += 0.01));
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

TEST_CASE("a daemon begins a history beside the state files of an earlier version", "[history]") {
  ServedDaemon daemon("");
  REQUIRE(daemon.process().stop() == 0);
  const TempDir& dir = daemon.home().dir();
  REQUIRE_FALSE(std::filesystem::exists(dir.path() / "state/atm/history.db"));
  const auto journal = dir.file("state/atm/setup/journal", "kept");
  const auto backup = dir.file("state/atm/setup/settings.json.1", "kept");
  // The spool of hooks that found no daemon.
  const std::string spool = daemon.socket().string() + ".spool";
  const auto records =
      dir.file(std::filesystem::path(spool).lexically_relative(dir.path()).string() + "/records",
               hook("spooled", "SessionStart", R"("source":"startup")") + "\n", 0600);
  std::filesystem::permissions(spool, std::filesystem::perms(0700));
  static_cast<void>(daemon.home().config(kWithHistory));
  daemon.restart();
  CHECK(becomes_true([&daemon] { return daemon.session("spooled").has_value(); }));
  CHECK(contains(daemon.process().output(),
                 "the history begins now; atm import adds the turns of existing transcripts"));
  CHECK(content_of(journal) == "kept");
  CHECK(content_of(backup) == "kept");
  REQUIRE(is_durable(daemon));
  REQUIRE(daemon.process().stop() == 0);
  daemon.restart();
  CHECK(daemon.session("spooled"));
  CHECK_FALSE(contains(daemon.process().output(), "the history begins now"));
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
  REQUIRE(
      becomes_true([&] { return contains(second.output(), "another atmd or atm history forget writes "); }));
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

}  // namespace atm::test
