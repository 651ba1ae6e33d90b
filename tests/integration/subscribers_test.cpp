// SPDX-License-Identifier: MIT
// The examples of docs/operate/subscribe.md against a real daemon: a gap, a restart, and the correct state at the end.
#include <algorithm>
#include <atm/json.hpp>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "cli_program.hpp"
#include "support/catch.hpp"
#include "wire_client.hpp"

using namespace atm::test;
using namespace atm::protocol;

namespace {

constexpr std::string_view kSmallQueue =
    "[limits]\nsubscriber_queue = 32\n[plugins.unix]\nout_bytes = 4096\n";

/// An example and its child processes.
class Follower final {
 public:
  Follower(std::vector<std::string> program, const ServedDaemon& daemon)
      : program_(with_socket(std::move(program), daemon), {"PATH=/usr/bin:/bin", "LANG=C.UTF-8"}) {}

  ~Follower() { signal(SIGKILL); }
  Follower(const Follower&) = delete;
  Follower& operator=(const Follower&) = delete;

  /// To all of its processes.
  void signal(int number) const { ::kill(-program_.pid(), number); }
  /// Returns true if it prints this after the output that was already read.
  [[nodiscard]] bool says(const std::string& line) {
    return program_.wait_for([&](const std::string& text) {
      const std::size_t at = text.find(line + "\n", heard_);
      if (at != std::string::npos) heard_ = at + line.size() + 1;
      return at != std::string::npos;
    });
  }
  /// The last printed status of each session.
  [[nodiscard]] std::map<std::string, std::string> copy() {
    std::map<std::string, std::string> known;
    std::istringstream text(program_.out());
    for (std::string line; std::getline(text, line);) {
      const std::size_t is = line.find(" is ");
      const std::size_t rev = line.find(", rev ");
      if (is == std::string::npos) continue;
      if (line.compare(is, std::string::npos, " is gone") == 0) known.erase(line.substr(0, is));
      if (rev != std::string::npos) known[line.substr(0, is)] = line.substr(is + 4, rev - is - 4);
    }
    return known;
  }
  [[nodiscard]] Program& program() noexcept { return program_; }

 private:
  static std::vector<std::string> with_socket(std::vector<std::string> program, const ServedDaemon& daemon) {
    program.push_back(daemon.socket().string());
    program.insert(program.begin(), "/usr/bin/setsid");  // executes the program in a new process group
    return program;
  }

  Program program_;
  std::size_t heard_ = 0;
};

std::map<std::string, std::string> truth(const ServedDaemon& daemon) {
  std::map<std::string, std::string> known;
  for (const Session& session : daemon.sessions())
    known[session.domain.id.str()] = std::string(session.domain.status.name());
  return known;
}

void follow_through_everything(const std::vector<std::string>& program) {
  ServedDaemon daemon(kSmallQueue);
  Follower follower(program, daemon);
  REQUIRE(follower.says("in step, 0 sessions"));
  {
    Wire source(daemon);
    static_cast<void>(source.greet());
    static_cast<void>(source.ask<Ok>(R"({"type":"register","session_id":"kept"})"));
    CHECK(follower.says("kept: session.started"));
    static_cast<void>(source.ask<Ok>(R"({"type":"end_session","session_id":"kept"})"));
    CHECK(follower.says("kept is ended, rev 2"));

    // It stops reading while more events occur than its queue holds.
    for (int i = 0; i < 5000; ++i) source.send(status_line("s" + std::to_string(i % 5), 0.01 * (i + 1)));
    follower.signal(SIGSTOP);
    for (int round = 0; daemon.stat({"bus", "gaps"}) == 0; ++round) {
      REQUIRE(round < 100);
      for (int i = 0; i < 1000; ++i) source.send(status_line("s" + std::to_string(i % 5), 0.02 * (i + 1)));
      source.sync();
    }
    source.send(hook("s0", "UserPromptSubmit", R"("prompt":"x")"));
    source.sync();
    follower.signal(SIGCONT);
    CHECK(follower.program().wait_for(
        [](const std::string& text) { return text.find("missed ") != std::string::npos; }));
    static_cast<void>(source.ask<Ok>(R"({"type":"register","session_id":"the last"})"));
    REQUIRE(follower.says("the last is active, rev 1"));
  }
  CHECK(follower.copy() == truth(daemon));

  static_cast<void>(daemon.process().stop());
  CHECK(follower.says("no daemon; trying again"));
  daemon.restart();
  CHECK(follower.says("kept is gone"));
  CHECK(follower.says("in step, 0 sessions"));
  Wire source(daemon);
  static_cast<void>(source.greet());
  static_cast<void>(source.ask<Ok>(R"({"type":"register","session_id":"new"})"));
  CHECK(follower.says("new is active, rev 1"));
  CHECK(follower.copy() == truth(daemon));
}

}  // namespace

TEST_CASE("the Node example is correct after a gap and after a restart", "[subscribers]") {
  follow_through_everything({ATM_TEST_NODE, ATM_TEST_EXAMPLES "/socket_follow.mjs", "--activity"});
}

TEST_CASE("the shell example is correct after a gap and after a restart", "[subscribers]") {
  follow_through_everything({"/bin/bash", ATM_TEST_EXAMPLES "/socket_follow.sh", "--activity"});
}

TEST_CASE("the Node example prints the sessions as JSON when it is interrupted", "[subscribers]") {
  const ServedDaemon daemon;
  Wire source(daemon);
  static_cast<void>(source.greet());
  static_cast<void>(source.ask<Ok>(R"({"type":"register","session_id":"s"})"));
  Follower follower({ATM_TEST_NODE, ATM_TEST_EXAMPLES "/socket_follow.mjs"}, daemon);
  REQUIRE(follower.says("in step, 1 sessions"));
  follower.signal(SIGINT);
  CHECK(follower.program().wait() == 0);
  const std::string text = follower.program().out();
  atm::json::Reader reader;
  const atm::json::Value* all = reader.parse(text.substr(text.find('[')));
  REQUIRE(all != nullptr);
  REQUIRE(all->Size() == 1);
  CHECK(atm::json::get_string((*all)[0], "id") == "s");
}
