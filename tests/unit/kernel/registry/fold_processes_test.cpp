// SPDX-License-Identifier: MIT
// One session in several live processes (STATE-I14).
#include "story.hpp"
#include "support/catch.hpp"

using namespace atm;
using namespace atm::kernel;
using namespace atm::kernel::test;

namespace {

constexpr ProcessKey kFirst{100, 1};
constexpr ProcessKey kSecond{200, 2};

Told bound(const ProcessKey& process) {
  return told("process.bound",
              {{"pid", process.pid}, {"start_ticks", static_cast<std::int64_t>(*process.start_ticks)}});
}

/// The first process is verified before the second one opens the same session.
Story in_two_processes() {
  Story story;
  story.tell(bound(kFirst).at(1s), kFirst);
  story.state.infrastructure.verified = true;
  story.tell(told("session.started", {{"source", std::string("resume")}}).at(2s), kFirst);
  story.tell(bound(kSecond).at(3s), kSecond);
  story.state.infrastructure.verified = true;
  story.tell(told("session.started", {{"source", std::string("resume")}}).at(3s), kSecond);
  return story;
}

}  // namespace

TEST_CASE("STATE-I14: a turn of one process does not close the question of the other one") {
  Story story = in_two_processes();
  story.tell(told("prompt.submitted", {{"prompt.id", std::string("b")}}).at(4s), kSecond);
  story.tell(tool_started("t1").at(5s), kSecond);
  story.tell(permission("Bash").at(6s), kSecond);
  story.tell(told("prompt.submitted", {{"prompt.id", std::string("a")}}).at(7s), kFirst);
  story.tell(finished().at(8s), kFirst);
  CHECK(story.status() == StatusKind::kWaitingForPermission);
  CHECK(story.state.infrastructure.pid == kSecond.pid);
  REQUIRE(story.state.infrastructure.other_processes.size() == 1);
  CHECK(story.state.infrastructure.other_processes[0].pid == kFirst.pid);
}

TEST_CASE("STATE-I14: a line of the transcript that names no known prompt or tool moves neither process") {
  Story story = in_two_processes();
  story.tell(told("prompt.submitted", {{"prompt.id", std::string("b")}}).at(4s), kSecond);
  story.tell(permission("Bash").at(6s), kSecond);
  story.tell(told("turn.finished", {{"outcome", std::string("ok")}, {"recorded", true}})
                 .from("claude_code/transcript")
                 .at(9s));
  CHECK(story.status() == StatusKind::kWaitingForPermission);
}

TEST_CASE("STATE-I14: the end of the process that asks takes its question along") {
  Story story = in_two_processes();
  story.tell(told("prompt.submitted", {{"prompt.id", std::string("b")}}).at(4s), kSecond);
  story.tell(permission("Bash").at(6s), kSecond);
  Told exit = told("process.exited", {{"pid", kSecond.pid}, {"start_ticks", std::int64_t{2}}}).at(8s);
  story.tell(exit);
  CHECK(story.status() == StatusKind::kIdle);
  CHECK(story.state.infrastructure.pid == kFirst.pid);
  CHECK(story.state.infrastructure.other_processes.empty());
  CHECK_FALSE(story.state.domain.attention.has_value());
}

TEST_CASE("STATE-I14: a session in more processes than are kept forgets the oldest") {
  Story story = in_two_processes();
  for (std::int64_t pid = 300; pid < 310; ++pid) {
    story.tell(bound({pid, 3}), ProcessKey{pid, 3});
    story.state.infrastructure.verified = true;
  }
  CHECK(story.state.infrastructure.pid == 309);
  CHECK(story.state.infrastructure.other_processes.size() == 3);
  CHECK(story.state.others.size() == 3);
}
