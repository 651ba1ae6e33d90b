// SPDX-License-Identifier: MIT
#include <iterator>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "arrangement.hpp"
#include "cursor.hpp"
#include "sample_world.hpp"
#include "support/catch.hpp"

namespace atm::cli {
namespace {

using std::chrono::seconds;

std::shared_ptr<const Rows> rows_of(const World& world, const Choice& choice, std::size_t height = 40,
                                    Page page = Page::kList) {
  return Arrangement(world.sessions).rows(page, choice, kNow, height);
}
std::size_t count_of(const World& world, const Choice& choice, std::size_t height = 40) {
  return rows_of(world, choice, height)->rows.size();
}

TEST_CASE("the counts of the projects add up to those of the header", "[dashboard]") {
  const World world = World::busy();
  const auto rows = rows_of(world, {}, 100);
  std::size_t sessions = 0;
  std::size_t needs = 0;
  for (const Row& row : rows->rows) {
    if (row.project == nullptr) continue;
    sessions += row.project->counts.sessions;
    needs += row.project->counts.needs;
  }
  CHECK(sessions == 8);
  CHECK(rows->counts.sessions == 8);
  CHECK(needs == rows->counts.needs);
  CHECK(needs == 3);
}

TEST_CASE("quiet sessions are folded if the rows do not fit, or on request", "[dashboard]") {
  World world;
  for (int i = 0; i < 30; ++i)
    world.add(("idle-" + std::to_string(i)).c_str(), SessionStatus::idle(), "/home/dev/a");
  world.add("works", SessionStatus::thinking(), "/home/dev/a");
  Choice choice;
  choice.is_tree = false;
  CHECK(count_of(world, choice, 40) == 31);
  const auto folded = rows_of(world, choice, 20);
  REQUIRE(folded->rows.size() == 2);
  CHECK(folded->quiet_text == "30 idle");
  choice.pins.insert("idle-7");
  CHECK(count_of(world, choice, 20) == 3);
  CHECK(rows_of(world, choice, 20)->rows[0].key == "idle-7");
  choice.folds_quiet = false;
  CHECK(count_of(world, choice, 20) == 31);
  choice.folds_quiet = true;
  choice.filter = *Filter::parse("idle-1");
  CHECK(count_of(world, choice, 20) == 11);  // a filter shows what it matches
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
    const auto rows = rows_of(world, choice, 1000);
    const std::string before = cursor.key();
    cursor.follow(rows->rows, height);
    if (!before.empty() && world.sessions.count(before) != 0) REQUIRE(cursor.key() == before);
    REQUIRE(cursor.index() >= cursor.top());
    REQUIRE(cursor.index() < cursor.top() + height);
    cursor.move(rows->rows, static_cast<long>(random() % 21) - 10);
    const auto which = std::next(world.sessions.begin(), static_cast<long>(random() % world.sessions.size()));
    which->second.domain.status = random() % 2 == 0 ? SessionStatus::thinking() : SessionStatus::error();
    if (random() % 20 == 0 && world.sessions.size() > 2) world.sessions.erase(which);
  }
}

TEST_CASE("a selection that changes by itself is recognised for 250 ms, one of the user is not",
          "[dashboard]") {
  using namespace std::chrono_literals;
  World world;
  for (const char* id : {"a", "b", "c"}) world.add(id, SessionStatus::thinking(), "/p");
  Choice choice;
  choice.is_tree = false;
  Cursor cursor;
  const Cursor::Clock::time_point start{1h};
  const auto follow = [&](Cursor::Clock::time_point now) {
    const auto rows = rows_of(world, choice, 1000);
    cursor.follow(rows->rows, 10, now);
    return rows;
  };
  cursor.select(follow(start)->rows, 1);
  const std::string selected = cursor.key();
  follow(start);
  CHECK_FALSE(cursor.has_just_changed(start));
  world.sessions.erase(selected);
  follow(start + 1s);
  CHECK(cursor.has_just_changed(start + 1s));
  CHECK(cursor.has_just_changed(start + 1s + 249ms));
  CHECK_FALSE(cursor.has_just_changed(start + 1s + 250ms));
  cursor.select(follow(start + 1s)->rows, 0);
  CHECK_FALSE(cursor.has_just_changed(start + 1s));
  world.sessions.erase(cursor.key());
  cursor.touch();
  follow(start + 2s);
  CHECK_FALSE(cursor.has_just_changed(start + 2s));
}

TEST_CASE("sessions that name each other as parents are shown once each", "[dashboard]") {
  World world;
  world.add("a", SessionStatus::thinking(), "/p").domain.parent = SessionId("b");
  world.add("b", SessionStatus::thinking(), "/p").domain.parent = SessionId("a");
  world.add("c", SessionStatus::thinking(), "/p").domain.parent = SessionId("c");
  world.add("d", SessionStatus::thinking(), "/p").domain.parent = SessionId("c");
  Choice choice;
  CHECK(count_of(world, choice, 40) == 5);
  choice.closed.insert("c");
  CHECK(count_of(world, choice, 40) == 4);
}

TEST_CASE("the inbox begins with the longest confirmed wait", "[dashboard]") {
  const World world = World::busy();
  const auto rows = rows_of(world, {}, 40, Page::kInbox);
  REQUIRE(rows->rows.size() == 4);
  CHECK(rows->rows[0].key == "deb8441e-0001");  // a question, 40 minutes
  CHECK(rows->rows[1].key == "0bb3f80d-a738");  // a permission, 6 minutes
  CHECK(rows->rows[2].key == "deb8441e-0002");  // an error
  CHECK(rows->rows[3].key == "6f1301ed-0001");  // a finished turn
}

TEST_CASE("a change that moves no row keeps the rows, and the counts follow it", "[dashboard]") {
  World world = World::busy();
  Arrangement arrangement(world.sessions);
  const auto change = [&](const char* id) {
    arrangement.note({{id}, {}, false});
    return arrangement.rows(Page::kList, {}, kNow, 40);
  };
  const auto before = arrangement.rows(Page::kList, {}, kNow, 40);
  SessionDomain& working = world.sessions.at("f0bb38ae-682f").domain;
  working.status = SessionStatus::thinking();
  working.cost = working.cost + Money::from_usd(1);
  CHECK(change("f0bb38ae-682f") == before);
  CHECK(before->counts.cost == Money::from_usd(12.71));
  CHECK(arrangement.rows(Page::kList, {}, kNow + seconds(90), 40) == before);
  working.status = SessionStatus::idle();
  const auto after = change("f0bb38ae-682f");
  CHECK(after != before);
  CHECK(after->counts.works == before->counts.works - 1);
}

TEST_CASE("rows that follow many changes are those of a new arrangement", "[dashboard]") {
  std::mt19937 random(9);  // NOLINT(cert-msc51-cpp): the same changes in every run
  World world;
  Arrangement arrangement(world.sessions);
  const std::vector<SessionStatus> statuses{SessionStatus::idle(), SessionStatus::thinking(),
                                            SessionStatus::error("x"), SessionStatus::ended()};
  const std::vector<std::string> directories{"/p/a", "/p/b", "/p/a/.claude/worktrees/w"};
  for (int step = 0; step < 400; ++step) {
    const std::string id = "s" + std::to_string(random() % 40);
    if (random() % 8 == 0 && world.sessions.erase(id) > 0) {
      arrangement.note({{}, {{id, ""}}, false});
    } else {
      protocol::Session& session = world.add(id.c_str(), SessionStatus::idle(), "/p/a");
      SessionDomain& domain = session.domain;
      domain.status = statuses[random() % statuses.size()];
      domain.working_directory = directories[random() % directories.size()];
      domain.subagents.assign(random() % 3, {"sub", "", kNow});
      if (random() % 4 == 0) domain.parent = SessionId("s" + std::to_string(random() % 40));
      World::cost(session, static_cast<double>(random() % 5));
      arrangement.note({{id}, {}, false});
    }
    if (random() % 3 == 0) continue;
    Choice choice;
    choice.is_tree = step < 300;
    choice.order = static_cast<Order>(step / 50 % 5);
    choice.is_reversed = step % 100 > 80;
    if (step % 50 > 40) choice.filter = *Filter::parse("cost>1");
    if (step % 20 > 14) choice.closed = {"project:/p/b", "s1", "s2"};
    const std::size_t height = step / 7 % 2 == 0 ? 10 : 40;
    const Page page = step % 11 == 0 ? Page::kInbox : Page::kList;
    const auto followed = arrangement.rows(page, choice, kNow, height);
    const auto fresh = rows_of(world, choice, height, page);
    REQUIRE(followed->rows.size() == fresh->rows.size());
    for (std::size_t i = 0; i < fresh->rows.size(); ++i) {
      REQUIRE(followed->rows[i].key == fresh->rows[i].key);
      REQUIRE(followed->rows[i].depth == fresh->rows[i].depth);
    }
    REQUIRE(followed->counts.cost == fresh->counts.cost);
    REQUIRE(followed->counts.works == fresh->counts.works);
    REQUIRE(followed->quiet_text == fresh->quiet_text);
  }
}

}  // namespace
}  // namespace atm::cli
