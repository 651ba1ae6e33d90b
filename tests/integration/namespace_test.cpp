// SPDX-License-Identifier: MIT
// Agent processes in other PID namespaces, with a real one if this machine permits it (STATE-I10).
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <fstream>
#include <optional>
#include <thread>

#include "event_recorder.hpp"
#include "support/catch.hpp"
#include "support/process_stat.hpp"
#include "wire_client.hpp"

using namespace atm::test;
using Kind = EventRecorder::Event::Kind;

namespace {

using Clock = std::chrono::steady_clock;

/// A shell that is process 1 of a new PID namespace and runs the hook for each line of its input.
class Container final {
 public:
  explicit Container(const ServedDaemon& daemon) {
    std::array<int, 2> in{};
    if (::pipe2(in.data(), O_CLOEXEC) != 0) throw std::runtime_error("cannot make a pipe");
    const std::string socket = "ATM_SOCKET=" + daemon.socket().string();
    const std::string home = "HOME=" + daemon.home().dir().path().string();
    pid_ = ::fork();
    if (pid_ == 0) {
      ::dup2(in[0], 0);
      ::execlp("env", "env", "-i", "PATH=/usr/bin:/bin", socket.c_str(), home.c_str(), "unshare", "--pid",
               "--fork", "--mount-proc", "--kill-child", "sh", "-c",
               "while read -r line; do printf %s \"$line\" | " ATM_TEST_HOOK " --agent claude_code; done",
               static_cast<char*>(nullptr));
      ::_exit(127);
    }
    ::close(in[0]);
    input_ = in[1];
  }
  ~Container() {
    ::close(input_);
    kill();
  }
  Container(const Container&) = delete;
  Container& operator=(const Container&) = delete;

  /// The shell's pid in this namespace; absent if no namespace can be created.
  [[nodiscard]] std::optional<pid_t> shell() const {
    const std::string path = "/proc/" + std::to_string(pid_) + "/task/" + std::to_string(pid_) + "/children";
    const auto until = Clock::now() + kTimeout;
    while (Clock::now() < until) {
      if (::waitpid(pid_, nullptr, WNOHANG | WNOWAIT) == pid_) return std::nullopt;
      pid_t child = 0;
      if (std::ifstream(path) >> child && is_called("sh", child)) return child;
      std::this_thread::yield();
    }
    return std::nullopt;
  }
  /// A hook gives up on a busy machine, and the first may run before the daemon sees the process.
  void tell(const ServedDaemon& daemon, const std::string& line) const {
    const auto until = Clock::now() + kTimeout;
    const auto is_bound = [&] {
      const auto session = daemon.session("inside");
      return session && session->runtime.pid == shell();
    };
    do {
      const std::int64_t before = daemon.stat({"plugins", "unix", "records"});
      say(line);
      static_cast<void>(
          daemon.stat_reaches({"plugins", "unix", "records"}, before + 1, std::chrono::seconds(1)));
    } while (!is_bound() && Clock::now() < until);
  }
  void say(const std::string& line) const {
    const std::string text = line + "\n";
    if (::write(input_, text.data(), text.size()) != static_cast<ssize_t>(text.size()))
      throw std::runtime_error("the container reads nothing");
  }
  void kill() {
    if (pid_ < 0) return;
    if (const auto child = shell()) ::kill(*child, SIGKILL);
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }

 private:
  static bool is_called(const std::string& name, pid_t pid) {
    std::string comm;
    std::getline(std::ifstream("/proc/" + std::to_string(pid) + "/comm"), comm);
    return comm == name;
  }

  pid_t pid_ = -1;
  int input_ = -1;
};

std::string hook_of(std::string_view session, std::string_view event) {
  return R"({"session_id":")" + std::string(session) + R"(","cwd":"/w","hook_event_name":")" +
         std::string(event) + R"("})";
}

}  // namespace

TEST_CASE("STATE-I10: an agent process in a nested PID namespace is bound to its pid in this namespace",
          "[process][STATE-I10]") {
  const ServedDaemon daemon("[limits]\nstale_seconds = 1\ncleanup_seconds = 1\n");
  EventRecorder events(daemon);
  Container container(daemon);
  const auto shell = container.shell();
  if (!shell) {
    WARN("no PID namespace can be made here: not tested");
    return;
  }
  const std::uint64_t start_ticks = start_ticks_of(*shell);
  const auto is_bound = [&](const EventRecorder::Event& e) {
    return e.state && e.session == "inside" && e.state->runtime.pid == *shell && e.state->runtime.verified;
  };
  container.tell(daemon, hook_of("inside", "SessionStart"));
  const auto& bound = events.await(is_bound);
  CHECK(bound.state->runtime.process_start_ticks == start_ticks);
  CHECK_FALSE(bound.state->runtime.pid_ns);
  CHECK(events.count(event(Kind::kUpdated, "inside", "ended")) == 0);
  container.kill();
  CHECK(events.await(event(Kind::kUpdated, "inside", "ended")).state->domain.status_cause.type ==
        "process.exited");
}

TEST_CASE("STATE-I10: a pid of an invisible namespace is bound to no local process", "[process][STATE-I10]") {
  const ServedDaemon daemon("[limits]\ncleanup_seconds = 1\n");
  EventRecorder events(daemon);
  Wire wire(daemon);
  static_cast<void>(wire.greet());
  std::string line = hook("elsewhere", "UserPromptSubmit", R"("prompt":"x")");
  line.pop_back();
  wire.send(line + R"(,"context":{"pid":1,"start_ticks":1,"pid_ns":7}})");
  const auto& told =
      events.await([](const EventRecorder::Event& e) { return e.state && e.session == "elsewhere"; });
  CHECK(told.state->runtime.pid_ns == 7);
  CHECK(told.state->runtime.pid == 1);
  // Once the daemon has seen the end of a local process, it would have seen this one too.
  std::string local = hook("local", "UserPromptSubmit", R"("prompt":"x")");
  local.pop_back();
  wire.send(local + R"(,"context":{"pid":1,"start_ticks":1}})");
  static_cast<void>(events.await(event(Kind::kUpdated, "local", "ended")));
  const auto left = daemon.session("elsewhere");
  REQUIRE(left);
  CHECK(left->domain.status.name() == "thinking");
  CHECK_FALSE(left->runtime.verified);
}
