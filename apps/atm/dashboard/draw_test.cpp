// SPDX-License-Identifier: MIT
// The frames of the dashboard, without a terminal.
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <random>
#include <set>
#include <sstream>

#include "draw.hpp"
#include "encoder.hpp"
#include "sample_world.hpp"
#include "support/catch.hpp"
#include "support/emulator.hpp"
#include "support/frame_record.hpp"

namespace atm::cli {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

Frame drawn(const World& world, Look& look, std::size_t width, std::size_t height) {
  Arrangement arrangement(world.sessions);
  return draw(arrangement, look, kScene, {width, height});
}

// Compares a frame and its styles with a file; UPDATE=1 writes the file. An emulator that receives the frame must show
// the same text, so that no wrong file can be accepted.
void check_golden(const std::string& name, const World& world, Look look, std::size_t width,
                  std::size_t height, bool is_ascii = false) {
  tui::Grid grid = drawn(world, look, width, height).grid;
  if (is_ascii) to_ascii(grid);
  test::Emulator emulator(static_cast<int>(width), static_cast<int>(height));
  const std::string bytes = tui::Encoder(tui::theme_of_terminal(true)).frame(nullptr, grid, true);
  emulator.feed(bytes);
  CHECK(emulator.text() == grid.text());
  test::record_frame(name, width, height, bytes, grid.text());
  const std::string text = grid.text() + "----\n" + grid.styles();
  const std::string file = ATM_GOLDEN "/" + name + ".txt";
  if (std::getenv("UPDATE") != nullptr) std::ofstream(file, std::ios::binary) << text;
  std::ostringstream expected;
  expected << std::ifstream(file, std::ios::binary).rdbuf();
  INFO(name << ": UPDATE=1 writes the file again");
  CHECK(expected.str() == text);
}

TEST_CASE("the frames are those of the files", "[dashboard][golden]") {
  REQUIRE(::setenv("TZ", "UTC", 1) == 0);
  ::tzset();
  const World world = World::busy();
  Look look;
  check_golden("list-80x24", world, look, 80, 24);
  check_golden("list-100x30", world, look, 100, 30);
  check_golden("list-120x30", world, look, 120, 30);
  check_golden("pane-60x15", world, look, 60, 15);
  check_golden("pane-30x10", world, look, 30, 10);
  check_golden("counts-18x3", world, look, 18, 3);
  check_golden("list-ascii-80x24", world, look, 80, 24, true);
  World branched = World::busy();
  branched.sessions.at("f0bb38ae-682f")
      .domain.facts.set("agent.worktree.branch", std::string("feature/pagination"));
  check_golden("branch-140x30", branched, look, 140, 30);
  look.choice.is_tree = false;
  check_golden("flat-100x30", world, look, 100, 30);
  look.page = Page::kInbox;
  check_golden("inbox-80x24", world, look, 80, 24);
  look.page = Page::kBoard;
  check_golden("board-160x45", world, look, 160, 45);
  check_golden("board-80x24", world, look, 80, 24);
  check_golden("board-30x10", world, look, 30, 10);
  look = {};
  look.has_details = true;
  look.cursor.select(drawn(world, look, 160, 45).rows->rows, 1);
  check_golden("details-160x45", world, look, 160, 45);
  check_golden("details-100x30", world, look, 100, 30);
  check_golden("details-60x15", world, look, 60, 15);
  look = {};
  look.is_help = true;
  check_golden("help-80x24", world, look, 80, 24);
  look = {};
  look.filter_text = "needs";
  look.choice.filter = *Filter::parse("needs");
  check_golden("filter-80x24", world, look, 80, 24);
  look.mode = Mode::kCommand;
  look.command = "copy-";
  look.candidates = {"copy-directory", "copy-id"};
  check_golden("command-80x24", world, look, 80, 24);
  look.mode = Mode::kSavedFilter;
  look.choice.saved = {{"dear", "cost>5"}, {"mine", "needs"}};
  check_golden("saved-80x24", world, look, 80, 24);
  look = {};
  look.notice =
      "time is '99:99', expected 14:32, 9am, -30s, -5m, -2h, -7d, today, yesterday, 2026-11-22 or "
      "2026-11-22T08:00:00Z";
  check_golden("notice-60x15", world, look, 60, 15);
  look = {};
  check_golden("empty-80x24", {}, look, 80, 24);
  look.connected = {"Claude Code", "Codex"};
  check_golden("connected-80x24", {}, look, 80, 24);
  look = {};
  look.is_loading = true;
  check_golden("loading-80x24", {}, look, 80, 24);
  look.arriving = Counts{4321, 12, 34, 5, Money::from_usd(67.8)};
  check_golden("arriving-80x24", {}, look, 80, 24);
  check_golden("arriving-18x3", {}, look, 18, 3);
  look = {};
  look.page = Page::kCost;
  look.report = {"today: $11.7", "", "PROJECT       LIST PRICE", "~/api-server       $11.7"};
  look.is_reporting = true;
  check_golden("cost-80x24", World::limited(), look, 80, 24);
  look = {};
  look.lost =
      "no daemon answers at /run/user/1000/atm/atm.sock (No such file "
      "or directory)";
  check_golden("lost-80x24", {}, look, 80, 24);
  check_golden("lost-list-80x24", world, look, 80, 24);
  look.at = kNow;
  check_golden("past-80x24", world, look, 80, 24);
  check_golden("past-30x10", world, look, 30, 10);
  check_golden("past-empty-80x24", {}, look, 80, 24);
}

TEST_CASE("a whole frame of 200x50 cells in 24-bit colours has at most 40 KB", "[dashboard]") {
  World world;
  const World busy = World::busy();
  for (int i = 0; i < 12; ++i) {
    for (const auto& [id, session] : busy.sessions)
      world.sessions.emplace(std::to_string(i) + id, session).first->second.domain.id =
          SessionId(std::to_string(i) + id);
  }
  for (const bool has_details : {false, true}) {
    for (const Page page : {Page::kList, Page::kInbox, Page::kBoard}) {
      Look look;
      look.page = page;
      look.has_details = has_details;
      look.choice.folds_quiet = false;
      const tui::Grid grid = drawn(world, look, 200, 50).grid;
      tui::Encoder encoder(theme_named(look.settings, "dark", tui::Depth::kTrue));
      CHECK(encoder.frame(nullptr, grid, true).size() <= 40'000);
    }
  }
}

TEST_CASE("every size is drawn without a fault", "[dashboard]") {
  const World world = World::busy();
  for (std::size_t width = 1; width <= 400; width += width < 100 ? 1 : 37) {
    for (const std::size_t height : {1U, 2U, 3U, 4U, 5U, 9U, 10U, 21U, 22U, 23U, 60U, 120U}) {
      for (int scene = 0; scene < 6; ++scene) {
        Look look;
        look.has_details = scene == 1;
        look.is_help = scene == 2;
        look.page = scene == 3   ? Page::kInbox
                    : scene == 4 ? Page::kSystem
                    : scene == 5 ? Page::kBoard
                                 : Page::kList;
        look.report.assign(scene == 4 ? 50 : 0, std::string(130, 'x'));
        const Frame frame = drawn(world, look, width, height);
        REQUIRE(frame.grid.width() == width);
        REQUIRE(frame.visible <= height);
      }
    }
  }
}

TEST_CASE("text of others changes no other column and no colour", "[dashboard]") {
  std::mt19937 random(3);  // NOLINT(cert-msc51-cpp): the same texts in every run
  World plain = World::one();
  protocol::Session& session = plain.sessions.begin()->second;
  session.domain.facts.set("agent.session.name", std::string("name"));
  Look look;
  look.choice.is_tree = false;
  const Frame before = drawn(plain, look, 100, 12);
  const std::vector<std::string> parts{
      "\x1b[31m", "\u202E", "日", "\U0001F468\u200D\U0001F469", "\u0301", "\n", "\x9b", "\xff",
      "➡\uFE0F",  "\t",     "x",  "\U0001F1E9\U0001F1EA",       "\uE000"};
  for (int i = 0; i < 500; ++i) {
    std::string hostile;
    for (std::size_t j = random() % 40; j > 0; --j) hostile += parts[random() % parts.size()];
    session.domain.facts.set("agent.session.name", hostile);
    const Frame after = drawn(plain, look, 100, 12);
    const std::string titles = before.grid.text();
    const std::size_t name = 4 + 8 + 2;
    const std::size_t status = titles.find("STATUS") - titles.find('\n') - 1;
    for (std::size_t y = 0; y < 12; ++y) {
      for (std::size_t x = 0; x < 100; ++x) {
        if (y == 2 && x >= name && x < status) {
          const tui::Cell& cell = after.grid.at(x, y);
          REQUIRE((cell.is_blank() || cell.style == before.grid.at(name, y).style));
        } else {
          REQUIRE(after.grid.at(x, y) == before.grid.at(x, y));
        }
      }
    }
  }
}

TEST_CASE("each status has a sign or a word of its own, without colours too", "[dashboard]") {
  std::set<std::string> shown;
  std::set<std::string> shown_in_ascii;
  const std::vector<SessionStatus> statuses{SessionStatus::waiting_for_permission("Bash"),
                                            SessionStatus::waiting_for_input("question"),
                                            SessionStatus::error("rate_limit"),
                                            SessionStatus::thinking(),
                                            SessionStatus::active(),
                                            SessionStatus::running_tool("Bash"),
                                            SessionStatus::compacting(),
                                            SessionStatus::background(1),
                                            SessionStatus::idle(),
                                            SessionStatus::stale(),
                                            SessionStatus::ended()};
  for (const SessionStatus& status : statuses) {
    World world;
    SessionDomain& session = world.add("s", status, "/p").domain;
    if (status.needs_attention()) session.attention = Attention{"x", kNow, false, true};
    Look look;
    look.choice.is_tree = false;
    look.choice.folds_quiet = false;
    tui::Grid grid = drawn(world, look, 100, 12).grid;
    const auto row = [&grid] {
      const std::string text = grid.text();
      const std::size_t begin = text.find('\n', text.find("STATUS")) + 1;
      return text.substr(begin, text.find('\n', begin) - begin);
    };
    CHECK(shown.insert(row()).second);
    to_ascii(grid);
    CHECK(shown_in_ascii.insert(row()).second);
  }
}

TEST_CASE("the next change is when a shown age changes", "[dashboard]") {
  World world = World::one();
  auto& session = world.sessions.begin()->second.domain;
  const auto change = [&world] {
    Look look;
    return *drawn(world, look, 80, 24).next_change - kNow;
  };
  session.status_since = kNow - seconds(7);
  CHECK(change() == seconds(1));
  session.status_since = kNow - seconds(100);
  CHECK(change() == seconds(20));
  session.status_since = kNow - minutes(150);
  CHECK(change() == minutes(30));
  Look look;
  CHECK_FALSE(drawn({}, look, 80, 24).next_change);
  look = {};
  look.is_help = true;
  CHECK_FALSE(drawn(world, look, 80, 24).next_change);
}

}  // namespace
}  // namespace atm::cli
