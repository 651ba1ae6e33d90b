// SPDX-License-Identifier: MIT
#include "kernel/system/paths.hpp"

#include <map>

#include "support/catch.hpp"

using namespace atm::kernel;

namespace {

Paths with(const std::map<std::string, std::string>& variables) {
  return Paths::from([&variables](const char* name) -> std::optional<std::string> {
    const auto it = variables.find(name);
    if (it == variables.end()) return std::nullopt;
    return it->second;
  });
}

}  // namespace

TEST_CASE("the XDG variables set the directories", "[paths]") {
  const Paths paths =
      with({{"HOME", "/h"}, {"XDG_CONFIG_HOME", "/c"}, {"XDG_STATE_HOME", "/s"}, {"XDG_DATA_HOME", "/d"}});
  CHECK(paths.config_file == "/c/atm/atm.toml");
  CHECK(paths.state_dir == "/s/atm");
  CHECK(paths.user_plugins == "/d/atm/plugins");
}

TEST_CASE("without the XDG variables files are below the home directory", "[paths]") {
  const Paths paths = with({{"HOME", "/h"}});
  CHECK(paths.config_file == "/h/.config/atm/atm.toml");
  CHECK(paths.state_dir == "/h/.local/state/atm");
  CHECK(paths.user_plugins == "/h/.local/share/atm/plugins");
}

TEST_CASE("a variable that is empty or relative is ignored", "[paths]") {
  CHECK(with({{"HOME", "/h"}, {"XDG_STATE_HOME", ""}}).state_dir == "/h/.local/state/atm");
  CHECK(with({{"HOME", "/h"}, {"XDG_STATE_HOME", "state"}}).state_dir == "/h/.local/state/atm");
}

TEST_CASE("without HOME the home directory comes from the user database", "[paths]") {
  CHECK(with({}).state_dir.is_absolute());
}

TEST_CASE("the program's directory is the directory of the real file", "[paths]") {
  CHECK(std::filesystem::is_directory(program_dir()));
}
