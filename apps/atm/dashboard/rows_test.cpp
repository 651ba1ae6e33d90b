// SPDX-License-Identifier: MIT
#include <iterator>
#include <random>

#include "cursor.hpp"
#include "sample_world.hpp"
#include "support/catch.hpp"

namespace atm::cli {
namespace {

TEST_CASE("the counts of the projects add up to those of the header", "[dashboard]") {
  const World world = World::busy();
  const Rows rows = rows_of(world.sessions, Page::kList, {}, kNow, 100);
  std::size_t sessions = 0;
  std::size_t needs = 0;
  for (const Row& row : rows.rows) {
    sessions += row.counts.sessions;
    needs += row.counts.needs;
  }
  CHECK(sessions == 8);
  CHECK(rows.counts.sessions == 8);
  CHECK(needs == rows.counts.needs);
  CHECK(needs == 3);
}

TEST_CASE("quiet sessions are folded if the rows do not fit, or on request", "[dashboard]") {
  World world;
  for (int i = 0; i < 30; ++i)
    world.add(("idle-" + std::to_string(i)).c_str(), SessionStatus::idle(), "/home/dev/a");
  world.add("works", SessionStatus::thinking(), "/home/dev/a");
  Choice choice;
  choice.is_tree = false;
  CHECK(rows_of(world.sessions, Page::kList, choice, kNow, 40).rows.size() == 31);
  const auto folded = rows_of(world.sessions, Page::kList, choice, kNow, 20).rows;
  REQUIRE(folded.size() == 2);
  CHECK(folded[1].text == "30 idle");
  choice.pins.insert("idle-7");
  CHECK(rows_of(world.sessions, Page::kList, choice, kNow, 20).rows.size() == 3);
  CHECK(rows_of(world.sessions, Page::kList, choice, kNow, 20).rows[0].key == "idle-7");
  choice.folds_quiet = false;
  CHECK(rows_of(world.sessions, Page::kList, choice, kNow, 20).rows.size() == 31);
  choice.folds_quiet = true;
  choice.filter = *Filter::parse("idle-1");
  CHECK(rows_of(world.sessions, Page::kList, choice, kNow, 20).rows.size() ==
        11);  // a filter shows what it matches
}

TEST_CASE("the cursor stays with its session, and the selected row is visible", "[dashboard]") {
  World world;
  for (int i = 0; i < 40; ++i)
    world.add(("s-" + std::to_string(100 + i)).c_str(), SessionStatus::thinking(), "/home/dev/a");
  Choice choice;
  choice.is_tree = false;
  std::mt19937 random(5);  // NOLINT(cert-msc51-cpp): the same steps in every run
  Cursor cursor;
  for (int i = 0; i < 500; ++i) {
    const std::size_t height = 1 + random() % 30;
    const Rows rows = rows_of(world.sessions, Page::kList, choice, kNow, 1000);
    const std::string before = cursor.key();
    cursor.follow(rows.rows, height);
    if (!before.empty() && world.sessions.count(before) != 0) REQUIRE(cursor.key() == before);
    REQUIRE(cursor.index() >= cursor.top());
    REQUIRE(cursor.index() < cursor.top() + height);
    cursor.move(rows.rows, static_cast<long>(random() % 21) - 10);
    const auto which = std::next(world.sessions.begin(), static_cast<long>(random() % world.sessions.size()));
    which->second.domain.status = random() % 2 == 0 ? SessionStatus::thinking() : SessionStatus::error();
    if (random() % 20 == 0 && world.sessions.size() > 2) world.sessions.erase(which);
  }
}

TEST_CASE("sessions that name each other as parents are shown once each", "[dashboard]") {
  World world;
  world.add("a", SessionStatus::thinking(), "/p").domain.parent = SessionId("b");
  world.add("b", SessionStatus::thinking(), "/p").domain.parent = SessionId("a");
  world.add("c", SessionStatus::thinking(), "/p").domain.parent = SessionId("c");
  world.add("d", SessionStatus::thinking(), "/p").domain.parent = SessionId("c");
  Choice choice;
  CHECK(rows_of(world.sessions, Page::kList, choice, kNow, 40).rows.size() == 5);
  choice.closed.insert("c");
  CHECK(rows_of(world.sessions, Page::kList, choice, kNow, 40).rows.size() == 4);
}

TEST_CASE("the inbox begins with the longest confirmed wait", "[dashboard]") {
  const World world = World::busy();
  const Rows rows = rows_of(world.sessions, Page::kInbox, {}, kNow, 40);
  REQUIRE(rows.rows.size() == 4);
  CHECK(rows.rows[0].key == "deb8441e-0001");  // a question, 40 minutes
  CHECK(rows.rows[1].key == "0bb3f80d-a738");  // a permission, 6 minutes
  CHECK(rows.rows[2].key == "deb8441e-0002");  // an error
  CHECK(rows.rows[3].key == "6f1301ed-0001");  // a finished turn
}

}  // namespace
}  // namespace atm::cli
