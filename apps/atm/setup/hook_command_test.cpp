// SPDX-License-Identifier: MIT
#include "hook_command.hpp"

#include <string>
#include <string_view>

#include "shell_words.hpp"
#include "support/catch.hpp"

namespace atm::cli::setup {
namespace {

const Programs kUsual{"/usr/local/bin/atm-hook", "/usr/local/bin/atm"};

TEST_CASE("the installed commands have the documented form") {
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

TEST_CASE("ATM's commands are distinguished from foreign and mixed ones") {
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
  CHECK(is_our_url("http://127.0.0.1:7641/v1/ingest/claude_code/hook"));
  CHECK(is_our_url("http://127.0.0.1:9000/v1/ingest/claude_code/hook"));
  CHECK_FALSE(is_our_url("http://example.org/v1/ingest/claude_code/hook"));
}

TEST_CASE("a quoted shell word is decoded") {
  std::string_view rest = "a'b c'\\'d e";
  CHECK(take_shell_word(rest) == "ab c'd");
  CHECK(rest == " e");
  for (std::string_view bad : {"'open", "$HOME", "", "a`b`"}) CHECK_FALSE(take_shell_word(bad));
}

}  // namespace
}  // namespace atm::cli::setup
