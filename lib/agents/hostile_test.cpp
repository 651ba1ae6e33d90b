// SPDX-License-Identifier: MIT
// Manifests that are hostile: each is refused with a message that states what was found, and harms nothing.
// ATM_UPDATE=1 rewrites the messages: review the difference before you commit it.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include "lib/agents/agent_manifest.hpp"
#include "lib/agents/manifest_paths.hpp"
#include "lib/agents/manifest_text.hpp"
#include "support/catch.hpp"

using atm::ReadManifest;
using atm::test::altered;
using atm::test::kGoodManifest;
using atm::test::read_text;

namespace {

/// The good manifest with a table follow that has these keys.
std::string followed(const std::string& keys) {
  return altered("[process]", "[[follow]]\nevent = [\"/type\"]\n" + keys +
                                  "\n[follow.on]\nA = { skip = true }\n[process]\nenv = [\"ZED_HOME\"]");
}

/// The good manifest with a table doctor that has these keys.
std::string examined(const std::string& keys) {
  return altered("[process]", "[doctor]\n" + keys + "\n[process]");
}

/// The good manifest with a table borrowed that has these keys.
std::string borrowing(const std::string& keys) {
  return altered("[process]", "[[borrowed]]\n" + keys + "\n[process]");
}

/// Printable, and short enough for one line.
std::string shown(std::string text) {
  constexpr std::string_view kHere = ATM_AGENTS_DIR;
  if (const std::size_t at = text.find(kHere); at != std::string::npos)
    text.replace(at, kHere.size(), "/agents");
  for (char& c : text) {
    if (c < ' ' || c > '~') c = '?';
  }
  return text.substr(0, 240);
}

}  // namespace

