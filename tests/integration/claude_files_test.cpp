// SPDX-License-Identifier: MIT
// Claude Code without hooks: its session files and its transcripts, in a private directory.
#include <fcntl.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <functional>
#include <thread>

#include "claude_client.hpp"
#include "support/catch.hpp"
#include "wire_client.hpp"

using namespace atm::test;
using namespace atm::protocol;
using atm::StatusKind;

namespace {

/// Well below the ten seconds between two full scans of the daemon.
bool comes_soon(const std::function<bool()>& is) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  while (!is()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

std::string config(const TempDir& directory, const std::string& more = "") {
  return "[plugins.processes]\ndiscover_seconds = 0\n[plugins.claude_code]\nconfig_dirs = [\"" +
         directory.path().string() + "\"]\n" + (more.empty() ? "discover_seconds = 0\n" : more);
}

StatusKind status_of(const ServedDaemon& daemon, std::string_view id) {
  const auto session = daemon.session(id);
  return session ? session->domain.status.kind() : StatusKind::kStale;
}

/// A session of which only the process is known is idle too, and has no directory.
bool becomes(const ServedDaemon& daemon, std::string_view id, StatusKind kind) {
  const bool is = comes_soon([&] {
    const auto session = daemon.session(id);
    return session && session->domain.status.kind() == kind && session->domain.working_directory;
  });
  if (!is) UNSCOPED_INFO(id << " is " << atm::status_name(status_of(daemon, id)));
  return is;
}

bool is_known(const ServedDaemon& daemon, std::string_view id) {
  return comes_soon([&] { return daemon.session(id).has_value(); });
}

bool counts(const ServedDaemon& daemon, std::string_view metric, std::int64_t wanted = 1) {
  return daemon.stat_reaches({"plugins", "claude_code", metric}, wanted);
}

std::string line(std::string_view members) {
  const auto now = std::chrono::system_clock::now();
  return R"({"timestamp":")" + atm::to_rfc3339(std::chrono::time_point_cast<std::chrono::nanoseconds>(now)) +
         R"(",)" + std::string(members) + "}";
}

/// Reports whether a process has opened a file.
class OpenWatch final {
 public:
  explicit OpenWatch(const std::filesystem::path& file) : fd_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {
    REQUIRE(::inotify_add_watch(fd_, file.c_str(), IN_OPEN | IN_ACCESS) >= 0);
  }
  ~OpenWatch() { ::close(fd_); }
  OpenWatch(const OpenWatch&) = delete;
  OpenWatch& operator=(const OpenWatch&) = delete;

  [[nodiscard]] bool has_seen() const {
    char event[4096];
    return ::read(fd_, event, sizeof event) > 0;
  }

 private:
  int fd_;
};

}  // namespace

TEST_CASE("an agent that runs before the daemon is shown with each of its statuses, without hooks",
          "[claude_files]") {
  const TempDir directory;
  const ClaudeClient client(directory.path(), "one");
  client.says("idle");
  const OpenWatch secret(client.secret_file());
  const ServedDaemon daemon(config(directory));
  REQUIRE(becomes(daemon, "one", StatusKind::kIdle));
  const auto session = daemon.session("one");
  CHECK(session->domain.working_directory == "/home/dev/p");
  CHECK(session->domain.agent == "claude_code");
  CHECK(session->runtime.pid == client.pid());
  CHECK(session->runtime.process_start_ticks == client.start_ticks());

  client.says("busy");
  CHECK(becomes(daemon, "one", StatusKind::kActive));
  client.says("waiting", R"(,"waitingFor":"permission prompt")");
  CHECK(becomes(daemon, "one", StatusKind::kWaitingForPermission));
  client.says("busy");
  CHECK(becomes(daemon, "one", StatusKind::kActive));
  client.says("idle");
  CHECK(becomes(daemon, "one", StatusKind::kIdle));
  CHECK_FALSE(secret.has_seen());
}

TEST_CASE("a session file that is incomplete when it is read is read again", "[claude_files]") {
  const TempDir directory;
  const ClaudeClient client(directory.path(), "one");
  const ServedDaemon daemon(config(directory));
  client.says_torn("idle", [&] {
    CHECK(counts(daemon, "torn_retries"));
    CHECK(daemon.sessions().empty());
  });
  CHECK(becomes(daemon, "one", StatusKind::kIdle));
  CHECK(daemon.stat({"plugins", "claude_code", "unreadable_files"}) == 0);
}

