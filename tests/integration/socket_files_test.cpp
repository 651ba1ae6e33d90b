// SPDX-License-Identifier: MIT
// The files of the socket are removed or replaced while the daemon serves.
#include <sys/wait.h>
#include <unistd.h>

#include <atm/transport/path_lock.hpp>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "cli_program.hpp"
#include "socket_unit.hpp"
#include "support/catch.hpp"
#include "support/text.hpp"
#include "support/wait.hpp"
#include "wire_client.hpp"

using namespace atm::test;
using namespace atm::protocol;
namespace fs = std::filesystem;

namespace {

/// Returns true if a new client is served at the path.
bool is_reachable(const fs::path& socket) {
  return becomes_true([&] {
    try {
      Wire wire(socket);
      return wire.greet().accepted;
    } catch (const std::runtime_error&) {
      return false;
    }
  });
}

bool says(const Atmd& atmd, std::string_view text) {
  return becomes_true([&] { return contains(atmd.output(), text); });
}

/// Changes files without a repair of the daemon in between.
void while_stopped(const Atmd& atmd, const std::function<void()>& change) {
  siginfo_t stopped{};
  atmd.signal(SIGSTOP);
  REQUIRE(::waitid(P_PID, static_cast<id_t>(atmd.pid()), &stopped, WSTOPPED | WNOWAIT) == 0);
  change();
  atmd.signal(SIGCONT);
}

void register_session(Wire& wire, const std::string& id) {
  static_cast<void>(wire.ask<Ok>(R"({"type":"register","session_id":")" + id + R"("})"));
}

/// The daemon of `old` serves its path again: new clients and the existing connection work, and other daemons are
/// refused.
void check_serves_again(ServedDaemon& daemon, Wire& old) {
  REQUIRE(is_reachable(daemon.socket()));
  register_session(old, "after");
  CHECK(daemon.sessions().size() == 2);
  CHECK((fs::status(daemon.socket()).permissions() & (fs::perms::group_all | fs::perms::others_all)) ==
        fs::perms::none);
  const Home other;
  Atmd second(other, {"--plugin-dir", ATM_TEST_PLUGINS, "--socket", daemon.socket().string()});
  CHECK(second.wait() == 1);
  CHECK(contains(second.output(), "pid " + std::to_string(daemon.process().pid())));
  CHECK(daemon.process().stop() == 0);
  CHECK_FALSE(fs::exists(daemon.socket()));
  CHECK_FALSE(fs::exists(daemon.socket().string() + ".lock"));
}

}  // namespace

TEST_CASE("a daemon whose socket, lock or directory is removed serves its path again", "[socket]") {
  ServedDaemon daemon;
  Wire old(daemon);
  static_cast<void>(old.greet());
  register_session(old, "before");
  const fs::path directory = daemon.socket().parent_path();
  SECTION("the socket") {
    fs::remove(daemon.socket());
  }
  SECTION("the socket and the lock") {
    while_stopped(daemon.process(), [&] {
      fs::remove(daemon.socket());
      fs::remove(daemon.socket().string() + ".lock");
    });
  }
  SECTION("the directory") {
    while_stopped(daemon.process(), [&] { fs::remove_all(directory); });
  }
  SECTION("the directory, and another program creates it again") {
    while_stopped(daemon.process(), [&] {
      fs::remove_all(directory);
      daemon.home().dir().directory("run", 0700);
    });
  }
  SECTION("the directory, which is moved") {
    fs::rename(directory, directory.string() + ".old");
  }
  SECTION("the directory, and a file has its name temporarily") {
    while_stopped(daemon.process(), [&] {
      fs::remove_all(directory);
      std::ofstream(directory) << "in the way";
    });
    REQUIRE(says(daemon.process(), "cannot open directory"));
    fs::remove(directory);
  }
  check_serves_again(daemon, old);
}

TEST_CASE("a client that waits at the removed socket is served", "[socket]") {
  ServedDaemon daemon;
  std::optional<Wire> waiting;
  while_stopped(daemon.process(), [&] {
    waiting.emplace(daemon);
    fs::remove(daemon.socket());
  });
  CHECK(waiting->greet().accepted);
}

