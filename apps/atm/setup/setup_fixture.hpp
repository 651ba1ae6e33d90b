// SPDX-License-Identifier: MIT
// A private home directory in which setup runs within this process.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "agent.hpp"
#include "claude.hpp"
#include "support/temp_dir.hpp"

namespace atm::cli::setup {

class SetupFixture final {
 public:
  SetupFixture() {
    set("HOME", path("home"));
    set("CLAUDE_CONFIG_DIR", path("home/.claude"));
    set("XDG_STATE_HOME", path("state"));
    set("XDG_CONFIG_HOME", path("config"));
    set("PATH", path("bin"));
    home_.directory("home/.claude");
    options.hook = home_.file("opt/atm-hook", "#!/bin/sh\necho atm-hook 0\n", 0755).string();
    home_.file("opt/atm", "#!/bin/sh\n", 0755);
    options.what = "claude";
    options.managed = path("managed.json");
  }

  [[nodiscard]] const test::TempDir& home() const { return home_; }
  [[nodiscard]] std::string path(const std::string& name) const { return (home_.path() / name).string(); }
  [[nodiscard]] std::string settings() const { return path("home/.claude/settings.json"); }
  [[nodiscard]] std::string state() const { return path("state/atm/setup"); }
  void has_settings(const std::string& text, mode_t mode = 0644) const {
    static_cast<void>(home_.file("home/.claude/settings.json", text, mode));
  }
  /// Installs a fake Claude Code of this version.
  void has_client(const std::string& version) const {
    static_cast<void>(home_.file("bin/claude", "#!/bin/sh\necho '" + version + " (Claude Code)'\n", 0755));
  }
  [[nodiscard]] std::string read(const std::string& path) const {
    std::ostringstream text;
    text << std::ifstream(path, std::ios::binary).rdbuf();
    return text.str();
  }
  [[nodiscard]] std::string now() const { return read(settings()); }

  /// The report, or the error with "!" in front.
  std::string connect() const { return text_of(connect_claude(options)); }
  std::string remove() const {
    SetupOptions removing = options;
    removing.remove = true;
    return text_of(disconnect_claude(removing));
  }

  /// The same for the agent options.what.
  [[nodiscard]] std::string connect_named() const { return changed(options, &connect_agent); }
  [[nodiscard]] std::string remove_named() const {
    SetupOptions removing = options;
    removing.remove = true;
    return changed(removing, &disconnect_agent);
  }

  SetupOptions options;

 private:
  static std::string changed(const SetupOptions& used,
                             Result<std::string> (*change)(const SetupOptions&, const AgentSetup&)) {
    const Result<AgentSetup> agent = find_agent_setup(used);
    return agent ? text_of(change(used, *agent)) : "!" + agent.error().message;
  }
  static void set(const char* name, const std::string& value) { ::setenv(name, value.c_str(), 1); }
  static std::string text_of(const Result<std::string>& result) {
    return result ? *result : "!" + result.error().message;
  }

  test::TempDir home_;
};

}  // namespace atm::cli::setup