TEST_CASE("a hostile manifest is refused with the documented message and does no harm",
          "[manifest][hostile]") {
  std::string rules;
  for (int i = 0; i < 3'000; ++i) rules += "E" + std::to_string(i) + " = { skip = true }\n";
  std::string two_hundred_and_one =
      "[agent]\nid=\"zed\"\nname=\"Z\"\nmanifest=1\n[hook]\nsession=\"/s\"\nevent=\"/e\"\n[hook.on]\n";
  for (int i = 0; i < 201; ++i) two_hundred_and_one += "E" + std::to_string(i) + " = { skip = true }\n";
  std::string deep = "a";
  for (int i = 0; i < 20'000; ++i) deep += ".a";
  std::string many_attributes;
  for (int i = 0; i < 60; ++i) many_attributes += (i > 0 ? ", a" : "a") + std::to_string(i) + " = \"/x\"";
  const std::string nested = "x = " + std::string(300, '[') + std::string(300, ']');
  const std::string cases[] = {
      "",
      "\xff\xfe",
      std::string("a\0b", 3),
      "[agent",
      "agent = 1",
      "[agent]\nid = \"zed\"",
      deep + " = 1",
      "[" + deep + "]",
      nested,
      "x = " + std::string(200, '{') + std::string(200, '}'),
      two_hundred_and_one,
      std::string(kGoodManifest) + rules,
      altered("[process]", "[worker]\ncommand = [\"rm\"]\n[process]"),
      altered("[process]", "[agent.extra]\nx = 1\n[process]"),
      altered("manifest = 1", "manifest = 99999999999999999999"),
      altered("manifest = 1", "manifest = 0"),
      altered("manifest = 1", "manifest = 4294967297"),
      altered("manifest = 1", "manifest = \"1\""),
      altered("id = \"zed\"", "id = \"../zed\""),
      altered("id = \"zed\"", "id = \"Zed\""),
      altered("id = \"zed\"", "id = \"" + std::string(65, 'z') + "\""),
      altered("name = \"Zed\"", "name = \"\\u001b[2J\""),
      altered("name = \"Zed\"", "name = \"a\\u009bb\""),
      altered("name = \"Zed\"", "name = \"\""),
      altered("name = \"Zed\"", "name = \"Zed\"\nicon = \"\\u0007\""),
      altered("name = \"Zed\"", "name = \"Zed\"\nicon = \"123456789\""),
      altered("interrupt = \"exact\"", "interrupt = \"always\""),
      altered("interrupt = \"exact\"", "cancel = \"exact\""),
      altered("programs = [\"zed\"]", "programs = []"),
      altered("programs = [\"zed\"]", "programs = [\"/bin/sh\"]"),
      altered("programs = [\"zed\"]", "programs = [\"../zed\"]"),
      altered("programs = [\"zed\"]", "programs = [\"zed\"]\npackages = [\"../../etc\"]"),
      altered("programs = [\"zed\"]", "programs = [\"-rf\"]"),
      altered("session = \"/session\"", "session = \"session\""),
      altered("session = \"/session\"", "session = \"\""),
      altered("session = \"/session\"", "session = \"/a~2\""),
      altered("session = \"/session\"", "session = \"" + std::string(300, '/') + "\""),
      altered("session = \"/session\"", "session = \"/" + std::string(300, 'a') + "\""),
      altered("event = \"/event\"", "event = \"/event\"\ndialect = \"../../../etc/passwd\""),
      altered("event = \"/event\"", "event = \"/event\"\ndialect = \"none\""),
      altered("emit = \"session.started\"", "emit = \"attention.raised\""),
      altered("emit = \"session.started\"", "emit = \"attention.acknowledged\""),
      altered("emit = \"session.started\"", "emit = \"process.exited\""),
      altered("emit = \"session.started\"", "emit = \"process.bound\""),
      altered("emit = \"session.started\"", "emit = \"session.replaced\""),
      altered("emit = \"session.started\"", "emit = \"codex.own\""),
      altered("emit = \"session.started\"", "emit = \".Own Event\""),
      altered("emit = \"session.started\"", "emit = \"." + std::string(200, 'a') + "\""),
      altered("emit = \"session.started\"", "skip = true, emit = \"session.started\""),
      altered("emit = \"session.started\", ", ""),
      altered("cwd = \"/cwd\"", "pid = \"/pid\""),
      altered("cwd = \"/cwd\"", "late = \"/late\""),
      altered("cwd = \"/cwd\"", "sole = \"/sole\""),
      altered("cwd = \"/cwd\"", "\"C W D\" = \"/cwd\""),
      altered("cwd = \"/cwd\"", "\"a..b\" = \"/cwd\""),
      altered("cwd = \"/cwd\"", "\"\" = \"/cwd\""),
      altered("cwd = \"/cwd\"", "\"" + std::string(129, 'a') + "\" = \"/cwd\""),
      altered("cwd = \"/cwd\"", many_attributes),
      altered("take = { cwd", "length = { cwd"),
      altered("take = { cwd = \"/cwd\" }", "take = { cwd = \"/cwd\" }, set = { cwd = \"/\" }"),
      altered("take = { cwd = \"/cwd\" }", "plus = { tasks = [] }"),
      altered("take = { cwd = \"/cwd\" }", "minus = { tasks = [\"/a\"] }"),
      altered("take = { cwd = \"/cwd\" }", "minus = { tasks = [\"/a\", \"b\"] }"),
      altered("take = { cwd = \"/cwd\" }", "count = { tasks = { from = \"/a\" } }"),
      altered("take = { cwd = \"/cwd\" }", "count = { tasks = { of = \"a\" } }"),
      altered("take = { cwd = \"/cwd\" }", "set = { cwd = [1] }"),
      altered("take = { cwd = \"/cwd\" }", "actor = \"a\""),
      altered("take = { cwd = \"/cwd\" }", "bind = \"all\""),
      altered("take = { cwd = \"/cwd\" }", "run = \"rm -rf /\""),
      altered("{ \"/kind\" = \"-\" }", "{ \"kind\" = \"-\" }"),
      altered("{ \"/kind\" = \"-\" }", "{ \"/kind\" = 1 }"),
      altered("Stop = [", "\"" + std::string(200, 'S') + "\" = ["),
      altered("[process]",
              "[[setup]]\nshape = \"hooks_json\"\nevents = [\"Stop\"]\nfile = \"/etc/passwd\"\n[process]"),
      altered(
          "[process]",
          "[[setup]]\nshape = \"hooks_json\"\nevents = [\"Stop\"]\nfile = \"~/../x/hooks.json\"\n[process]"),
      altered("[process]",
              "[[setup]]\nshape = \"hooks_json\"\nevents = [\"Stop\"]\nfile = \"~/.ssh/a.json\"\n[process]"),
      altered(
          "[process]",
          "[[setup]]\nshape = \"hooks_json\"\nevents = [\"Stop\"]\nfile = \"~/.codex/auth.json\"\n[process]"),
      altered(
          "[process]",
          "[[setup]]\nshape = \"hooks_json\"\nevents = [\"Stop\"]\nfile = \"~/.x/my-token.json\"\n[process]"),
      altered("[process]",
              "[[setup]]\nshape = \"hooks_json\"\nevents = [\"Stop\"]\nfile = \"~/.bashrc\"\n[process]"),
      altered("[process]",
              "[[setup]]\nshape = \"hooks_json\"\nevents = [\"Stop\"]\nfile = \"hooks.json\"\n[process]"),
      altered("[process]",
              "[[setup]]\nshape = \"hooks_json\"\nevents = [\"Stop\"]\nfile = \"~/.json\"\n[process]"),
      altered(
          "[process]",
          "[[setup]]\nshape = \"hooks_json\"\nevents = [\"Stop\"]\nfile = \"$HOME/hooks.json\"\n[process]"),
      altered(
          "[process]",
          "[[setup]]\nshape = \"hooks_json\"\nevents = [\"Stop\"]\nfile = \"${HOME}/hooks.json\"\n[process]"),
      altered("[process]",
              "[[setup]]\nshape = \"hooks_json\"\nevents = [\"Stop\"]\nfile = "
              "\"${home:-~/x}/a.json\"\n[process]"),
      altered(
          "[process]",
          "[[setup]]\nshape = \"hooks_json\"\nevents = [\"Stop\"]\nfile = \"${X:-/etc}/a.json\"\n[process]"),
      altered("[process]",
              "[[setup]]\nshape = \"hooks_json\"\nevents = [\"Stop\"]\nfile = "
              "\"${X:-~/a}/../b.json\"\n[process]"),
      altered("[process]",
              "[[setup]]\nshape = \"hooks_json\"\nevents = [\"Stop\"]\nfile = \"~/a b/c.json\"\n[process]"),
      altered("[process]",
              "[[setup]]\nshape = \"hooks_json\"\nevents = [\"Stop\"]\nfile = \"~//a.json\"\n[process]"),
      altered(
          "[process]",
          "[[setup]]\nshape = \"hooks_json\"\nevents = [\"Stop\"]\nfile = \"${X:-~/a/}}/b.json\"\n[process]"),
      altered("[process]",
              "[[setup]]\nshape = \"toml_array\"\nevents = [\"Stop\"]\nfile = \"~/.z/a.json\"\n[process]"),
      altered("[process]",
              "[[setup]]\nshape = \"toml_array\"\nkey = \"a.b\"\nfile = \"~/.z/a.toml\"\n[process]"),
      altered("[process]",
              "[[setup]]\nshape = \"toml_array\"\nkey = \"a\"\nfile = \"~/.z/credentials.toml\"\n[process]"),
      altered("[process]", "[[setup]]\nshape = \"toml_array\"\nfile = \"~/.z/a.toml\"\n[process]"),
      altered("[process]",
              "[[setup]]\nshape = \"copy_file\"\nsource = \"../atm.ts\"\nfile = \"~/.z/atm.ts\"\n[process]"),
      altered(
          "[process]",
          "[[setup]]\nshape = \"copy_file\"\nsource = \"/etc/passwd\"\nfile = \"~/.z/atm.ts\"\n[process]"),
      altered("[process]",
              "[[setup]]\nshape = \"copy_file\"\nsource = \"atm.ts\"\nfile = \"~/.bashrc\"\n[process]"),
      altered("[process]",
              "[[setup]]\nshape = \"copy_file\"\nsource = \"atm.ts\"\nfile = \"~/.z/../atm.ts\"\n[process]"),
      altered("[process]",
              "[[setup]]\nshape = \"copy_file\"\nsource = \"atm.ts\"\nfile = \"~/.z/atm.\"\n[process]"),
      altered("[process]", "[[setup]]\nshape = \"copy_file\"\nfile = \"~/.z/atm.ts\"\n[process]"),
      altered("[process]",
              "[setup]\nshape = \"hooks_json\"\nevents = [\"A\"]\nfile = \"~/.z/a.json\"\n[process]"),
      altered("[process]",
              "[[setup]]\nshape = \"hooks_json\"\nevents = []\nfile = \"~/.z/a.json\"\n[process]"),
      altered("[process]",
              "[[setup]]\nshape = \"hooks_json\"\nevents = [\"a b\"]\nfile = \"~/.z/a.json\"\n[process]"),
      altered("[process]",
              "[[setup]]\nshape = \"hooks_json\"\nevents = [\"A\"]\ntimeout = 0\nfile = "
              "\"~/.z/a.json\"\n[process]"),
      altered("[process]",
              "[[setup]]\nshape = \"hooks_json\"\nevents = [\"A\"]\nnote = \"\\u001b[2J\"\nfile = "
              "\"~/.z/a.json\"\n[process]"),
      altered("Stop = [", "Stop = [ 7, "),
      altered("[process]", "[title]\nrules = [{match = \"(\", state = \"busy\"}]\n[process]"),
      altered("[process]",
              "[title]\nrules = [{match = \"a{1000}{1000}{1000}\", state = \"busy\"}]\n[process]"),
      altered("[process]", "[title]\nrules = [{match = \"\\\\C\", state = \"busy\"}]\n[process]"),
      altered("[process]",
              "[title]\nrules = [{match = \"" + std::string(257, 'a') + "\", state = \"busy\"}]\n[process]"),
      altered("[process]", "[title]\nrules = [{match = \"" + std::string(40, '(') + std::string(40, ')') +
                               "\", state = \"busy\"}]\n[process]"),
      altered("[process]", "[title]\nrules = []\n[process]"),
      altered("[process]", "[title]\nrules = [{match = \"a\", state = \"ended\"}]\n[process]"),
      altered("[process]",
              "[title]\nrules = [{match = \"a\", state = \"idle\", reason = \"permission\"}]\n[process]"),
      altered("[process]",
              "[title]\nrules = [{match = \"a\", state = \"idle\"}]\nsession = \"[a-f]+\"\n[process]"),
      altered("[process]",
              "[title]\nrules = [{match = \"a\", state = \"idle\"}]\nsession = \"(?<id>\"\n[process]"),
      altered("[process]",
              "[title]\nrules = [{match = \"a\", state = \"idle\", run = \"reboot\"}]\n[process]"),
      followed("under = [\"/etc\"]"),
      followed("under = [\"~\"]"),
      followed("under = [\"~/\"]"),
      followed("under = [\"~/../other\"]"),
      followed("under = [\"~/a/../../b\"]"),
      followed("under = [\"~/.ssh\"]"),
      followed("under = [\"~/.gnupg/x\"]"),
      followed("under = [\"~/.config/tokens\"]"),
      followed("under = [\"$HOME/x\"]"),
      followed("under = [\"${HOME:-~/.zed}\"]"),
      followed("under = [\"${ZED_HOME:-/etc}\"]"),
      followed("under = [\"${ZED_HOME:-~/}\"]"),
      followed("under = [\"${ZED_HOME}\"]"),
      followed("under = [\"~/x\\u0000y\"]"),
      followed("under = []"),
      followed("under = \"~/.zed\""),
      followed("under = [\"~/.zed\"]\nglob = \"../*.jsonl\""),
      followed("under = [\"~/.zed\"]\nglob = \"/etc/passwd\""),
      followed("under = [\"~/.zed\"]\nglob = \"**/*.jsonl\""),
      followed("under = [\"~/.zed\"]\nglob = \"*/*/*/*/*/*.jsonl\""),
      followed("under = [\"~/.zed\"]\nglob = \"auth.json\""),
      followed("under = [\"~/.zed\"]\nglob = \"*.pem\""),
      followed("under = [\"~/.zed\"]\nglob = \".ssh/*\""),
      followed("under = [\"~/.zed\"]\nglob = \"*\\n\""),
      followed("under = [\"~/.zed\"]\nnewest = 1000000"),
      followed("under = [\"~/.zed\"]\nhead = { actor = \"/a\" }"),
      followed("under = [\"~/.zed\"]\nhead = { session = \"a\" }"),
      followed("under = [\"~/.zed\"]\ntime = \"now\""),
      followed("under = [\"~/.zed\"]\nexec = \"sh\""),
      altered("[process]",
              "[notify]\nsession = \"/s\"\nevent = \"/e\"\n[notify.on]\nA = { emit = \"process.exited\" "
              "}\n[process]"),
      altered("[process]",
              "[notify]\nsession = \"/s\"\nevent = \"/e\"\ncommand = \"sh\"\n[notify.on]\nA = { skip = true "
              "}\n[process]"),
      altered("[process]", "[notify]\nsession = \"/s\"\n[notify.on]\nA = { skip = true }\n[process]"),
      altered("[process]", "[[setup]]\nversion = [\"sh\", \"-c\", \"id\"]\n[process]"),
      altered("[process]", "[process]\nenv = [\"PATH=/x\"]\n"),
      examined("config = [\"/etc/passwd\"]"),
      examined("config = [\"/etc/x.json\"]"),
      examined("config = [\"~/../other/a.json\"]"),
      examined("config = [\"~/.codex/auth.json\"]"),
      examined("config = [\"~/.ssh/config.json\"]"),
      examined("config = [\"~/.config/my-secrets.toml\"]"),
      examined("config = [\"~/.z/oauth_token.json\"]"),
      examined("config = [\"${HOME}/a.json\"]"),
      examined("config = [\"${ZED_HOME:-/etc}/a.json\"]"),
      examined("config = [\"~/.bashrc\"]"),
      examined("config = []"),
      examined("config = \"~/.z/a.json\""),
      examined("command = [\"sh\"]"),
      examined("version = [\"sh\", \"-c\", \"id\"]"),
      examined("conflicts = [{file = \"~/.z/a.json\", key = \"a\", severity = \"note\", say = \"x\"}]"),
      examined("conflicts = [{file = \"~/.z/a.json\", key = \"a\", severity = \"note\", say = \"x\", equals "
               "= true, unless = true}]"),
      examined("conflicts = [{file = \"~/.z/a.json\", key = \"a\", severity = \"note\", say = \"x\", equals "
               "= [1]}]"),
      examined("conflicts = [{file = \"~/.z/a.json\", key = \"a\", severity = \"note\", say = \"x\", equals "
               "= 1, run = \"sh\"}]"),
      examined("conflicts = [{file = \"~/.z/a.json\", key = \"a\", severity = \"error\", say = \"x\", equals "
               "= 1}]"),
      examined("conflicts = [{file = \"~/.z/a.json\", key = \"a..b\", severity = \"note\", say = \"x\", "
               "equals = 1}]"),
      examined("conflicts = [{file = \"~/.z/a.json\", key = \"a[0]\", severity = \"note\", say = \"x\", "
               "equals = 1}]"),
      examined("conflicts = [{file = \"~/.z/a.json\", key = \"a\", severity = \"note\", say = "
               "\"\\u001b[2J\", equals = 1}]"),
      examined(
          "conflicts = [{file = \"~/.z/a.json\", key = \"a\", severity = \"note\", say = \"\", equals = 1}]"),
      examined("conflicts = [{file = \"/etc/shadow\", key = \"a\", severity = \"note\", say = \"x\", equals "
               "= 1}]"),
      examined("conflicts = [{file = \"~/.z/credentials.json\", key = \"a\", severity = \"note\", say = "
               "\"x\", equals = 1}]"),
      examined("conflicts = [{file = \"~/a/../../b.json\", key = \"a\", severity = \"note\", say = \"x\", "
               "equals = 1}]"),
      examined("conflicts = [{key = \"a\", severity = \"note\", say = \"x\", equals = 1}]"),
      borrowing("channel = \"claude_code/hook\""),
      borrowing("channel = \"claude_code/hook\"\nwhen = {}"),
      borrowing("channel = \"claude_code/hook\"\nwhen = {\"/a\" = \"-\"}"),
      borrowing("channel = \"claude_code/hook\"\nwhen = {\"/a/b\" = \"*\"}"),
      borrowing("channel = \"claude_code/hook\"\nwhen = {\"a\" = \"*\"}"),
      borrowing("channel = \"claude_code/hook\"\nwhen = {\"/a\" = true}"),
      borrowing("channel = \"claude_code/status_line\"\nwhen = {\"/a\" = \"*\"}"),
      borrowing("channel = \"*/hook\"\nwhen = {\"/a\" = \"*\"}"),
      borrowing("channel = \"zed/hook\"\nwhen = {\"/a\" = \"*\"}"),
      borrowing("channel = \"claude_code/hook\"\nrun = \"x\"\nwhen = {\"/a\" = \"*\"}"),
      altered("[process]", "[process]\nserver = [\"\"]"),
      altered("[process]", "[process]\nserver = \"app-server\""),
  };
  static_assert(std::size(cases) >= 100);
  std::string found;
  for (const std::string& text : cases) {
    CAPTURE(text.substr(0, 400));
    const ReadManifest result = read_text(text);
    CHECK_FALSE(result.manifest.has_value());
    REQUIRE_FALSE(result.problems.empty());
    CHECK(result.problems.size() <= 65);
    for (const atm::Problem& problem : result.problems) {
      CHECK(problem.file.find(".toml") != std::string::npos);
      CHECK_FALSE(problem.found.empty());
      CHECK_FALSE(problem.wanted.empty());
      CHECK(problem.message().size() < 2000);
    }
    found += shown(result.problems.front().message()) + '\n';
  }
  const char* const update = std::getenv("ATM_UPDATE");
  if (update != nullptr && std::string_view(update) == "1")
    std::ofstream(AGENTS_TESTDATA "/hostile.expected.txt", std::ios::binary) << found;
  std::ifstream in(AGENTS_TESTDATA "/hostile.expected.txt", std::ios::binary);
  CHECK(found == std::string(std::istreambuf_iterator<char>(in), {}));
}

TEST_CASE("a million rules are refused before they are checked", "[manifest][hostile]") {
  std::string text(kGoodManifest);
  for (int i = 0; i < 1'000'000; ++i) text += "E" + std::to_string(i) + " = { skip = true }\n";
  // The file is longer than a manifest may be, so that its reader refuses it; the parser is not reached.
  CHECK(text.size() > atm::AgentManifest::kMaxBytes);
  const std::string file = "/tmp/atm-hostile-" + std::to_string(::getpid()) + ".toml";
  std::ofstream(file) << text;
  std::string content;
  const auto problem = atm::read_own_file(file, atm::AgentManifest::kMaxBytes, content);
  REQUIRE(problem.has_value());
  CHECK(problem->found == "more than 65536 bytes");
  CHECK(content.size() <= atm::AgentManifest::kMaxBytes + 1);
  static_cast<void>(std::remove(file.c_str()));
}

TEST_CASE("a file with a secret name is never opened", "[manifest][hostile]") {
  for (const char* const name :
       {"auth.json", "x/AUTH.json", "a/my-credentials.json", "oauth_token.jsonl", "a.pem", "b/server.KEY",
        ".env", "x/.env.local", ".ssh/config", "a/.ssh/b", "a/.gnupg/c", "id_rsa", "tokens"})
    CHECK(atm::is_secret_file(name));
  for (const char* const name : {"rollout-1.jsonl", "token-project/chats/session-1.jsonl", "keys.jsonl"})
    CHECK_FALSE(atm::is_secret_file(name));
}
