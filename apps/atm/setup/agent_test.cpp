// SPDX-License-Identifier: MIT
#include "agent.hpp"

#include "jsonc_tree.hpp"
#include "setup_fixture.hpp"
#include "setup_status.hpp"
#include "support/catch.hpp"

namespace atm::cli::setup {

namespace {

class AgentFixture {
 public:
  AgentFixture() {
    ::unsetenv("CODEX_HOME");
    fixture.options.agents = ATM_AGENTS_DIR;
    fixture.options.what = "codex";
    fixture.home().directory("home/.codex");
    fixture.home().directory("home/.gemini");
  }
  [[nodiscard]] std::string connect() const { return fixture.connect_named(); }
  [[nodiscard]] std::string remove() const { return fixture.remove_named(); }
  [[nodiscard]] std::string hooks() const { return fixture.read(fixture.path("home/.codex/hooks.json")); }
  void has_hooks(const std::string& text) const {
    static_cast<void>(fixture.home().file("home/.codex/hooks.json", text, 0644));
  }

  [[nodiscard]] doctor::AgentConnection connections_of_codex() const {
    for (doctor::AgentConnection& connection : agent_connections(fixture.options)) {
      if (connection.id == "codex") return std::move(connection);
    }
    return {};
  }

  SetupFixture fixture;
};

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

std::size_t count(const std::string& text, std::string_view part) {
  std::size_t number = 0;
  for (std::size_t at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++number;
  return number;
}

// Two groups of the user, whose consent Codex stores by index; a comment; no newline at the end.
constexpr const char* kOwnHooks = R"({
  // mine
  "hooks": {
    "Stop": [
      {"hooks": [{"type": "command", "command": "first"}]},
      {"hooks": [{"type": "command", "command": "second"}]} // the last one
    ]
  }
})";

}  // namespace

TEST_CASE("the overview has a row for each agent with the number of its connected events", "[setup][agent]") {
  AgentFixture user;
  CHECK(has(setup_overview(user.fixture.options), "not in PATH  no\n"));
  static_cast<void>(user.connect());
  const std::string after = setup_overview(user.fixture.options);
  CHECK(has(after, "codex"));
  CHECK(has(after, "not in PATH  13 events (needs consent), notify\n"));
  CHECK(has(after, "gemini"));
}

TEST_CASE_METHOD(AgentFixture,
                 "the hooks of an agent go into the file of its manifest, and removal deletes it") {
  const std::string report = connect();
  CHECK(has(report, "agent        Codex\n"));
  CHECK(has(report, "events       13 connected\n"));
  CHECK(has(report, "note         start codex once and accept"));
  CHECK(has(report, "undo         atm setup --remove codex\n"));
  const std::string hook = fixture.options.hook;
  CHECK(count(hooks(), "[ -x " + hook + " ] && " + hook + " --agent codex || true") == 13);
  CHECK(count(hooks(), "\"timeout\": 5}") == 13);
  CHECK_FALSE(has(hooks(), "statusLine"));
  CHECK(has(connect(), "nothing to change in "));
  CHECK(has(remove(), "deleted: it did not exist before"));
  CHECK(hooks().empty());
}

TEST_CASE_METHOD(AgentFixture,
                 "hooks of the user keep their index, and removal restores the file byte for byte") {
  has_hooks(kOwnHooks);
  CHECK(has(connect(), "13 connected"));
  const std::string with = hooks();
  CHECK(with.find("\"first\"") < with.find("\"second\""));
  const std::size_t stop = with.find("\"Stop\"");
  CHECK(with.find("\"second\"") < with.find("--agent codex", stop));
  CHECK(has(with, "// the last one"));
  CHECK(has(remove(), "restored byte for byte"));
  CHECK(hooks() == kOwnHooks);
}

TEST_CASE_METHOD(AgentFixture, "after an edit of the user, removal removes the entries of ATM only") {
  has_hooks(kOwnHooks);
  static_cast<void>(connect());
  std::string edited = hooks();
  edited.replace(edited.find("first"), 5, "other");
  has_hooks(edited);
  CHECK(has(remove(), "the file was edited since"));
  CHECK_FALSE(has(hooks(), "atm-hook"));
  CHECK(has(hooks(), "\"other\""));
  CHECK(has(hooks(), "\"second\""));
  CHECK(jsonc::JsonTree::scan(hooks()));
}

