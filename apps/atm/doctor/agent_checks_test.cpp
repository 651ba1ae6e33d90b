// SPDX-License-Identifier: MIT
#include "agent_checks.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "findings_test_support.hpp"
#include "session_samples.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"

namespace atm::cli::doctor {

namespace {

constexpr const char* kManifest = R"([agent]
id = "zed"
name = "Zed"
manifest = 1
tried = ["1.0.0", "1.1.0"]
[process]
programs = ["zed", "zed-with-a-long-name"]
packages = ["@zed/cli"]
[[setup]]
file = "${ZED_HOME:-~/.zed}/settings.json"
shape = "hooks_json"
events = ["Stop"]
[doctor]
config = ["${ZED_HOME:-~/.zed}/settings.json", "~/.zed/more.toml"]
conflicts = [
  { file = "${ZED_HOME:-~/.zed}/settings.json", key = "hooks.enabled", equals = false, severity = "warning", say = "remove it" },
  { file = "~/.zed/more.toml", key = "ui.title", unless = "on", severity = "note", say = "set it to on" },
]
)";

class Machine {
 public:
  Machine() {
    ::setenv("HOME", home.path("home").c_str(), 1);
    ::unsetenv("ZED_HOME");
    static_cast<void>(home.file("installed/zed/agent.toml", kManifest));
    home.directory("proc");
    around.processes = home.path("proc");
    around.path = {home.path("bin")};
  }
  void runs(const std::string& pid, const std::string& command) const {
    static_cast<void>(
        home.file("proc/" + pid + "/stat",
                  pid + " (" + command +
                      ") S 1 1 1 0 -1 4194560 0 0 0 0 0 0 0 0 20 0 1 0 99 1 1 0 0 0 0 0 0 0 0 0 0 0 0 "
                      "0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n"));
  }
  void has_settings(const std::string& text, const std::string& file = "home/.zed/settings.json") const {
    static_cast<void>(home.file(file, text));
  }
  [[nodiscard]] std::vector<UsedAgent> used() const {
    return find_used_agents({home.path("installed"), {}}, connections, daemon, around);
  }
  /// Those of the only agent in use.
  [[nodiscard]] Findings findings() const {
    const auto agents = used();
    Findings out;
    REQUIRE(agents.size() == 1);
    check_agent(agents[0], daemon, around, out);
    return out;
  }

  test::TempDir home;
  Environment around;
  DaemonView daemon;
  std::vector<AgentConnection> connections;
};

AgentConnection connected(const std::string& parts) {
  AgentConnection connection{"zed"};
  connection.parts = parts;
  return connection;
}

protocol::Session of_zed() {
  protocol::Session session = sample_session("one", SessionStatus::idle());
  session.domain.agent = "zed";
  return session;
}

/// The finding with this id; without an id: there is none.
Finding find(const Findings& all, std::string_view id) {
  for (const Finding& one : all) {
    if (one.id == id) return one;
  }
  return {};
}

}  // namespace

TEST_CASE_METHOD(Machine, "an agent that nothing shows to be used has no finding", "[doctor][agents]") {
  has_settings("{ broken");
  AgentConnection unreadable{"zed"};
  unreadable.problem = "settings.json:1: broken";
  connections = {unreadable};
  runs("7", "zedd");
  CHECK(used().empty());
  daemon.tell(R"({"ingest":{"channels":{"zed_two/hook":{"records":3},"zed/hook":{"records":0}}}})", "[]");
  CHECK(used().empty());
}

TEST_CASE_METHOD(Machine, "a process, a session, a record and a setup each show that an agent is used",
                 "[doctor][agents]") {
  SECTION("a process, also by the first 15 bytes of its name") {
    runs("7", "zed-with-a-long");
  }
  SECTION("a session") {
    daemon.tell("{}", "[]", {of_zed()});
  }
  SECTION("a record") {
    daemon.tell(R"({"ingest":{"channels":{"zed/transcript":{"records":1}}}})", "[]");
  }
  SECTION("hooks of ATM") {
    connections = {connected("1 event")};
  }
  SECTION("an earlier setup whose file is unreadable now") {
    AgentConnection connection{"zed"};
    connection.was_set_up = true;
    connection.problem = "broken";
    connections = {connection};
  }
  REQUIRE(used().size() == 1);
  for (const Finding& one : findings()) CHECK(one.agent == "zed");
}

