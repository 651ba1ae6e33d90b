// SPDX-License-Identifier: MIT
// Tests of the daemon start. A script replaces the daemon.
#include "autostart.h"

#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "peer_test_support.hpp"
#include "run_test_support.hpp"
#include "support/catch.hpp"

namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

std::vector<std::string> read_entries(std::string text) {
  const std::size_t size = text.size();
  text.push_back('?');
  char* arguments[HOOK_AUTOSTART_ARGUMENTS + 1];
  const std::size_t count = hook_autostart_read(text.data(), size, arguments);
  return {arguments, arguments + count};
}

int count_of(const std::string& text, const std::string& part) {
  int count = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; at += part.size()) ++count;
  return count;
}

// A daemon that records how it was started and then runs while the directory of its parent exists.
class Start {
 public:
  Start() {
    std::ofstream(program()) << "#!/bin/sh\n"
                                "{ echo \"$0 $*\"; pwd; ls -l /proc/$$/fd; grep SigIgn /proc/$$/status; env\n"
                                "[ $(ps -o sid= -p $$) -eq $$ ] && echo leads its session; } >>'"
                             << log() << "'\necho ended >>'" << log() << "'\n";
    fs::permissions(program(), fs::perms::owner_all);
    write_file(program() + "\n--plain\ntwo words\n\n");
  }
  std::string program() const { return directory_.path("daemon"); }
  std::string file() const { return directory_.path("autostart"); }
  std::string log() const { return directory_.path("log"); }
  std::string tried() const { return file() + ".tried"; }
  const TempDir& directory() const { return directory_; }
  void write_file(const std::string& text) const { std::ofstream(file()) << text; }

  HookRun run() const {
    HookRun run;
    run.environment = {"ATM_SOCKET=" + directory_.path("atm.sock"), "ATM_AUTOSTART=" + file(),
                       "PATH=/usr/bin:/bin", "HOME=" + directory_.path(""), "ANTHROPIC_API_KEY=secret"};
    run.has_time_limit = false;
    return run;
  }

  bool has_ended() const { return read_file(log()).find("\nended\n") != std::string::npos; }

  // Returns everything that the daemon recorded, after its end. Empty if no daemon starts in time.
  std::string noted() const {
    const auto end = Clock::now() + std::chrono::seconds(2);
    while (!has_ended() && Clock::now() < end) poll(nullptr, 0, 2);
    return has_ended() ? read_file(log()) : "";
  }
  // Returns the number of starts, once it is `count` and all daemons have ended.
  int starts(int count) const {
    return count_of(noted_when([&](const std::string& text) { return count_of(text, "\nended\n") >= count; }),
                    " --plain ");
  }
  // The text that a ready daemon writes.
  void becomes_ready() const { std::ofstream(tried(), std::ios::app) << "ready\n"; }

 private:
  template <class Is>
  std::string noted_when(Is is) const {
    const auto end = Clock::now() + std::chrono::seconds(60);
    std::string text = read_file(log());
    for (; Clock::now() < end && !is(text); text = read_file(log())) poll(nullptr, 0, 2);
    return text;
  }

  TempDir directory_;
};

}  // namespace

TEST_CASE("the file holds a program and its arguments, one a line") {
  using Lines = std::vector<std::string>;
  CHECK(read_entries("/usr/bin/atmd\n--config\n/a b\n") == Lines{"/usr/bin/atmd", "--config", "/a b"});
  CHECK(read_entries("/usr/bin/atmd") == Lines{"/usr/bin/atmd"});
  CHECK(read_entries("atmd\n").empty());
  CHECK(read_entries("\n\n").empty());
  CHECK(read_entries(std::string("/a\0b\n", 5)).empty());
  std::string many = "/a\n";
  for (int i = 0; i < HOOK_AUTOSTART_ARGUMENTS; ++i) many += "x\n";
  CHECK(read_entries(many).empty());
}

TEST_CASE("a daemon that does not answer is started, detached, without the agent's environment") {
  std::unique_ptr<Start> used;
  std::string noted;
  REQUIRE(succeeds_in_time([&] {
    used = std::make_unique<Start>();
    const HookResult result = run_hook(used->run());
    CHECK(result.exit_code == 0);
    CHECK(result.printed.empty());
    noted = used->noted();
    return !noted.empty();
  }));
  const Start& start = *used;
  CHECK(noted.rfind(start.program() + " --plain two words\n/\n", 0) == 0);
  CHECK(count_of(noted, "-> /dev/null") >= 3);
  CHECK(noted.find("pipe:") == std::string::npos);
  CHECK(noted.find("socket:") == std::string::npos);
  CHECK(noted.find("HOME=") != std::string::npos);
  CHECK(noted.find("secret") == std::string::npos);
  CHECK(noted.find("\nleads its session\n") != std::string::npos);
  const std::size_t ignored = noted.find("SigIgn:");
  REQUIRE(ignored != std::string::npos);
  CHECK((std::stoull(noted.substr(ignored + 7), nullptr, 16) >> (SIGXFSZ - 1) & 1U) == 0);
  // The daemon reads the record from the spool.
  CHECK(fs::exists(start.directory().path("atm.sock.spool/records")));
}