TEST_CASE_METHOD(AgentFixture, "an array on one line, or with a comma at its end, takes one more group") {
  for (const char* const text :
       {R"({"hooks": {"Stop": [{"hooks": []}]}})", "{\"hooks\": {\"Stop\": [{\"hooks\": []},]}}",
        "{\n  \"hooks\": {\n    \"Stop\": [\n      {\"hooks\": []},\n    ]\n  }\n}\n",
        "{\n  \"hooks\": {\n    \"Stop\": [{\"hooks\": []}]\n  }\n}\n",
        "{\r\n  \"hooks\": {\r\n    \"Stop\": [\r\n      {\"hooks\": []}\r\n    ]\r\n  }\r\n}\r\n"}) {
    CAPTURE(text);
    has_hooks(text);
    CHECK(has(connect(), "13 connected"));
    CHECK(jsonc::JsonTree::scan(hooks()));
    CHECK(has(remove(), "restored byte for byte"));
    CHECK(hooks() == text);
  }
}

TEST_CASE_METHOD(AgentFixture, "the file is in the directory that the agent's variable names") {
  ::setenv("CODEX_HOME", fixture.path("elsewhere").c_str(), 1);
  fixture.home().directory("elsewhere");
  CHECK(has(connect(), fixture.path("elsewhere/hooks.json")));
  ::unsetenv("CODEX_HOME");
}

TEST_CASE_METHOD(AgentFixture, "two homes of one agent are connected and removed each for itself") {
  const std::string second = fixture.path("second/hooks.json");
  fixture.home().directory("second");
  static_cast<void>(fixture.home().file("second/hooks.json", kOwnHooks, 0644));
  static_cast<void>(connect());
  const std::string first = hooks();
  ::setenv("CODEX_HOME", fixture.path("second").c_str(), 1);
  CHECK(has(setup_overview(fixture.options), "codex     Codex        not in PATH  no\n"));
  CHECK(connections_of_codex().parts.empty());
  CHECK(connections_of_codex().was_set_up);
  CHECK(has(connect(), second));
  CHECK(hooks() == first);
  CHECK(connections_of_codex().parts == "13 events (needs consent), notify");
  CHECK(has(remove(), "restored byte for byte"));
  CHECK(fixture.read(second) == kOwnHooks);
  CHECK(hooks() == first);
  ::unsetenv("CODEX_HOME");
  CHECK(connections_of_codex().parts == "13 events (needs consent), notify");
  CHECK(has(remove(), "deleted: it did not exist before"));
  CHECK_FALSE(connections_of_codex().was_set_up);
}

TEST_CASE_METHOD(AgentFixture, "entries of another agent in the same file are not touched") {
  has_hooks(
      R"({"hooks": {"Stop": [{"hooks": [{"type": "command", "command": "/x/atm-hook --agent codex_fork"}]}]}})");
  const std::string before = hooks();
  static_cast<void>(connect());
  CHECK(count(hooks(), "codex_fork") == 1);
  CHECK(count(hooks(), "--agent codex ||") == 26 / 2);
  static_cast<void>(remove());
  CHECK(hooks() == before);
}

TEST_CASE_METHOD(AgentFixture, "removal deletes the directory that setup created for two files",
                 "[setup][agent]") {
  std::filesystem::remove(fixture.path("home/.codex"));
  CHECK(has(connect(), "hooks.json"));
  CHECK(std::filesystem::exists(fixture.path("home/.codex/config.toml")));
  CHECK(has(remove(), "hooks.json"));
  CHECK_FALSE(std::filesystem::exists(fixture.path("home/.codex")));
}

TEST_CASE_METHOD(AgentFixture, "a dry run shows the change and writes nothing") {
  fixture.options.dry_run = true;
  fixture.options.what = "gemini";
  const std::string report = connect();
  CHECK(has(report, "+"));
  CHECK(has(report, "\"timeout\": 5000"));
  CHECK(has(report, "nothing was written"));
  CHECK(fixture.read(fixture.path("home/.gemini/settings.json")).empty());
}