TEST_CASE_METHOD(Machine, "an ended session does not show that an agent is used", "[doctor][agents]") {
  protocol::Session session = of_zed();
  session.domain.status = SessionStatus::ended();
  daemon.tell("{}", "[]", {session});
  CHECK(used().empty());
}

TEST_CASE_METHOD(Machine, "hooks are judged by what setup has connected", "[doctor][agents]") {
  runs("7", "zed");
  CHECK(find(findings(), "hooks").severity == Severity::kWarning);
  CHECK(find(findings(), "hooks").remedy == "atm setup zed");
  connections = {connected("1 event")};
  CHECK(find(findings(), "hooks").severity == Severity::kOk);
  connections[0].consent = "start zed and accept";
  CHECK(find(findings(), "hooks").severity == Severity::kWarning);
  CHECK(find(findings(), "hooks").remedy == "start zed and accept");
  connections[0].programs = {home.path("gone/atm-hook")};
  CHECK(find(findings(), "hook_program").severity == Severity::kError);
  connections[0].programs = {home.file("there/atm-hook", "#!/bin/sh\n", 0755).string()};
  CHECK(find(findings(), "hook_program").id.empty());
  connections[0].problem = "x.json:3: broken";
  CHECK(find(findings(), "hooks").severity == Severity::kError);
  connections = {};
  daemon.tell(R"({"ingest":{"channels":{"zed/hook":{"records":3}}}})", "[]");
  CHECK(find(findings(), "hooks").severity == Severity::kNote);
}

TEST_CASE_METHOD(Machine, "a connected agent that runs and reports nothing is a warning",
                 "[doctor][agents]") {
  runs("7", "zed");
  connections = {connected("1 event")};
  CHECK(find(findings(), "events").id.empty());  // nobody knows
  daemon.tell(R"({"uptime_ms":60000})", "[]");
  CHECK(find(findings(), "events").severity == Severity::kWarning);
  daemon.tell(R"({"ingest":{"channels":{"zed/hook":{"records":2},"zed/notify":{"records":1}}}})", "[]");
  CHECK(find(findings(), "events").id.empty());
  CHECK(find(findings(), "agents").found.find("Zed: 0 sessions shown, 3 records since") == 0);
}

TEST_CASE_METHOD(Machine, "each settings file of the manifest must parse, and no finding quotes it",
                 "[doctor][agents]") {
  runs("7", "zed");
  CHECK(find(findings(), "settings").id.empty());
  has_settings("{\"api_key\": \"hidden\", // mine\n}");
  has_settings("[ui]\ntitle = \"on\"\n", "home/.zed/more.toml");
  CHECK(find(findings(), "settings").id.empty());
  has_settings("{\n\"api_key\": \"hidden\" \"x\"}");
  const Findings broken = findings();
  REQUIRE_FALSE(find(broken, "settings").id.empty());
  CHECK(find(broken, "settings").severity == Severity::kError);
  CHECK(find(broken, "settings").found.find("settings.json: invalid JSON in line 2") != std::string::npos);
  has_settings("{}");
  has_settings("\ntitle = hidden\n", "home/.zed/more.toml");
  const Findings toml = findings();
  REQUIRE_FALSE(find(toml, "settings").id.empty());
  CHECK(find(toml, "settings").found.find("more.toml: invalid TOML in line 2") != std::string::npos);
  CHECK_FALSE(has(toml, "hidden"));
  CHECK_FALSE(has(broken, "hidden"));
}