TEST_CASE("concurrent hooks start the daemon once, and hooks within the next minute do not start it") {
  std::unique_ptr<Start> used;
  REQUIRE(succeeds_in_time([&] {
    used = std::make_unique<Start>();
    std::vector<std::thread> agents;
    agents.reserve(8);
    for (int i = 0; i < 8; ++i) agents.emplace_back([&] { run_hook(used->run()); });
    for (auto& agent : agents) agent.join();
    return !used->noted().empty();
  }));
  const Start& start = *used;
  CHECK(count_of(start.noted(), " --plain ") == 1);
  const auto first = fs::last_write_time(start.tried());
  run_hook(start.run());
  CHECK(fs::last_write_time(start.tried()) == first);
  CHECK(count_of(start.noted(), " --plain ") == 1);
  fs::remove(start.log());
  CHECK(succeeds_in_time([&] {
    fs::last_write_time(start.tried(), fs::file_time_type::clock::now() - std::chrono::seconds(61));
    run_hook(start.run());
    return !start.noted().empty();
  }));
}

TEST_CASE("a daemon that answers or is busy is not started") {
  const Start start;
  const PeerState state = GENERATE(PeerState::kReads, PeerState::kHasFullBacklog, PeerState::kIsStopped);
  CAPTURE(name_of(state));
  const Peer peer(state, start.directory().path("atm.sock"));
  run_hook(start.run());
  CHECK_FALSE(fs::exists(start.tried()));
}

TEST_CASE("a daemon is started only if a file of the user configures it") {
  const Start start;
  HookRun run = start.run();
  SECTION("the file does not name a path") {
    start.write_file("daemon\n");
  }
  SECTION("others can write the file") {
    REQUIRE(chmod(start.file().c_str(), 0602) == 0);
  }
  SECTION("it is a symbolic link") {
    fs::rename(start.file(), start.file() + ".there");
    fs::create_symlink(start.file() + ".there", start.file());
  }
  SECTION("it is too long") {
    start.write_file(start.program() + "\n" + std::string(HOOK_AUTOSTART_BYTES, 'x'));
  }
  SECTION("it is another user's") {
    if (chown(start.file().c_str(), 65534, 65534) != 0) {
      WARN("skipped: only root can give a file away");
      return;
    }
  }
  SECTION("the file does not exist") {
    fs::remove(start.file());
  }
  SECTION("a socket is named without a file") {
    run.environment.push_back("XDG_STATE_HOME=" + start.directory().path("state"));
    fs::create_directories(start.directory().path("state/atm"));
    fs::rename(start.file(), start.directory().path("state/atm/autostart"));
    run.environment.erase(run.environment.begin() + 1);
  }
  CHECK(run_hook(run).exit_code == 0);
  CHECK_FALSE(fs::exists(start.tried()));
  CHECK_FALSE(fs::exists(start.directory().path("state/atm/autostart.tried")));
}

TEST_CASE("HOME and PATH are passed before any other variable") {
  const Start start;
  HookRun run = start.run();
  std::vector<std::string> many;
  for (int i = 0; i < 40; ++i) many.push_back("LC_" + std::to_string(i) + "=x");
  run.environment.insert(run.environment.begin(), many.begin(), many.end());
  REQUIRE(run_hook(run).exit_code == 0);
  const std::string noted = start.noted();
  CHECK(noted.find("\nHOME=" + start.directory().path("")) != std::string::npos);
  CHECK(noted.find("\nPATH=/usr/bin:/bin\n") != std::string::npos);
  CHECK(noted.find("\nLC_") != std::string::npos);
}

TEST_CASE("a daemon that was ready is restarted at once, but not after three deaths in a minute") {
  const Start start;
  // A hook that exceeds its time limit records no attempt; the next one does.
  const auto attempt = [&] {
    return succeeds_in_time([&] {
      run_hook(start.run());
      const std::string noted = read_file(start.tried());
      return !noted.empty() && noted.find("ready") == std::string::npos;
    });
  };
  for (int i = 1; i <= 3; ++i) {
    REQUIRE(attempt());
    REQUIRE(start.starts(i) == i);
    start.becomes_ready();
  }
  // The third death starts a pause of one minute.
  REQUIRE(attempt());
  run_hook(start.run());
  const auto long_ago = fs::file_time_type::clock::now() - std::chrono::seconds(61);
  fs::last_write_time(start.tried(), long_ago);
  REQUIRE(succeeds_in_time([&] {
    run_hook(start.run());
    return fs::last_write_time(start.tried()) > long_ago + std::chrono::seconds(30);
  }));
  CHECK(start.starts(4) == 4);
}

TEST_CASE("a daemon that becomes ready after a hook failed to connect is not dead") {
  const Start start;
  start.becomes_ready();
  const Peer peer(PeerState::kReads, start.directory().path("atm.sock"));
  const std::vector<std::string> variables = start.run().environment;
  std::vector<char*> entries;
  for (const std::string& variable : variables) entries.push_back(const_cast<char*>(variable.c_str()));
  entries.push_back(nullptr);
  hook_environment environment;
  hook_environment_read(&environment, entries.data());
  hook_autostart(&environment);
  CHECK(read_file(start.tried()) == "ready\n");
}

TEST_CASE("deaths more than a minute apart cause no pause") {
  const Start start;
  for (int i = 1; i <= 5; ++i) {
    REQUIRE(succeeds_in_time([&] {
      run_hook(start.run());
      const std::string noted = read_file(start.tried());
      return !noted.empty() && noted.find("ready") == std::string::npos;
    }));
    REQUIRE(start.starts(i) == i);
    // Simulates that the deaths were long ago.
    std::ofstream(start.tried()) << ".\n1000\n2000\nready\n";
  }
}