TEST_CASE_METHOD(AgentFixture, "an agent without a manifest is refused with the agents that exist") {
  fixture.options.what = "nobody";
  CHECK(
      connect() ==
      "!cannot set up nobody, expected claude, codex, gemini, opencode, pi, qwen, tmux, status or autostart; "
      "another agent needs a manifest with a table setup");
}

TEST_CASE_METHOD(AgentFixture,
                 "setup shows that the agent needs the consent of the user until it has it for each hook") {
  has_hooks(kOwnHooks);
  static_cast<void>(connect());
  const std::string todo = "next:\n  codex: start codex once and accept";
  CHECK(has(setup_overview(fixture.options), todo));
  std::string toml = fixture.read(fixture.path("home/.codex/config.toml"));
  const auto accept = [&](const std::string& event, int group) {
    toml += "[hooks.state.\"" + fixture.path("home/.codex/hooks.json") + ':' + event + ':' +
            std::to_string(group) + ":0\"]\ntrusted_hash = \"sha256:1\"\n";
    static_cast<void>(fixture.home().file("home/.codex/config.toml", toml, 0600));
  };
  for (const char* const event : {"session_start", "session_end", "user_prompt_submit", "pre_tool_use",
                                  "permission_request", "post_tool_use", "pre_compact", "post_compact",
                                  "subagent_start", "subagent_stop", "interrupt", "post_model_request"})
    accept(event, 0);
  // Those of the user are not enough: the group of ATM is the third one.
  accept("stop", 0);
  accept("stop", 1);
  CHECK(has(setup_overview(fixture.options), todo));
  accept("stop", 2);
  CHECK(has(setup_overview(fixture.options), "13 events, notify\n"));
  CHECK_FALSE(has(setup_overview(fixture.options), "start codex once"));
}

TEST_CASE_METHOD(AgentFixture, "removal removes the consents to the hooks of ATM, not those of the user") {
  has_hooks(kOwnHooks);
  const std::string file = "home/.codex/config.toml";
  const std::string own = "model = \"m\"\n[tui]\nx = 1\n";
  const auto consents = [&](std::initializer_list<const char*> places) {
    std::string text = "\n[hooks.state]\n";
    for (const char* const place : places)
      text += "\n[hooks.state.\"" + fixture.path("home/.codex/hooks.json") + ':' + place +
              "\"]\ntrusted_hash = \"sha256:1\"\n";
    return text;
  };
  static_cast<void>(fixture.home().file(file, own, 0600));
  static_cast<void>(connect());
  const std::string connected = fixture.read(fixture.path(file));
  SECTION("the user has consents to hooks of his own") {
    static_cast<void>(
        fixture.home().file(file, connected + consents({"stop:0:0", "stop:2:0", "interrupt:0:0"}), 0600));
    CHECK(has(remove(), "removed      2 consents\n"));
    CHECK(fixture.read(fixture.path(file)) == own + consents({"stop:0:0"}));
  }
  SECTION("all of them are those of ATM") {
    static_cast<void>(fixture.home().file(file, connected + consents({"stop:2:0", "interrupt:0:0"}), 0600));
    CHECK(has(remove(), "restored byte for byte"));
    CHECK(fixture.read(fixture.path(file)) == own);
  }
  SECTION("a dry run shows the change") {
    const std::string before = connected + consents({"stop:2:0"});
    static_cast<void>(fixture.home().file(file, before, 0600));
    fixture.options.dry_run = true;
    CHECK(has(remove(), "removed      1 consent\n"));
    CHECK(fixture.read(fixture.path(file)) == before);
  }
}

TEST_CASE_METHOD(AgentFixture, "a malformed file is not changed") {
  has_hooks("{");
  CHECK(has(connect(), "Codex ignores such a file, and nothing was changed"));
  CHECK(hooks() == "{");
}

TEST_CASE_METHOD(AgentFixture, "the status lists the agents that are connected or installed") {
  CHECK(agents_text(fixture.options).empty());
  static_cast<void>(fixture.home().file("bin/codex", "#!/bin/sh\n", 0755));
  CHECK(has(agents_text(fixture.options), "agent        Codex\n  not connected; run atm setup codex\n"));
  static_cast<void>(connect());
  CHECK(has(agents_text(fixture.options),
            "  connected    13 events (needs consent), notify\n  needs        start codex once and accept"));
}

}  // namespace atm::cli::setup
