// SPDX-License-Identifier: MIT
// Tests of the daemon that atm-hook starts: its death, its next start, its log.
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstring>
#include <fstream>
#include <sstream>

#include "cli_program.hpp"
#include "support/atmd_process.hpp"
#include "support/catch.hpp"
#include "support/text.hpp"

namespace atm::test {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLogBytes = 1024 * 1024;

/// A home directory whose hooks start the daemon. The destructor kills it.
class Autostart final {
 public:
  Autostart() {
    home_.config(kOwnAgentsOnly);
    home_.dir().directory("run", 0700);
    home_.dir().directory("state/atm", 0700);
    std::string command;
    for (const std::string& word :
         {std::string(ATM_TEST_ATMD), std::string("--plugin-dir"), std::string(ATM_TEST_PLUGINS),
          std::string("--socket"), home_.socket().string()})
      command += word + "\n";
    home_.dir().file("state/atm/autostart", command, 0600);
  }
  ~Autostart() {
    if (const pid_t pid = daemon(); pid > 0) ::kill(pid, SIGKILL);
  }
  Autostart(const Autostart&) = delete;
  Autostart& operator=(const Autostart&) = delete;

  [[nodiscard]] std::vector<std::string> environment() const {
    const std::string root = home_.dir().path().string();
    return {"HOME=" + root,
            "PATH=/usr/bin:/bin",
            "XDG_CONFIG_HOME=" + root + "/config",
            "XDG_STATE_HOME=" + root + "/state",
            "XDG_DATA_HOME=" + root + "/data",
            "XDG_RUNTIME_DIR=" + root + "/run",
            "ATM_SOCKET=" + home_.socket().string(),
            "ATM_AUTOSTART=" + state("autostart")};
  }
  void run_hook() const {
    Program hook({"/bin/sh", "-c", "echo '{}' | \"$0\" --agent claude_code", ATM_TEST_HOOK}, environment());
    REQUIRE(hook.wait() == 0);
  }
  /// The pid of the listening process; 0: none.
  [[nodiscard]] pid_t daemon() const {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, home_.socket().c_str(), sizeof address.sun_path - 1);
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ucred peer{};
    socklen_t size = sizeof peer;
    const bool is_there = ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
                          ::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0;
    ::close(fd);
    return is_there ? peer.pid : 0;
  }
  [[nodiscard]] std::string state(const std::string& name) const {
    return (home_.dir().path() / "state/atm" / name).string();
  }
  [[nodiscard]] std::string content(const std::string& name) const {
    std::ostringstream text;
    text << std::ifstream(state(name)).rdbuf();
    return text.str();
  }
  /// Runs a hook until a ready daemon has recorded its start.
  [[nodiscard]] bool starts() const {
    const bool is_ready = wait_until([this] {
      if (daemon() == 0) run_hook();
      return daemon() != 0 && contains(content("autostart.tried"), "ready");
    });
    if (!is_ready) WARN(content("autostart.tried") << content("atmd.log"));
    return is_ready;
  }
  [[nodiscard]] bool kills() const {
    const pid_t pid = daemon();
    if (pid <= 0 || ::kill(pid, SIGKILL) != 0) return false;
    return wait_until([this] { return daemon() == 0; });
  }
  template <class Is>
  [[nodiscard]] static bool wait_until(Is is) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!is()) {
      if (std::chrono::steady_clock::now() > end) return false;
      ::poll(nullptr, 0, 5);
    }
    return true;
  }
  [[nodiscard]] const Home& home() const { return home_; }

 private:
  Home home_;
};

TEST_CASE("a client starts the daemon if autostart is on, and doctor calls its absence a note",
          "[autostart]") {
  const Autostart autostart;
  Program doctor({ATM_TEST_ATM, "doctor"}, autostart.environment());
  static_cast<void>(doctor.wait());
  CHECK(contains(doctor.out(), "note     daemon"));
  CHECK(contains(doctor.out(), "the next event or atm list starts " ATM_TEST_ATMD));
  CHECK(autostart.daemon() == 0);
  Program list({ATM_TEST_ATM, "list"}, autostart.environment());
  CHECK(list.wait() == 0);
  CHECK(list.out() == "no sessions\n");
  CHECK(autostart.daemon() != 0);
}

TEST_CASE("after the death of a ready daemon the next hook starts one, three times in a minute") {
  const Autostart autostart;
  for (int i = 0; i < 3; ++i) {
    REQUIRE(autostart.starts());
    REQUIRE(autostart.kills());
  }
  REQUIRE(Autostart::wait_until([&] {
    autostart.run_hook();
    return !contains(autostart.content("autostart.tried"), "ready");
  }));
  autostart.run_hook();
  CHECK(autostart.daemon() == 0);
  fs::last_write_time(autostart.state("autostart.tried"),
                      fs::file_time_type::clock::now() - std::chrono::seconds(61));
  CHECK(autostart.starts());
}

TEST_CASE("a daemon started by a hook logs to a separate file of bounded size") {
  const Autostart autostart;
  const std::string before(kLogBytes + 1, 'x');
  autostart.home().dir().file("state/atm/atmd.log", before, 0600);
  autostart.home().dir().file("state/atm/atmd.log.1", "older", 0600);
  REQUIRE(autostart.starts());
  REQUIRE(Autostart::wait_until([&] { return contains(autostart.content("atmd.log"), "ready"); }));
  CHECK(autostart.content("atmd.log").size() < kLogBytes);
  const std::string former = autostart.content("atmd.log.1");
  CHECK(former.compare(0, before.size(), before) == 0);
  struct stat about {};
  REQUIRE(::stat(autostart.state("atmd.log").c_str(), &about) == 0);
  CHECK((about.st_mode & 0777U) == 0600U);
}

}  // namespace
}  // namespace atm::test
