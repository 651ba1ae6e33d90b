// SPDX-License-Identifier: MIT
// A repository may contain a settings file or a directory name whose bytes control a terminal.
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "setup.hpp"
#include "setup_fixture.hpp"
#include "support/catch.hpp"
#include "support/text.hpp"
#include "text.hpp"

namespace atm::cli::setup {
namespace {

using atm::test::contains;

// ESC, OSC, a C1 control as UTF-8 and as a byte, DEL, and a mark that reverses text.
constexpr const char* kHostile = "\x1b[2J\x1b]0;owned\x07\xc2\x9b\x9b\x7f\xe2\x80\xae";

/// Everything that the command writes to both of its outputs.
std::string printed(const SetupFixture& fixture, const SetupOptions& options) {
  const std::string file = fixture.path("output");
  const pid_t child = ::fork();
  if (child == 0) {
    const int output = ::open(file.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
    ::dup2(output, STDOUT_FILENO);
    ::dup2(output, STDERR_FILENO);
    static_cast<void>(run_setup(options));
    std::fflush(stderr);
    ::_exit(0);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(status == 0);
  return fixture.read(file);
}

bool is_harmless(const std::string& text) {
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::size_t before = rest.size();
    const char32_t character = take_character(rest);
    const bool is_invalid = character == 0xFFFD && before - rest.size() == 1;
    if (is_invalid || (character != '\n' && character != '\t' && character_width(character) < 0))
      return false;
  }
  return true;
}

TEST_CASE("setup prints no control character of a settings file or a path") {
  SetupFixture fixture;
  const std::string hostile = kHostile;
  const std::string directory = "project" + hostile + "\nchanged forged";
  static_cast<void>(fixture.home().directory(directory));
  static_cast<void>(fixture.home().file(
      directory + "/.claude/settings.local.json",
      "{\n  // " + hostile +
          "\n  \"model\": \"opus\",\n  \"hooks\": {\n    \"Old\\u001b[1m\\u009b\\u202e\\nforged\": "
          "[{\"hooks\": [{\"type\": \"command\", \"command\": \"" +
          fixture.options.hook + " --agent claude_code\"}]}]\n  }\n}\n",
      0600));
  fixture.options.project = fixture.path(directory);
  SetupOptions dry = fixture.options;
  dry.dry_run = true;
  SetupOptions removing = fixture.options;
  removing.remove = true;
  SetupOptions dry_removal = removing;
  dry_removal.dry_run = true;
  SetupOptions status;
  status.what = "status";
  SetupOptions status_json = status;
  status_json.json = true;
  for (const SetupOptions& options :
       {dry, fixture.options, fixture.options, status, status_json, dry_removal, removing, removing}) {
    const std::string text = printed(fixture, options);
    INFO(options.what << (options.remove ? " remove" : "") << (options.json ? " json" : "") << ":\n" << text);
    CHECK(text.size() > 20);
    CHECK(is_harmless(text));
    CHECK_FALSE(contains(text, "\nforged"));
    CHECK_FALSE(contains(text, "\nchanged forged"));
  }
}

TEST_CASE("setup prints no control character of a settings file that it refuses") {
  SetupFixture fixture;
  const std::string hostile = kHostile;
  fixture.has_settings("{\"hooks\": {\"Old\\u001b[1m\\u009b\": 1, \"Stop\": {}}, \"" + hostile + "\": 1 2}");
  const std::string text = printed(fixture, fixture.options);
  CHECK(contains(text, "nothing was changed"));
  CHECK(is_harmless(text));
}

}  // namespace
}  // namespace atm::cli::setup
