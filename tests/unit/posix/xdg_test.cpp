// SPDX-License-Identifier: MIT
#include <atm/posix/shell_word.hpp>
#include <atm/posix/xdg.hpp>
#include <map>

#include "support/catch.hpp"

using namespace atm::posix;

namespace {

XdgDirectories with(const std::map<std::string, std::string>& variables) {
  return XdgDirectories::from([&variables](const char* name) {
    const auto it = variables.find(name);
    return it == variables.end() ? nullptr : it->second.c_str();
  });
}

}  // namespace

TEST_CASE("XDG variables take precedence over HOME", "[xdg]") {
  const auto found = with({{"HOME", "/h"}, {"XDG_CONFIG_HOME", "/c"}, {"XDG_RUNTIME_DIR", "/r"}});
  CHECK(found.home == "/h");
  CHECK(found.config == "/c");
  CHECK(found.state == "/h/.local/state");
  CHECK(found.data == "/h/.local/share");
  CHECK(found.runtime == "/r");
}

TEST_CASE("empty and relative variables are ignored", "[xdg]") {
  const auto found =
      with({{"HOME", "h"}, {"XDG_STATE_HOME", ""}, {"XDG_DATA_HOME", "d"}, {"XDG_RUNTIME_DIR", "r"}});
  CHECK((found.home + found.config + found.state + found.data + found.runtime).empty());
}

TEST_CASE("a quoted shell word is one word", "[shell]") {
  CHECK(shell_quoted("") == "''");
  CHECK(shell_quoted("a b$c") == "'a b$c'");
  CHECK(shell_quoted("it's") == "'it'\\''s'");
}
