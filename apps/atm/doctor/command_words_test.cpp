// SPDX-License-Identifier: MIT
#include "command_words.hpp"

#include <rapidcheck.h>

#include "support/catch.hpp"

namespace atm::cli::doctor {
namespace {

using Words = std::vector<std::string>;

TEST_CASE("a command is split as a shell splits it", "[doctor]") {
  CHECK(command_words("[ -x /a ] && /a b||true") == Words{"[", "-x", "/a", "]", "/a", "b", "true"});
  CHECK(command_words("'/a b'/c \"d e\" f\\ g ''") == Words{"/a b/c", "d e", "f g", ""});
  CHECK(command_words("\"a\\\"b\" 'c\\d'") == Words{"a\"b", "c\\d"});
  CHECK(command_words("it'\\''s").size() == 1);
  CHECK(command_words("  ").empty());
}

TEST_CASE("the command of a hook names the program once", "[doctor]") {
  const OurCommand ours =
      our_part("[ -x /usr/local/bin/atm-hook ] && /usr/local/bin/atm-hook --agent claude_code || true");
  CHECK(ours.programs == Words{"/usr/local/bin/atm-hook"});
  CHECK_FALSE(ours.is_status_line);
}

TEST_CASE("the command of a status line includes the programs of --then", "[doctor]") {
  const OurCommand ours = our_part(
      "[ -x '/o p/atm-hook' ] && exec '/o p/atm-hook' --agent claude_code --status-line --then ''\\''/o "
      "p/atm'\\'' "
      "status-line'; true");
  CHECK(ours.programs == Words{"/o p/atm-hook", "/o p/atm"});
  CHECK(ours.is_status_line);
  CHECK(our_part("/x/atm status-line").is_status_line);
  CHECK(our_part("sh /x/atm-status.sh").is_status_line);
}

TEST_CASE("an unrelated command contains no program of ATM", "[doctor]") {
  for (const char* command : {"", "my-status", "/x/atm list", "echo atm-hooks", "/x/atm-hook/run",
                              "tool --status-line", "unended 'quote", "--then"}) {
    CHECK(our_part(command).programs.empty());
    CHECK_FALSE(our_part(command).is_status_line);
  }
}

TEST_CASE("any bytes are a valid command", "[doctor]") {
  CHECK(rc::check("random bytes", [](const std::string& bytes) {
    static_cast<void>(our_part(bytes));
    static_cast<void>(our_part("atm-hook --then '" + bytes));
  }));
}

}  // namespace
}  // namespace atm::cli::doctor
