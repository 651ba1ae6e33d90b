// SPDX-License-Identifier: MIT
// The plugin for Claude Code has the same events and command as setup.
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "jsonc_tree.hpp"
#include "settings_edit.hpp"
#include "support/catch.hpp"

namespace atm::cli::setup {
namespace {

std::string plugin_hooks() {
  Wanted wanted;
  wanted.programs.hook = "/usr/local/bin/atm-hook";
  std::string text = "{\n  \"hooks\": {";
  const char* separator = "\n";
  for (const HookEvent& event : events_for(std::nullopt)) {
    text.append(separator).append("    \"").append(event.name).append("\": [{\"hooks\": [");
    text.append(handler_for(event, wanted)).append("]}]");
    separator = ",\n";
  }
  return text + "\n  }\n}\n";
}

TEST_CASE("the plugin's hooks.json equals the table of events") {
  const std::string path = ATM_TEST_PLUGIN "/hooks/hooks.json";
  if (std::getenv("ATM_UPDATE") != nullptr) std::ofstream(path, std::ios::binary) << plugin_hooks();
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  CHECK(text.str() == plugin_hooks());
  CHECK(jsonc::JsonTree::scan(text.str()));
}

}  // namespace
}  // namespace atm::cli::setup
