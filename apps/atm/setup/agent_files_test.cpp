// SPDX-License-Identifier: MIT
// The shapes toml_array and copy_file.
#include <unistd.h>

#include "agent.hpp"
#include "setup_fixture.hpp"
#include "support/catch.hpp"
#include "toml_array.hpp"
#include "trust.hpp"

namespace atm::cli::setup {

namespace {

bool says(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

class FilesFixture {
 public:
  FilesFixture() {
    for (const char* const name : {"CODEX_HOME", "PI_CODING_AGENT_DIR"}) ::unsetenv(name);
    fixture.options.agents = ATM_AGENTS_DIR;
    fixture.options.what = "codex";
    fixture.home().directory("home/.codex");
  }
  [[nodiscard]] std::string connect() const { return fixture.connect_named(); }
  [[nodiscard]] std::string remove() const { return fixture.remove_named(); }
  [[nodiscard]] std::string toml() const { return fixture.read(fixture.path("home/.codex/config.toml")); }
  void has_toml(const std::string& text) const {
    static_cast<void>(fixture.home().file("home/.codex/config.toml", text, 0600));
  }
  [[nodiscard]] std::string line() const {
    const std::string& hook = fixture.options.hook;
    return "notify = [\"/bin/sh\", \"-c\", \"[ -x " + hook + " ] && " + hook +
           " --agent codex --argv \\\"$0\\\" || true\"]\n";
  }

  SetupFixture fixture;
};

constexpr const char* kOwnToml =
    "# mine\nmodel = \"x\" # tail\n\n[tui]\nnotify = [\"nested\"]\n[[a]]\nb = '''\nnotify = [\"text\"]\n'''";

}  // namespace

TEST_CASE_METHOD(FilesFixture,
                 "the key of a program with a payload becomes the first line of a TOML file, and removal "
                 "restores the file byte for byte",
                 "[setup][agent]") {
  has_toml(kOwnToml);
  const std::string report = connect();
  CHECK(says(report, "key          notify\n"));
  CHECK(toml() == line() + kOwnToml);
  CHECK(says(connect(), "nothing to change in " + fixture.path("home/.codex/config.toml")));
  CHECK(says(remove(), "config.toml (restored byte for byte)"));
  CHECK(toml() == kOwnToml);
}

TEST_CASE_METHOD(FilesFixture, "a TOML file that did not exist is deleted again", "[setup][agent]") {
  CHECK(says(connect(), "key          notify\n"));
  CHECK(toml() == line());
  CHECK(says(remove(), "config.toml (deleted: it did not exist before)"));
  CHECK(toml().empty());
}

TEST_CASE_METHOD(FilesFixture, "a command of the user for the key is not replaced", "[setup][agent]") {
  for (const char* const text :
       {"notify = [\"notify-send\", \"Codex\"]\n", "notify = \"x\"\n", "notify = []\n", "[notify]\na = 1\n",
        "notify = [\"/bin/sh\", \"-c\", \"other\"]\n", "\"notify\" = [\n  \"a\",\n]\n",
        "notify = [\"/bin/sh\", \"-c\", \"[ -x /a/atm-hook ] && /a/atm-hook --agent other --argv \\\"$0\\\" "
        "|| "
        "true\"]\n"}) {
    CAPTURE(text);
    has_toml(text);
    CHECK(says(connect(), "config.toml, which sets notify to a command of yours\n"));
    CHECK(toml() == text);
    static_cast<void>(remove());
    CHECK(toml() == text);
  }
}

TEST_CASE_METHOD(FilesFixture, "after an edit of the user, removal removes the line of ATM only",
                 "[setup][agent]") {
  has_toml(kOwnToml);
  static_cast<void>(connect());
  has_toml("\xEF\xBB\xBF" + line() + "model = \"y\"\n[tui]\nnotify = [\"nested\"]\n");
  CHECK(says(remove(), "entries of ATM removed; the file was edited since"));
  CHECK(toml() == "\xEF\xBB\xBFmodel = \"y\"\n[tui]\nnotify = [\"nested\"]\n");
  // Not on one line: nothing is guessed.
  std::string text = line();
  text.replace(text.find(", \"-c"), 2, ",\n  ");
  has_toml(text);
  CHECK(says(remove(), "the key notify of ATM is not on a line of its own"));
  CHECK(toml() == text);
}

TEST_CASE_METHOD(FilesFixture, "the line follows the installed program", "[setup][agent]") {
  static_cast<void>(connect());
  const std::string before = toml();
  fixture.options.hook = fixture.home().file("opt2/atm-hook", "#!/bin/sh\necho atm-hook 0\n", 0755).string();
  static_cast<void>(fixture.home().file("opt2/atm", "#!/bin/sh\n", 0755));
  CHECK(says(connect(), "  updated    notify\n"));
  CHECK(toml() == line());
  CHECK(before != line());
  CHECK(says(remove(), "deleted: it did not exist before"));
}

TEST_CASE_METHOD(FilesFixture, "a malformed TOML file is not changed", "[setup][agent]") {
  has_toml("model = \"x\"\n[tui\n");
  const std::string report = connect();
  CHECK(says(report, "config.toml:2: "));
  CHECK(says(report, "Codex ignores such a file, and nothing was changed"));
  // The report of the first file is not lost.
  CHECK(says(report, "events       13 connected\n"));
  CHECK(toml() == "model = \"x\"\n[tui\n");
}

TEST_CASE("line ends and other keys of a TOML file stay", "[setup][agent]") {
  for (const char* const text :
       {"", "\n", "a = 1", "a = 1\r\nb = 2\r\n", "# c", "\xEF\xBB\xBF[a]\nb = 1979-05-27\n"}) {
    CAPTURE(text);
    const auto connected = connect_toml_array(text, "notify", "/opt/a b/atm-hook", "codex");
    REQUIRE(connected);
    CHECK(connected->added == std::vector<std::string>{"notify"});
    CHECK(says(connected->text, "\r\n") == says(text, "\r\n"));
    const auto removed = disconnect_toml_array(connected->text, "notify", "codex");
    REQUIRE(removed);
    CHECK(removed->text == text);
    CHECK(disconnect_toml_array(connected->text, "notify", "other")->removed.empty());
  }
}

TEST_CASE_METHOD(FilesFixture, "the extension of an agent is copied, updated and removed", "[setup][agent]") {
  fixture.options.what = "pi";
  fixture.options.hook = "/nowhere/atm-hook";  // an extension needs no program
  const std::string copy = fixture.path("home/.pi/agent/extensions/atm.ts");
  const std::string source = fixture.read(ATM_AGENTS_DIR "/pi/atm.ts");
  CHECK(says(connect(), "changed      " + copy));
  CHECK(fixture.read(copy) == source);
  CHECK(*connected_parts(*find_agent_setup(fixture.options)) == "atm.ts");
  CHECK(says(connect(), "nothing to change in " + copy));
  CHECK(says(remove(), "removed      " + copy));
  CHECK_FALSE(std::filesystem::exists(copy));
  CHECK(connected_parts(*find_agent_setup(fixture.options))->empty());
  CHECK(says(remove(), "no file of ATM at " + copy));
}

TEST_CASE_METHOD(FilesFixture,
                 "a file that ATM did not write, or that the user edited, is neither replaced nor removed",
                 "[setup][agent][hostile]") {
  fixture.options.what = "pi";
  const std::string copy = fixture.path("home/.pi/agent/extensions/atm.ts");
  static_cast<void>(fixture.home().file("home/.pi/agent/extensions/atm.ts", "// mine\n"));
  CHECK(says(connect(), "!" + copy + " was not written by ATM"));
  CHECK(says(remove(), "it stays"));
  CHECK(fixture.read(copy) == "// mine\n");
  std::filesystem::remove(copy);
  static_cast<void>(connect());
  const std::string edited = fixture.read(copy) + "// mine\n";
  static_cast<void>(fixture.home().file("home/.pi/agent/extensions/atm.ts", edited));
  CHECK(says(connect(), "was edited since"));
  CHECK(says(remove(), "it stays"));
  CHECK(fixture.read(copy) == edited);
}

TEST_CASE_METHOD(FilesFixture, "a file beside a manifest of the user is copied only as the user trusted it",
                 "[setup][agent][trust][hostile]") {
  fixture.options.what = "zed";
  const auto has_source = [this](const char* text) {
    static_cast<void>(fixture.home().file("config/atm/agents/zed/atm.ts", text));
  };
  static_cast<void>(
      fixture.home().file("config/atm/agents/zed/agent.toml",
                          "[agent]\nid = \"zed\"\nname = \"Zed\"\nmanifest = 1\n[[setup]]\n"
                          "file = \"~/.zed/atm.ts\"\nshape = \"copy_file\"\nsource = \"atm.ts\"\n"));
  TrustOptions trust;
  trust.agents = ATM_AGENTS_DIR;
  trust.what = "zed";
  CHECK(says(trust_manifest(trust).error().message, "atm.ts: No such file"));
  has_source("// one\n");
  CHECK(says(*trust_manifest(trust), "setup copies " + fixture.path("config/atm/agents/zed/atm.ts")));
  has_source("// two\n");
  CHECK(says(connect(), "atm.ts changed since you trusted it"));
  CHECK_FALSE(std::filesystem::exists(fixture.path("home/.zed/atm.ts")));
  CHECK(trust_manifest(trust));
  CHECK(says(connect(), "changed      "));
  CHECK(fixture.read(fixture.path("home/.zed/atm.ts")) == "// two\n");
  // An update of the manifest's file replaces what ATM wrote.
  has_source("// three\n");
  CHECK(trust_manifest(trust));
  CHECK(says(connect(), "changed      "));
  CHECK(fixture.read(fixture.path("home/.zed/atm.ts")) == "// three\n");
  CHECK(says(remove(), "removed      "));
  CHECK_FALSE(std::filesystem::exists(fixture.path("home/.zed/atm.ts")));
}

}  // namespace atm::cli::setup
