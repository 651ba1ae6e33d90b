// SPDX-License-Identifier: MIT
#include "plain.hpp"

#include "sample_world.hpp"
#include "support/catch.hpp"

namespace atm::cli {
namespace {

TEST_CASE("the plain mode lists sessions once, and then each change as a labelled line",
          "[dashboard][plain]") {
  World world = World::busy();
  PlainView view(world.sessions);
  const std::string first = view.changes(kScene);
  CHECK(first ==
        "3 need you, 3 working, 1 done, 8 sessions, $11.7\n"
        "1. needs you: api-server, permission: Bash, since 6m, context 42 percent\n"
        "2. needs you: docs, question, since 40m\n"
        "3. error: docs, rate_limit, since 5m\n"
        "4. working: app, since 3m, uncertain\n"
        "5. working: add pagination, Read, since 8s, context 90 percent\n"
        "6. background: 日本語, 2 tasks, since 3m, uncertain\n"
        "7. done: 日本語, since 3m, context 81 percent\n"
        "8. ended: old, since 3m\n"
        "type help for the commands\n");
  CHECK(view.changes(kScene).empty());
  SessionDomain& working = world.sessions.at("f0bb38ae-682f").domain;
  working.status = SessionStatus::thinking();
  CHECK(view.changes(kScene).empty());
  working.status = SessionStatus::waiting_for_permission("Edit");
  CHECK(view.changes(kScene) == "needs you: add pagination, permission: Edit, 4 need you\n");
  working.status = SessionStatus::waiting_for_permission("Write");
  CHECK(view.changes(kScene) == "needs you: add pagination, permission: Write, 4 need you\n");
  world.sessions.erase("c7fce5d5-0001");
  CHECK(view.changes(kScene).empty());
}

TEST_CASE("the plain mode answers words, and numbers name the sessions of the last list",
          "[dashboard][plain]") {
  const World world = World::busy();
  PlainView view(world.sessions);
  CHECK(view.answer("ack 1", kScene).text.find("type list") != std::string::npos);
  static_cast<void>(view.changes(kScene));
  CHECK(view.answer("ack 2", kScene).ack == "deb8441e-0001");
  CHECK(view.answer(" jump  1 \r", kScene).jump == "0bb3f80d-a738");
  CHECK(view.answer("explain 1", kScene).text.find("what would change it") != std::string::npos);
  CHECK(view.answer("show 3", kScene).text.find("deb8441e-0002") != std::string::npos);
  const std::string needs = view.answer("needs", kScene).text;
  CHECK(needs.find("3. error: docs") != std::string::npos);
  CHECK(needs.find("4.") == std::string::npos);
  CHECK(view.answer("filter cost>5", kScene).text.find("1. working: add pagination") != std::string::npos);
  CHECK(view.answer("jump 1", kScene).jump == "f0bb38ae-682f");
  CHECK(view.answer("list", kScene).text.find("2.") == std::string::npos);
  CHECK(view.answer("filter", kScene).text.find("8.") != std::string::npos);
  CHECK(view.answer("quit", kScene).is_end);
  CHECK(view.answer("help", kScene).text.find("explain NUMBER") != std::string::npos);
  CHECK(view.answer("", kScene).text.empty());
  for (const char* wrong :
       {"lst", "show", "show 0", "show 9", "show 1x", "show 99999999999999999999", "filter cost>x"})
    CHECK(view.answer(wrong, kScene).text.starts_with("error: "));
  CHECK(view.answer("\x1b[31m", kScene).text.find('\x1b') == std::string::npos);
}

}  // namespace
}  // namespace atm::cli
