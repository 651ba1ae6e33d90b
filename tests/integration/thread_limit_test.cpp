// SPDX-License-Identifier: MIT
// A system that refuses new threads.
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "support/atmd_process.hpp"
#include "support/catch.hpp"
#include "support/text.hpp"

using namespace atm::test;
namespace fs = std::filesystem;

namespace {

constexpr std::string_view kAllTransports =
    "[plugins.http]\nenabled = true\nport = 0\n[plugins.zmq]\nenabled = true\n";
constexpr int kMoreThanThereAre = 60;

/// Either it serves and stops normally, or it reports the missing resource and that a later start may succeed.
void check_serves_or_gives_up(Atmd& atmd, const Home& home, bool is_ready) {
  if (is_ready) {
    const auto replies =
        atmd.ask(std::vector<std::string>{R"({"type":"discover"})", R"({"type":"ping","seq":1})"});
    CHECK((contains(replies[0], R"("type":"pong")") || contains(replies[1], R"("type":"pong")")));
    CHECK(atmd.stop() == 0);
  } else {
    CHECK(atmd.wait() == 75);
    CHECK(contains(atmd.output(), "cannot start thread atm-"));
    CHECK(contains(atmd.output(), "ulimit -u"));
  }
  CHECK_FALSE(fs::exists(home.socket()));
  CHECK_FALSE(fs::exists(home.socket().string() + ".lock"));
}

}  // namespace

TEST_CASE("if any single thread cannot be created, atmd serves and stops with 0, or ends with 75",
          "[threads]") {
  // libzmq aborts if one of its threads cannot be created although the plugin's probe created as many just before.
  constexpr int kThreadsOfLibzmq = 2;
  constexpr int kAborted = 128 + SIGABRT;
  int aborts = 0;
  int n = 1;
  for (; n < kMoreThanThereAre; ++n) {
    CAPTURE(n);
    const Home home;
    home.config(std::string(kAllTransports).append(kOwnAgentsOnly));
    const fs::path failed = home.dir().path() / "failed";
    Atmd atmd(home, {"--plugin-dir", ATM_TEST_PLUGINS},
              {.environment = {"LD_PRELOAD=" ATM_TEST_FAIL_THREAD_LIBRARY,
                               "ATM_TEST_FAIL_THREAD=" + std::to_string(n),
                               "ATM_TEST_FAILED_THREAD=" + failed.string()}});
    const bool is_ready = atmd.wait_ready();
    if (!is_ready && atmd.wait() == kAborted) {
      ++aborts;
      CHECK(contains(atmd.output(), "signal=SIGABRT plugin=zmq call=start"));
      Atmd next(home, {"--plugin-dir", ATM_TEST_PLUGINS});
      REQUIRE(next.wait_ready());
      CHECK(next.stop() == 0);
      continue;
    }
    check_serves_or_gives_up(atmd, home, is_ready);
    INFO(atmd.output());
    if (!fs::exists(failed)) break;
  }
  CHECK(aborts <= kThreadsOfLibzmq);
  CHECK(n > 6);
  CHECK(n < kMoreThanThereAre);
}

TEST_CASE("with any limit of processes, atmd serves and stops with 0, or ends with 75", "[threads]") {
  // The limit counts all processes of a user, so the daemon runs as a user without others; root has no limit.
  const auto user = static_cast<uid_t>(1'000'000 + ::getpid());
  const std::string id = std::to_string(user);
  const std::vector<std::string> as_user{"/usr/bin/setpriv", "--reuid=" + id, "--regid=" + id,
                                         "--clear-groups"};
  const std::string probe = as_user[0] + " " + as_user[1] + " " + as_user[2] + " " + as_user[3] +
                            " /usr/bin/test -x " ATM_TEST_ATMD " 2>/dev/null";
  if (std::system(probe.c_str()) != 0) {
    WARN("needs root, and a build directory that other users may read");
    return;
  }
  int limit = 1;
  for (bool is_enough = false; !is_enough && limit < kMoreThanThereAre; ++limit) {
    CAPTURE(limit);
    const Home home;
    home.config(std::string("[plugins.zmq]\nenabled = true\n").append(kOwnAgentsOnly));
    for (const char* name : {".", "config", "config/atm", "config/atm/atm.toml", "run"}) {
      const fs::path path =
          name == std::string_view("run") ? home.dir().directory(name, 0700) : home.dir().path() / name;
      REQUIRE(::chown(path.c_str(), user, user) == 0);
    }
    // LeakSanitizer needs a process of its own at the end.
    Manager manager{.environment = {"LSAN_OPTIONS=detect_leaks=0"}, .launcher = as_user};
    manager.launcher.insert(manager.launcher.begin(),
                            {"/usr/bin/prlimit", "--nproc=" + std::to_string(limit)});
    const mode_t mask = ::umask(0);  // its messages must reach the test's socket
    Atmd atmd(home, {"--plugin-dir", ATM_TEST_PLUGINS}, manager);
    ::umask(mask);
    check_serves_or_gives_up(atmd, home, atmd.wait_ready());
    is_enough = !contains(atmd.output(), "cannot start thread");
  }
  CHECK(limit > 6);
  CHECK(limit < kMoreThanThereAre);
}
