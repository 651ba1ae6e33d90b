// SPDX-License-Identifier: MIT
// A private daemon with every first-party plugin, and the user's programs.
#pragma once

#include <atm/json.hpp>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <memory>
#include <string>
#include <vector>

#include "cli_program.hpp"
#include "support/atmd_process.hpp"
#include "support/wait.hpp"

namespace atm::test {

class CliFixture final {
 public:
  using Words = std::vector<std::string>;

  void start_daemon(const std::string& toml = "", const Manager& manager = {}) {
    // On a busy machine a test takes longer than an ended session stays by default.
    home_.config("\n[limits]\ncleanup_seconds = 3600\n" + std::string(kOwnAgentsOnly) + toml);
    daemon_ = std::make_unique<Atmd>(home_, Words{"--plugin-dir", ATM_TEST_PLUGINS}, manager);
    if (!daemon_->wait_ready()) throw std::runtime_error("atmd is not ready: " + daemon_->output());
  }
  /// The same with a history where the user's programs look for it.
  /// The configuration of the user names its directory.
  void start_daemon_with_history(const Manager& manager = {}) {
    const std::string table =
        "\n[plugins.history]\ndirectory = \"" + (home() / "another-place").string() + "\"\n";
    std::filesystem::create_directories(home() / ".config/atm");
    std::ofstream(home() / ".config/atm/atm.toml", std::ios::binary) << table;
    start_daemon(table, manager);
  }
  int stop_daemon() { return daemon_->stop(); }
  [[nodiscard]] std::filesystem::path socket() const { return home_.socket(); }
  [[nodiscard]] std::filesystem::path home() const { return home_.dir().path(); }

  /// The environment of every program: nothing from the user who runs the tests.
  [[nodiscard]] Words environment() const {
    return {"PATH=/usr/bin:/bin",
            "HOME=" + home_.dir().path().string(),
            "TMPDIR=" + home_.dir().path().string(),
            "TZ=UTC",
            "TERM=xterm",
            "LANG=C.UTF-8",
            "XDG_STATE_HOME=" + (home_.dir().path() / "user-state").string(),
            "XDG_RUNTIME_DIR=" + (home_.dir().path() / "nowhere").string(),
            "ATM_SOCKET=" + socket().string()};
  }
  [[nodiscard]] std::unique_ptr<Program> start(const Words& arguments,
                                               Program::Terminal terminal = Program::Terminal::kNone) const {
    Words command{ATM_TEST_ATM};
    command.insert(command.end(), arguments.begin(), arguments.end());
    return std::make_unique<Program>(std::move(command), environment(), terminal);
  }
  /// Sends a hook of Claude Code until the daemon knows the session. A hook gives up after 25 ms, which is too short on a
  /// busy machine.
  [[nodiscard]] bool report_session(const std::string& id, const std::string& payload) const {
    return becomes_true([&] {
      Program hook({"/bin/sh", "-c", "printf %s \"$0\" | \"$1\" --agent claude_code", payload, ATM_TEST_HOOK},
                   environment());
      return hook.wait() == 0 && start({"show", id})->wait() == 0;
    });
  }
  /// Replays recordings; their agent processes end with the last line.
  [[nodiscard]] std::unique_ptr<Program> play(const Words& flows, const std::string& speed = "50") const {
    return std::make_unique<Program>(player(flows, speed), environment());
  }
  /// Replays recordings, then keeps the agent processes of cut ones alive as long as the returned program, which waits
  /// for input from the terminal.
  [[nodiscard]] std::unique_ptr<Program> play_and_hold(const Words& flows) const {
    Words command = player(flows, "50");
    command.emplace_back("--hold");
    return std::make_unique<Program>(std::move(command), environment(), Program::Terminal::kPseudo);
  }
  /// Waits until the program has replayed everything and the daemon has handled all of it, also what went through the
  /// spool.
  [[nodiscard]] bool is_handled(Program& player) const {
    std::size_t played = std::string::npos;
    const bool has_ended = player.wait_for([&played](const std::string& text) {
      played = text.find("played ");
      return played != std::string::npos && text.find(" hooks and", played) != std::string::npos;
    });
    if (!has_ended) return false;
    const std::int64_t steps = std::atoll(player.out().c_str() + played + 7);
    return becomes_true([this, steps] {
      const auto stats = start({"stats", "--json"});
      if (stats->wait() != 0) return false;
      json::Reader reader;
      const json::Value* const root = reader.parse(stats->out());
      const json::Value* const ingest = root == nullptr ? nullptr : json::get_object(*root, "ingest");
      const json::Value* const channels = ingest == nullptr ? nullptr : json::get_object(*ingest, "channels");
      if (channels == nullptr) return false;
      std::int64_t records = 0;
      for (const char* const name : {"claude_code/hook", "claude_code/status_line"}) {
        if (const json::Value* const channel = json::get_object(*channels, name))
          records += json::get_int(*channel, "records").value_or(0);
      }
      return records >= steps;
    });
  }

 private:
  [[nodiscard]] static Words player(const Words& flows, const std::string& speed) {
    Words command{ATM_TEST_REPLAY, "--hook", ATM_TEST_HOOK, "--speed", speed};
    for (const std::string& flow : flows) command.push_back(ATM_TEST_RECORDINGS "/" + flow);
    return command;
  }

  Home home_;
  std::unique_ptr<Atmd> daemon_;
};

}  // namespace atm::test
