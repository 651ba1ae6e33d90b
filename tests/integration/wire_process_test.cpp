// SPDX-License-Identifier: MIT
// A session ends with its process, however that ends.
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <sstream>
#include <thread>

#include "support/catch.hpp"
#include "wire_client.hpp"

using namespace atm::test;
using namespace atm::protocol;

namespace {

/// A child that does nothing: to a hook, an agent. Its parent takes its exit status with this object only, so
/// that a killed one stays a zombie.
class Agent final {
 public:
  Agent() : pid_(::fork()) {
    if (pid_ == 0) {
      for (;;) ::pause();
    }
    std::ifstream stat("/proc/" + std::to_string(pid_) + "/stat");
    std::string text;
    std::getline(stat, text);
    std::istringstream rest(text.substr(text.rfind(')') + 2));
    std::string field;
    for (int i = 3; i <= 22; ++i) rest >> field;
    start_ticks_ = std::stoull(field);
  }
  ~Agent() {
    kill();
    ::waitpid(pid_, nullptr, 0);
  }
  Agent(const Agent&) = delete;
  Agent& operator=(const Agent&) = delete;

  void kill() const { ::kill(pid_, SIGKILL); }
  [[nodiscard]] bool is_zombie() const {
    std::ifstream stat("/proc/" + std::to_string(pid_) + "/stat");
    std::string text;
    std::getline(stat, text);
    return text.find(") Z ") != std::string::npos;
  }
  [[nodiscard]] std::uint64_t start_ticks() const { return start_ticks_; }

  /// What its SessionStart hook would send, with another start time if one is given.
  [[nodiscard]] std::string starts(std::string_view session, std::uint64_t start_ticks = 0) const {
    utsname name{};
    ::uname(&name);
    std::string line = hook(session, "SessionStart", R"("source":"startup")");
    line.pop_back();
    return line + R"(,"context":{"pid":)" + std::to_string(pid_) + R"(,"start_ticks":)" +
           std::to_string(start_ticks != 0 ? start_ticks : start_ticks_) + R"(,"host":")" + name.nodename +
           R"("}})";
  }

 private:
  pid_t pid_;
  std::uint64_t start_ticks_ = 0;
};

bool has_ended(const ServedDaemon& daemon, std::string_view id) {
  const auto session = daemon.session(id);
  return session && session->domain.status.kind() == atm::StatusKind::kEnded;
}

/// Well below the clean-up, which would see it as well.
bool ends_soon(const ServedDaemon& daemon, std::string_view id) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  while (!has_ended(daemon, id)) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

bool has_exited(const ServedDaemon& daemon, std::string_view id) {
  const auto session = daemon.session(id);
  return session && session->domain.status_cause.type == "process.exited";
}

}  // namespace

TEST_CASE("a killed agent's sessions end at once and once, though it stays a zombie; others go on",
          "[wire][processes]") {
  const ServedDaemon daemon;
  const Agent victim;
  const Agent other;
  Wire wire(daemon);
  static_cast<void>(wire.greet());
  wire.send(victim.starts("one"));
  wire.send(victim.starts("two"));
  wire.send(other.starts("lives"));
  wire.sync();
  REQUIRE(daemon.session("lives"));
  CHECK_FALSE(has_ended(daemon, "one"));

  victim.kill();
  CHECK(ends_soon(daemon, "one"));
  CHECK(ends_soon(daemon, "two"));
  CHECK(victim.is_zombie());
  CHECK(has_exited(daemon, "one"));
  CHECK(has_exited(daemon, "two"));

  const auto rev = daemon.session("one")->domain.rev;
  const Agent third;
  wire.send(third.starts("later"));
  third.kill();
  CHECK(ends_soon(daemon, "later"));
  CHECK(daemon.session("one")->domain.rev == rev);
  CHECK_FALSE(has_ended(daemon, "lives"));
}

TEST_CASE("a pid that another process has now ends the session of the first", "[wire][processes]") {
  const ServedDaemon daemon;
  const Agent stranger;
  Wire wire(daemon);
  static_cast<void>(wire.greet());
  wire.send(stranger.starts("old", stranger.start_ticks() - 1));
  CHECK(ends_soon(daemon, "old"));
  CHECK(has_exited(daemon, "old"));
  CHECK(daemon.session("old")->domain.status_cause.origin == "processes");
}
