// SPDX-License-Identifier: MIT
// atm-replay: replays recorded sessions of real agents through the real atm-hook.
#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atm/json.hpp>
#include <atm/posix/standard_files.hpp>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "player.hpp"
#include "recording.hpp"

namespace {

using atm::replay::Entry;
using atm::replay::Script;
using atm::replay::Selection;

constexpr int kFailed = 1;
constexpr int kUsage = 2;

struct Options {
  Script script{{}, "claude_code", "claude", {}, 1, false};
  int stagger_ms = 0;
  std::vector<std::string> flows;
};

int fail(const std::string& message) {
  std::fprintf(stderr, "atm-replay: %s\n", message.c_str());
  return kFailed;
}

// The recorded directories do not exist here; the hooks run in a private one that is removed at the end.
class PrivateDirectory final {
 public:
  PrivateDirectory() : path_((std::filesystem::temp_directory_path() / "atm-replay-XXXXXX").string()) {
    if (mkdtemp(path_.data()) == nullptr || chdir(path_.c_str()) != 0) path_.clear();
  }
  ~PrivateDirectory() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  PrivateDirectory(const PrivateDirectory&) = delete;
  PrivateDirectory& operator=(const PrivateDirectory&) = delete;
  [[nodiscard]] bool made() const noexcept { return !path_.empty(); }

 private:
  std::string path_;
};

std::string beside_this_program(const char* name) {
  std::error_code error;
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", error);
  return (self.parent_path() / name).string();
}

/// Whether the file is an output of `atm history export`: observations, which no hook can send.
bool is_export(const std::string& path) {
  std::ifstream in(path);
  std::string line;
  std::getline(in, line);
  atm::json::Reader reader;
  const atm::json::Value* header = reader.parse(line);
  return header != nullptr && header->IsObject() && atm::json::get_string(*header, "scenario");
}

/// Becomes `atm replay`, which folds the observations.
int play_export(const Options& options) {
  if (options.flows.size() != 1)
    return fail(options.flows.front() + " is an export of a history beside other flows, expected it alone"),
           kUsage;
  const std::string atm = beside_this_program("atm");
  const std::string speed = std::to_string(options.script.speed);
  execl(atm.c_str(), "atm", "replay", "--speed", speed.c_str(), "--", options.flows.front().c_str(), nullptr);
  return fail("cannot run " + atm + ": " + std::strerror(errno) + "; install atm beside atm-replay");
}

int parse(int argc, char** argv, Options& options, bool& done) {
  CLI::App app{
      "Replays recorded sessions of real agents through atm-hook.\n"
      "FLOW is a recording, plugins/claude_code/testdata/VERSION/NAME.jsonl; FLOW@SEQ stops after line SEQ\n"
      "and leaves the session in the state of that line. Several flows play at the same time.\n"
      "An output of atm history export is passed to atm replay."};
  app.name("atm-replay");
  app.add_option("--hook", options.script.hook, "path of atm-hook (default: beside atm-replay)");
  app.add_option("--agent", options.script.agent, "agent that the hook reports")->capture_default_str();
  app.add_option("--socket", options.script.socket,
                 "socket of the daemon, passed to the hooks as ATM_SOCKET");
  app.add_option("--speed", options.script.speed, "speed, as a multiple of the recorded one")
      ->check(CLI::Range(0.01, 10000.0))
      ->capture_default_str();
  app.add_option("--stagger", options.stagger_ms, "recorded milliseconds between the starts of two flows")
      ->check(CLI::Range(0, 3'600'000));
  app.add_flag("--hold", options.script.hold,
               "keep the agent processes of cut flows alive until standard input ends or a signal arrives");
  app.add_option("flow", options.flows, "recordings")->required();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    done = true;
    return app.exit(error) == 0 ? 0 : kUsage;
  }
  return 0;
}

int run(Options& options) {
  namespace fs = std::filesystem;
  if (std::any_of(options.flows.begin(), options.flows.end(), is_export)) return play_export(options);
  if (options.script.hook.empty()) options.script.hook = beside_this_program("atm-hook");
  std::error_code error;
  options.script.hook = fs::absolute(options.script.hook, error).string();
  if (access(options.script.hook.c_str(), X_OK) != 0) {
    return fail("no executable file at " + options.script.hook +
                ", expected atm-hook; give its path with --hook");
  }
  if (!options.script.socket.empty())
    options.script.socket = fs::absolute(options.script.socket, error).string();

  std::vector<Entry> cast;
  for (std::size_t i = 0; i < options.flows.size(); ++i) {
    const auto selection = Selection::parse(options.flows[i]);
    if (!selection) return fail(selection.error().message), kUsage;
    auto clients = atm::replay::read_recording(*selection);
    if (!clients) return fail(clients.error().message);
    const std::chrono::milliseconds begin(static_cast<std::int64_t>(i) * options.stagger_ms);
    for (auto& client : *clients) cast.push_back({std::move(client), begin});
  }
  const PrivateDirectory directory;
  if (!directory.made())
    return fail("cannot create a private directory below " + fs::temp_directory_path().string());

  atm::replay::Player player(std::move(cast), options.script);
  const auto summary = player.play();
  if (!summary) return fail(summary.error().message);
  std::printf("played %zu hooks and status lines of %zu clients in %.1f s\n", summary->steps,
              summary->clients, summary->took.count());
  std::fflush(stdout);
  if (options.script.hold) player.hold();
  return 0;
}

}  // namespace

int main(int argc, char** argv) try {
  if (!atm::posix::open_standard_files()) return kFailed;
  umask(077);
  Options options;
  bool done = false;
  const int status = parse(argc, argv, options, done);
  return done ? status : run(options);
} catch (const std::exception& error) {
  return fail(error.what());
}
