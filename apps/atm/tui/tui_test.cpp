// SPDX-License-Identifier: MIT
// The grid, the bytes that bring it to a terminal emulator, and the bytes that come back.
#include <random>
#include <string>
#include <vector>

#include "encoder.hpp"
#include "grid.hpp"
#include "input.hpp"
#include "support/catch.hpp"
#include "support/emulator.hpp"
#include "support/frame_record.hpp"
#include "text.hpp"

namespace atm::cli::tui {
namespace {

constexpr Style kBold{Role::kAttention, true};

// Texts of others: each part is a trap of some terminal.
const std::vector<std::string> kTexts{"plain",
                                      "x",
                                      "日本語",
                                      "가나",
                                      "e\u0301a\u0308\u0301\u0302",
                                      "⚑✓◉▸",
                                      "\U0001F600",
                                      "➡\uFE0F",
                                      "\U0001F1E9\U0001F1EA",
                                      "\U0001F468\u200D\U0001F469\u200D\U0001F467",
                                      "\U0001FAEA",
                                      "\u202Eabc",
                                      "שלום",
                                      "\u0301",
                                      "\x1b[31m",
                                      "ｆｕｌｌ",
                                      "a\u0E33",
                                      "นำ",
                                      "\uE000",
                                      "…"};

TEST_CASE("text is cut at the edge, and a wide character is not cut in half", "[grid]") {
  Grid grid(5, 1);
  CHECK(grid.put(0, 0, "日本語") == 5);
  CHECK(grid.text() == "日本…\n");
  CHECK(grid.put(4, 0, "日") == 1);
  CHECK(grid.text() == "日本…\n");
  CHECK(grid.put(9, 0, "x") == 0);
  CHECK(grid.put(0, 9, "x") == 0);
  CHECK(Grid(0, 0).text().empty());
}

TEST_CASE("a half of a wide character that is overwritten leaves a space", "[grid]") {
  Grid grid(6, 1);
  grid.put(0, 0, "日本語");
  grid.put(1, 0, "x");
  CHECK(grid.text() == " x本語\n");
  grid.put(4, 0, "y");
  CHECK(grid.text() == " x本y\n");
}

TEST_CASE("marks share the cell of their character", "[grid]") {
  Grid grid(4, 1);
  CHECK(grid.put(0, 0, terminal_safe("e\u0301x")) == 2);
  CHECK(grid.at(0, 0).text() == "e\u0301");
  CHECK(grid.at(1, 0).text() == "x");
}

TEST_CASE("the last column shows a character without its marks", "[grid]") {
  Grid grid(2, 1);
  CHECK(grid.put(0, 0, terminal_safe("e\u0301e\u0301")) == 2);
  CHECK(grid.text() == "e\u0301e\n");
}

TEST_CASE("styles are letters, and a selection is visible", "[grid]") {
  Grid grid(6, 2);
  grid.put(0, 0, "ab", kBold);
  grid.put(3, 0, "c", {Role::kBad});
  grid.select(1, 0, 2);
  CHECK(grid.styles() == "NN r\n##\n");
}

TEST_CASE("equal grids give no bytes, and a change of one cell gives few", "[encoder]") {
  Encoder encoder(theme_of_terminal(true));
  Grid before(80, 24);
  before.put(0, 3, "waiting 1s");
  Grid after = before;
  CHECK(encoder.frame(&before, after, true).empty());
  after.put(8, 3, "2");
  CHECK(encoder.frame(&before, after, false) == "\x1b[4;9H2");
  CHECK(encoder.frame(&before, after, true) == "\x1b[?2026h\x1b[4;9H2\x1b[?2026l");
}

TEST_CASE("without colours a frame contains none, and the roles still differ", "[encoder]") {
  Grid grid(20, 1);
  grid.put(0, 0, "a", {Role::kAttention});
  grid.put(1, 0, "b", {Role::kBusy});
  grid.put(2, 0, "c", {Role::kDim});
  const std::string bytes = Encoder(theme_of_terminal(false)).frame(nullptr, grid, false);
  CHECK(bytes == "\x1b[m\x1b[1;1H\x1b[1ma\x1b[mb\x1b[0;2mc\x1b[K\x1b[m");
}

TEST_CASE("a change writes its cells only", "[encoder]") {
  Encoder encoder(theme_of_terminal(true));
  Grid before(80, 24);
  before.put(0, 3, "name       running     Bash", {Role::kBusy});
  Grid after = before;
  after.put(0, 3, "N", {Role::kBusy});
  after.put(11, 3, "thinking", {Role::kBusy});
  CHECK(encoder.frame(&before, after, false) == "\x1b[4;1H\x1b[36mN\x1b[12Gthinking\x1b[m");
  // The style of a blank is invisible, unless it is selected.
  after = before;
  after.put(40, 3, "    ", {Role::kBad, true});
  CHECK(encoder.frame(&before, after, false).empty());
  after.select(3, 40, 41);
  CHECK(encoder.frame(&before, after, false) == "\x1b[4;41H\x1b[31;1;7m \x1b[m");
}

// Draws random texts at random places and compares the emulator with the grid after each frame.
TEST_CASE("an emulator that receives differences shows the grid", "[encoder][emulator]") {
  constexpr int kWidth = 23;
  constexpr int kHeight = 5;
  constexpr int kFrames = 20'000;
  constexpr int kRecorded = 2'000;
  std::mt19937 random(7);  // NOLINT(cert-msc51-cpp): the same frames in every run
  const auto below = [&random](std::size_t limit) { return random() % limit; };
  test::Emulator emulator(kWidth, kHeight);
  Encoder encoder(theme_of_terminal(true));
  Grid shown;
  for (int i = 0; i < kFrames; ++i) {
    Grid next = below(20) == 0 || shown.width() == 0 ? Grid(kWidth, kHeight) : shown;
    for (std::size_t j = below(4); j > 0; --j) {
      // One statement for each number: the order in which a compiler evaluates arguments is its own.
      const Style style{static_cast<Role>(below(kRoles)), below(3) == 0};
      const std::size_t x = below(kWidth);
      const std::size_t y = below(kHeight);
      const std::string text = terminal_safe(kTexts[below(kTexts.size())]);
      next.put(x, y, text, style, below(12));
    }
    if (below(5) == 0) {
      const std::size_t y = below(kHeight);
      const std::size_t x = below(5);
      next.select(y, x, below(kWidth));
    }
    const bool is_whole = shown.width() == 0 || below(500) == 0;
    const std::string bytes = encoder.frame(is_whole ? nullptr : &shown, next, below(2) == 0);
    emulator.feed(bytes);
    if (i < kRecorded) test::record_frame("random", kWidth, kHeight, bytes, next.text());
    shown = next;
    for (int y = 0; y < kHeight; ++y) {
      for (int x = 0; x < kWidth; ++x) {
        const Cell& cell = shown.at(static_cast<std::size_t>(x), static_cast<std::size_t>(y));
        const bool is_text = emulator.text_at(x, y) == cell.text();
        const bool is_selected = emulator.cell(x, y).attrs.reverse == (cell.style.selected ? 1U : 0U);
        if (is_text && (is_selected || cell.width == 0)) continue;
        INFO("frame " << i << " at " << x << "," << y << ": '" << emulator.text_at(x, y) << "' instead of '"
                      << cell.text() << "'\n"
                      << shown.text());
        FAIL();
      }
    }
  }
}

std::vector<Event> events_of(std::string_view bytes) {
  Input input;
  auto events = input.feed(bytes);
  const auto rest = input.expire();
  events.insert(events.end(), rest.begin(), rest.end());
  return events;
}

TEST_CASE("keys are read from their sequences", "[input]") {
  CHECK(events_of("\x1b[A")[0].key == Key::kUp);
  CHECK(events_of("\x1bOB")[0].key == Key::kDown);
  CHECK(events_of("\x1b[5~")[0].key == Key::kPageUp);
  CHECK(events_of("\x1b[1;5H")[0].key == Key::kHome);
  CHECK(events_of("\x1b[Z")[0].key == Key::kBackTab);
  CHECK(events_of("\r")[0].key == Key::kEnter);
  CHECK(events_of("\x7f")[0].key == Key::kBackspace);
  CHECK(events_of("\x1b")[0].key == Key::kEscape);
  CHECK(events_of("é")[0].character == U'é');
  const Event control = events_of("\x04")[0];
  CHECK((control.control && control.character == U'd'));
  const Event alt = events_of("\x1bx")[0];
  CHECK((alt.alt && alt.character == U'x'));
  const auto twice = events_of("\x1b\x1b[A");
  REQUIRE(twice.size() == 2);
  CHECK(twice[0].key == Key::kEscape);
  CHECK(twice[1].key == Key::kUp);
}

TEST_CASE("unknown sequences and answers are dropped whole, and the next key is read", "[input]") {
  for (const char* unknown :
       {"\x1b[1;2;3x", "\x1b[?62;22c", "\x1b]11;rgb:0000/0000/0000\x1b\\", "\x1b]11;x\a", "\x1bP1$r0m\x1b\\",
        "\x1b[<35;3;4M", "\x1b[<0;3;4m", "\x1bOz", "\x1b[I", "\x1b[200~\x1b[201~"}) {
    const auto events = events_of(std::string(unknown) + "q");
    INFO(std::string(unknown).substr(1));
    REQUIRE_FALSE(events.empty());
    CHECK(events.back().character == U'q');
    for (std::size_t i = 0; i + 1 < events.size(); ++i) CHECK(events[i].kind != Event::Kind::kKey);
  }
  CHECK(events_of("\x1b[?2026;2$y")[0].kind == Event::Kind::kSynchronized);
  CHECK(events_of("\x1b[?2026;0$y").empty());
}

TEST_CASE("the mouse is read with its position", "[input]") {
  const Event press = events_of("\x1b[<0;3;4M")[0];
  CHECK(press.kind == Event::Kind::kPress);
  CHECK(press.x == 2);
  CHECK(press.y == 3);
  CHECK(events_of("\x1b[<65;1;1M")[0].kind == Event::Kind::kWheelDown);
}

TEST_CASE("every split of the input gives the same events", "[input]") {
  const std::string bytes =
      "j\x1b[<64;10;20M\x1b[200~pasted\x1b[3 "
      "text\r\x1b[201~é日\x1b]11;rgb:ff/ff/ff\x1b\\\x1b[?2026;1$y\x1b[?1;2c\x1bOA\x1f";
  const auto describe = [](const std::vector<Event>& events) {
    std::string text;
    for (const Event& event : events) {
      text += std::to_string(static_cast<int>(event.kind)) + "/" +
              std::to_string(static_cast<int>(event.key)) + "/" +
              std::to_string(static_cast<unsigned>(event.character)) + "/" + event.text + " ";
    }
    return text;
  };
  const std::string whole = describe(events_of(bytes));
  CHECK(whole.find("pasted\x1b[3 text\r") != std::string::npos);
  for (std::size_t first = 0; first <= bytes.size(); ++first) {
    for (std::size_t second = first; second <= bytes.size(); ++second) {
      Input input;
      auto events = input.feed(std::string_view(bytes).substr(0, first));
      for (const auto& part : {bytes.substr(first, second - first), bytes.substr(second)}) {
        for (Event& event : input.feed(part)) events.push_back(std::move(event));
      }
      REQUIRE(describe(events) == whole);
    }
  }
}

TEST_CASE("random bytes neither hang nor keep keys forever", "[input]") {
  std::mt19937 random(11);  // NOLINT(cert-msc51-cpp): the same bytes in every run
  constexpr std::string_view kLikely = "\x1b\x1b[]<;?0129~MmPO\\\a$yc";
  for (int i = 0; i < 2'000; ++i) {
    Input input;
    std::string bytes;
    for (std::size_t j = random() % 64; j > 0; --j)
      bytes += random() % 3 == 0 ? static_cast<char>(random() % 256) : kLikely[random() % kLikely.size()];
    static_cast<void>(input.feed(bytes));
    // The longest thing that may be open is a paste or a string.
    static_cast<void>(input.feed("\x1b[201~\a\x1b\\"));
    static_cast<void>(input.expire());
    const auto events = input.feed("q");
    REQUIRE(events.size() == 1);
    REQUIRE(events[0].character == U'q');
  }
}

}  // namespace
}  // namespace atm::cli::tui