TEST_CASE("a socket that replaces the daemon's is not changed", "[socket]") {
  ServedDaemon daemon;
  {
    const SocketUnit other(daemon.home());
    REQUIRE(says(daemon.process(), "a program without the lock serves"));
    CHECK(fs::is_socket(other.path()));
    fs::remove(other.path());
  }
  CHECK(is_reachable(daemon.socket()));
}

TEST_CASE("a daemon that has lost its lock to another does not use the spool", "[socket][spool]") {
  ServedDaemon daemon;
  const std::string path = daemon.socket().string();
  Wire old(daemon);
  static_cast<void>(old.greet());
  old.sync();
  const fs::path spool = path + ".spool";
  std::optional<atm::PathLock> other;
  while_stopped(daemon.process(), [&] {
    fs::remove(path + ".lock");
    auto lock = atm::PathLock::take(path, "--socket");
    REQUIRE(lock);
    other.emplace(std::move(*lock));
    daemon.home().dir().directory("run/atm.sock.spool", 0700);
    const std::string record = hook("spooled", "SessionStart", R"("source":"startup")");
    daemon.home().dir().file("run/atm.sock.spool/records", "\n" + record + "\n", 0600);
  });
  {
    Wire knocks(path);
    static_cast<void>(knocks.greet());
    knocks.sync();
  }
  CHECK(fs::exists(spool / "records"));
  CHECK(says(daemon.process(), "another atmd (pid " + std::to_string(::getpid()) + ") serves " + path));
  CHECK(fs::exists(spool / "records"));
  other.reset();
  REQUIRE(becomes_true([&] { return fs::exists(path + ".lock"); }));
  CHECK(is_reachable(path));
  CHECK(says(daemon.process(), "ingested records from the spool"));
  CHECK(daemon.session("spooled").has_value());
}

TEST_CASE("WIRE-S1: the daemon uses the first path of the order in the protocol", "[socket]") {
  const Home home;
  const TempDir& dir = home.dir();
  const std::string option = dir.path() / "option.sock";
  const std::string configured = dir.path() / "configured.sock";
  const std::string variable = dir.path() / "variable.sock";
  const std::string runtime = dir.directory("runtime", 0700);
  std::vector<std::string> command{ATM_TEST_ATMD, "--plugin-dir", ATM_TEST_PLUGINS, "--socket", option};
  std::vector<std::string> environment{"PATH=/usr/bin:/bin", "HOME=" + dir.path().string(),
                                       "XDG_CONFIG_HOME=" + (dir.path() / "config").string(),
                                       "XDG_RUNTIME_DIR=" + runtime, "ATM_SOCKET=" + variable};
  const std::string own{kOwnAgentsOnly};
  home.config(own + "[plugins.unix]\nsocket = \"" + configured + "\"\n");
  const auto serves = [&](const std::string& path) {
    Program daemon(command, environment);
    CHECK(is_reachable(path));
    daemon.signal(SIGTERM);
    CHECK(daemon.wait() == 0);
  };
  serves(option);
  command.resize(3);
  serves(configured);
  home.config(own);
  serves(variable);
  environment.pop_back();
  serves(runtime + "/atm/atm.sock");
  environment.pop_back();
  // A directory of a login belongs to this user: the test does not touch it.
  if (!fs::exists("/run/user/" + std::to_string(::getuid())))
    serves(dir.path() / ".local/state/atm/run/atm.sock");
}

TEST_CASE("a daemon whose passed socket is removed logs it and keeps serving", "[socket][activation]") {
  const Home home;
  home.config(kOwnAgentsOnly);
  const SocketUnit unit(home);
  Atmd atmd(home, {"--plugin-dir", ATM_TEST_PLUGINS}, unit.manager());
  REQUIRE(atmd.wait_ready());
  Wire old(unit.path());
  static_cast<void>(old.greet());
  fs::remove(unit.path());
  CHECK(says(atmd, "restart atmd.socket"));
  register_session(old, "after");
  CHECK(atmd.stop() == 0);
}
