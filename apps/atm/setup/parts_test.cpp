// SPDX-License-Identifier: MIT
#include <algorithm>

#include "content_id.hpp"
#include "event_table.hpp"
#include "hook_command.hpp"
#include "shell_words.hpp"
#include "support/catch.hpp"
#include "unified_diff.hpp"

namespace atm::cli::setup {
namespace {

const Programs kUsual{"/usr/local/bin/atm-hook", "/usr/local/bin/atm"};

std::vector<std::string> names(const std::optional<ClientVersion>& version) {
  std::vector<std::string> all;
  for (const HookEvent& event : events_for(version)) all.emplace_back(event.name);
  return all;
}

TEST_CASE("the installed commands are those of the contract") {
  CHECK(hook_command(kUsual.hook) ==
        "[ -x /usr/local/bin/atm-hook ] && /usr/local/bin/atm-hook --agent claude_code || true");
  CHECK(hook_command("/opt/my tools/it's/atm-hook") ==
        "[ -x '/opt/my tools/it'\\''s/atm-hook' ] && '/opt/my tools/it'\\''s/atm-hook' --agent claude_code "
        "|| true");
  CHECK(status_line_command(kUsual, "~/line.sh --x") ==
        "[ -x /usr/local/bin/atm-hook ] && exec /usr/local/bin/atm-hook --agent claude_code --status-line "
        "--then "
        "'~/line.sh --x'; ~/line.sh --x");
  CHECK(status_line_command(kUsual, "") ==
        "[ -x /usr/local/bin/atm-hook ] && exec /usr/local/bin/atm-hook --agent claude_code --status-line "
        "--then "
        "''\\''/usr/local/bin/atm'\\'' status-line'; true");
}

TEST_CASE("our commands are known again, others and those made of both are not taken for ours") {
  for (const char* path : {"/a/atm-hook", "/a b/atm-hook", "/it's/atm-hook"}) {
    CHECK(hook_ownership(hook_command(path)) == Ownership::kOurs);
    for (const std::string& former :
         {std::string(), std::string("cat"), std::string("echo 'a' \"$b\"; printf x\n")}) {
      const auto parts = status_line_parts(status_line_command({path, "/a/atm"}, former));
      CHECK(parts.ownership == Ownership::kOurs);
      CHECK(parts.former == former);
    }
  }
  CHECK(hook_ownership("/a/atm-hook --agent claude_code") == Ownership::kOurs);
  CHECK(hook_ownership("/a/atm-hook --agent claude_code; notify") == Ownership::kMixed);
  CHECK(hook_ownership("notify && '/a/atm-hook' --agent claude_code") == Ownership::kMixed);
  CHECK(hook_ownership("/a/atm-hook --agent other") == Ownership::kForeign);
  CHECK(hook_ownership("echo atm-hook") == Ownership::kForeign);
  CHECK(status_line_parts("/a/atm-hook --agent claude_code --status-line").ownership == Ownership::kOurs);
  CHECK(status_line_parts("tee >(/a/atm-hook --agent claude_code --status-line) | x").ownership ==
        Ownership::kMixed);
  CHECK(status_line_parts("x.sh").ownership == Ownership::kForeign);
  CHECK(is_our_url(kHookUrl));
  CHECK(is_our_url("http://127.0.0.1:9000/v1/ingest/claude_code/hook"));
  CHECK_FALSE(is_our_url("http://example.org/v1/ingest/claude_code/hook"));
}

TEST_CASE("a word comes back from the shell's quotes") {
  std::string_view rest = "a'b c'\\'d e";
  CHECK(take_shell_word(rest) == "ab c'd");
  CHECK(rest == " e");
  for (std::string_view bad : {"'open", "$HOME", "", "a`b`"}) CHECK_FALSE(take_shell_word(bad));
}

TEST_CASE("the events follow the client's version, and never those that cost or decide something") {
  const ClientVersion old{2, 1, 197};
  CHECK(names(std::nullopt) == names(old));
  CHECK(names(old).size() == 18);
  CHECK(names(ClientVersion{2, 1, 329}) == names(old));
  CHECK(names(ClientVersion{2, 1, 330}).size() == 19);
  CHECK(names(ClientVersion{2, 1, 330}).back() == "PostModelSwitch");
  CHECK(names(ClientVersion{3, 0, 0}).size() == 19);
  CHECK(names(ClientVersion{1, 0, 100}).size() == 9);
  for (const auto& version : {ClientVersion{2, 1, 330}, ClientVersion{9, 0, 0}}) {
    const auto all = names(version);
    for (const char* never : {"MessageDisplay", "WorktreeCreate", "PostToolBatch"})
      CHECK(std::count(all.begin(), all.end(), never) == 0);
  }
}

TEST_CASE("a version is the first of three numbers") {
  CHECK(parse_client_version("2.1.330 (Claude Code)\n") == ClientVersion{2, 1, 330});
  CHECK(parse_client_version("node v22 warning\n10.0.1") == ClientVersion{10, 0, 1});
  CHECK_FALSE(parse_client_version("2.1"));
  CHECK_FALSE(parse_client_version(""));
  CHECK_FALSE(parse_client_version("99999999999.1.1"));
}

TEST_CASE("a text is known by what is in it, on every machine") {
  CHECK(content_id("") == "0a68eb57-c88a-5f34-9e9d-27f85e68af4f");
  CHECK(content_id("abc") == "7697a46f-b283-5da3-8e7c-62c11c03dd9e");
  CHECK(content_id(std::string_view("abc\0", 4)) != content_id("abc"));
}

TEST_CASE("a diff is what diff -u prints") {
  CHECK(unified_diff("a\n", "a\n", "f").empty());
  CHECK(unified_diff("", "a\nb\n", "f") == "--- f\n+++ f\n@@ -0,0 +1,2 @@\n+a\n+b\n");
  CHECK(unified_diff("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nx\n6\n7\n8\n9\n", "f") ==
        "--- f\n+++ f\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+x\n 6\n 7\n 8\n");
  CHECK(unified_diff("a", "a\n", "f") == "--- f\n+++ f\n@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n");
}

}  // namespace
}  // namespace atm::cli::setup
