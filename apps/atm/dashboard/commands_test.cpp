// SPDX-License-Identifier: MIT
#include "commands.hpp"

#include "support/catch.hpp"

namespace atm::cli {
namespace {

using Kind = Command::Kind;

TEST_CASE(
    "a command is an action, a command with an argument, or one of atm "
    "that prints",
    "[dashboard][command]") {
  const Bindings bindings;
  const auto parsed = [&bindings](const char* text) {
    auto command = parse_command(text, bindings);
    REQUIRE(command);
    return *command;
  };
  CHECK(parsed("board").action == Action::kBoard);
  CHECK(parsed(" quit ").action == Action::kQuit);
  CHECK(parsed("theme").action == Action::kTheme);
  CHECK(parsed("theme dark").kind == Kind::kTheme);
  CHECK(parsed("theme dark").argument == "dark");
  CHECK(parsed("jump").action == Action::kJump);
  CHECK(parsed("jump 0bb3").kind == Kind::kJump);
  CHECK(parsed("filter").kind == Kind::kFilter);
  CHECK(parsed("filter needs cost>5").argument == "needs cost>5");
  CHECK(parsed("sort cost").kind == Kind::kSort);
  CHECK(parsed("at -1h").kind == Kind::kAt);
  CHECK(parsed("at -1h").argument == "-1h");
  CHECK(parsed("cost").action == Action::kCost);
  CHECK(parsed("cost --by model").kind == Kind::kPrint);
  CHECK(parsed("history since").argument == "history since");
  for (const char* wrong : {"", "bord", "save", "at", "quit now", "setup claude --remove", "!ls"}) {
    INFO(wrong);
    CHECK_FALSE(parse_command(wrong, bindings));
  }
  CHECK(parse_command("boar", bindings).error().message.find("such as board") != std::string::npos);
}

TEST_CASE("Tab completes a command and its argument", "[dashboard][command]") {
  const Bindings bindings;
  const CommandWords words{{"0bb3f80d", "0bb4"}, {"auto", "dark"}, {"age", "cost"}, {"mine"}};
  CHECK(complete("boa", bindings, words).text == "board ");
  const auto several = complete("co", bindings, words);
  CHECK(several.text == "co");
  CHECK(several.candidates == std::vector<std::string>{"command", "copy-directory", "copy-id", "cost"});
  CHECK(complete("jump 0", bindings, words).text == "jump 0bb");
  CHECK(complete("theme d", bindings, words).text == "theme dark ");
  CHECK(complete("use ", bindings, words).text == "use mine ");
  CHECK(complete("filter state:x pro", bindings, words).text == "filter state:x project:");
  CHECK(complete("at y", bindings, words).text == "at yesterday ");
  CHECK(complete("theme x", bindings, words).text == "theme x");
  CHECK(complete("theme x", bindings, words).candidates.empty());
}

}  // namespace
}  // namespace atm::cli