TEST_CASE_METHOD(Machine, "a conflict is found by the value of its key, or by its absence",
                 "[doctor][agents]") {
  runs("7", "zed");
  const auto severities = [this] {
    std::vector<Severity> all;
    for (const Finding& one : findings()) {
      if (one.id == "conflicts") all.push_back(one.severity);
    }
    return all;
  };
  using All = std::vector<Severity>;
  CHECK(severities() == All{Severity::kNote});  // no file: the title is not on
  has_settings("[ui]\ntitle = \"off\"\n", "home/.zed/more.toml");
  CHECK(severities() == All{Severity::kNote});
  has_settings("[ui]\ntitle = \"on\"\n", "home/.zed/more.toml");
  CHECK(severities().empty());
  has_settings(R"({"hooks": {"enabled": false}})");
  CHECK(severities() == All{Severity::kWarning});
  for (const char* const other : {R"({"hooks": {"enabled": true}})", R"({"hooks": {"enabled": "false"}})",
                                  R"({"hooks": [false]})", R"({"hooks.enabled": false})", "{ broken"}) {
    CAPTURE(other);
    has_settings(other);
    CHECK(severities().empty());
  }
}

TEST_CASE_METHOD(Machine, "the settings are those of the home that the environment names",
                 "[doctor][agents]") {
  runs("7", "zed");
  has_settings("[ui]\ntitle = \"on\"\n", "home/.zed/more.toml");
  has_settings(R"({"hooks": {"enabled": false}})", "second/settings.json");
  CHECK(find(findings(), "conflicts").id.empty());
  ::setenv("ZED_HOME", home.path("second").c_str(), 1);
  REQUIRE_FALSE(find(findings(), "conflicts").id.empty());
  CHECK(find(findings(), "conflicts").found ==
        "Zed: " + home.path("second/settings.json") + " sets hooks.enabled");
  ::unsetenv("ZED_HOME");
}

TEST_CASE_METHOD(Machine,
                 "the version comes from the package of the program, and is compared with the tried ones",
                 "[doctor][agents]") {
  runs("7", "zed");
  CHECK(find(findings(), "versions").id.empty());
  const auto has_version = [this](const std::string& version) {
    static_cast<void>(home.file("node_modules/@zed/cli/package.json", "{\"version\": \"" + version + "\"}"));
  };
  const auto program = home.file("node_modules/@zed/cli/dist/zed.js", "#!/bin/sh\nexit 1\n", 0755);
  home.directory("bin");
  std::filesystem::create_symlink(program, home.path() / "bin/zed");
  has_version("1.1.0");
  CHECK(find(findings(), "versions").severity == Severity::kOk);
  has_version("2.0.0");
  CHECK(find(findings(), "versions").severity == Severity::kNote);
  CHECK(find(findings(), "versions").found ==
        "Zed: version 2.0.0; the manifest was tested with 1.0.0, 1.1.0");
  std::filesystem::remove(home.path() / "bin/zed");
  protocol::Session session = of_zed();
  session.domain.agent_version = "1.0.0";
  daemon.tell("{}", "[]", {session});
  CHECK(find(findings(), "versions").severity == Severity::kOk);
}

TEST_CASE("each conflict of an installed manifest can be found", "[doctor][agents]") {
  const test::TempDir home;
  ::setenv("HOME", home.path("home").c_str(), 1);
  std::size_t conflicts = 0;
  for (const AgentFile& file : find_agent_files({ATM_AGENTS_DIR, {}})) {
    REQUIRE(file.is_usable());
    json::Reader reader;
    const json::Value* root = reader.parse(file.read.manifest->json);
    const json::Value* doctor = json::get_object(*root, "doctor");
    if (doctor == nullptr) continue;
    CAPTURE(file.id);
    CHECK(json::get_array(*doctor, "config") != nullptr);
    if (const json::Value* list = json::get_array(*doctor, "conflicts")) conflicts += list->Size();
  }
  CHECK(conflicts >= 2);
}

}  // namespace atm::cli::doctor