TEST_CASE("/clear starts another session of the same process", "[claude_files]") {
  const TempDir directory;
  ClaudeClient client(directory.path(), "one");
  client.says("idle");
  const ServedDaemon daemon(config(directory));
  REQUIRE(is_known(daemon, "one"));
  client.switches_to("two");
  client.says("idle");
  REQUIRE(is_known(daemon, "two"));
  CHECK(comes_soon([&] { return !daemon.session("one").has_value(); }));
  CHECK(daemon.session("two")->runtime.pid == client.pid());
}

TEST_CASE("a session ends when its session file is removed", "[claude_files]") {
  const TempDir directory;
  const ClaudeClient client(directory.path(), "one");
  client.says("idle");
  const ServedDaemon daemon(config(directory));
  REQUIRE(is_known(daemon, "one"));
  client.removes_entry();
  CHECK(becomes(daemon, "one", StatusKind::kEnded));
  CHECK(daemon.session("one")->domain.status_cause.origin == "claude_code/session_file");
}

TEST_CASE("the session file of a killed agent process creates no session", "[claude_files]") {
  const TempDir directory;
  ClaudeClient killed(directory.path(), "killed");
  killed.says("busy");
  ClaudeClient zombie(directory.path(), "zombie");
  zombie.says("busy");
  ClaudeClient reused(directory.path(), "reused");
  reused.claims_start(reused.start_ticks() - 1);
  reused.says("busy");
  killed.is_killed(true);
  zombie.is_killed(false);
  const ServedDaemon daemon(config(directory));
  CHECK(counts(daemon, "dead_files", 3));
  CHECK(daemon.sessions().empty());
}

TEST_CASE("a killed agent process ends its session, and its remaining session file changes nothing",
          "[claude_files]") {
  const TempDir directory;
  ClaudeClient client(directory.path(), "one");
  client.says("busy");
  const ServedDaemon daemon(config(directory));
  REQUIRE(is_known(daemon, "one"));
  client.is_killed(false);
  REQUIRE(becomes(daemon, "one", StatusKind::kEnded));
  CHECK(daemon.session("one")->domain.status_cause.origin == "processes");
  client.says("idle");
  CHECK(counts(daemon, "dead_files"));
  CHECK(status_of(daemon, "one") == StatusKind::kEnded);
}

TEST_CASE("the directory of a running agent process is found in its environment", "[claude_files]") {
  const TempDir known;
  const TempDir found;
  const ClaudeClient client(found.path(), "one");
  client.says("idle");
  SECTION("at the start of the daemon") {
    const ServedDaemon daemon(config(known, "discover_seconds = 3600\n"));
    CHECK(is_known(daemon, "one"));
  }
  SECTION("on request") {
    const ServedDaemon daemon(config(known));
    Wire wire(daemon);
    static_cast<void>(wire.greet());
    CHECK(wire.ask<Ok>(R"({"type":"discover"})").found >= 1);
    CHECK(is_known(daemon, "one"));
  }
}

TEST_CASE("the transcript reports the user's interruption without hooks", "[claude_files]") {
  const TempDir directory;
  const ClaudeClient client(directory.path(), "one");
  // It lies before the part of the transcript that is read, so it must have no effect.
  client.records(line(R"("type":"file-history-snapshot")"));
  const ServedDaemon daemon(config(directory));
  Wire wire(daemon);
  static_cast<void>(wire.greet());
  wire.send(hook("one", "SessionStart",
                 R"("source":"startup","transcript_path":")" + client.transcript_file().string() + '"'));
  wire.send(hook("one", "UserPromptSubmit", R"("prompt":"x")"));
  wire.sync();
  REQUIRE(status_of(daemon, "one") == StatusKind::kThinking);
  CHECK(counts(daemon, "transcripts_followed"));
  CHECK(counts(daemon, "lines_passed_over"));
  client.records(line(
      R"("type":"user","message":{"role":"user","content":[{"type":"text","text":"[Request interrupted by user]"}]})"));
  CHECK(becomes(daemon, "one", StatusKind::kIdle));
  CHECK(daemon.session("one")->domain.status_cause.origin == "claude_code/transcript");
}

TEST_CASE("the transcript of a session known from its session file is followed while it exists",
          "[claude_files]") {
  const TempDir directory;
  ClaudeClient client(directory.path(), "one");
  client.says("idle");
  const ServedDaemon daemon(config(directory));
  REQUIRE(counts(daemon, "transcripts_followed"));
  client.records(line(R"("type":"user","message":{"role":"user","content":"x"})"));
  CHECK(counts(daemon, "lines"));
  client.switches_to("two");
  client.says("idle");
  client.records(line(R"("type":"user","message":{"role":"user","content":"x"})"));
  CHECK(counts(daemon, "lines", 2));
  client.removes_entry();
  CHECK(comes_soon([&] { return daemon.stat({"plugins", "claude_code", "transcripts_followed"}) == 0; }));
}
