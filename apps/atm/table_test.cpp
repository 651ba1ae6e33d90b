// SPDX-License-Identifier: MIT
#include "table.hpp"

#include <rapidcheck.h>

#include <sstream>

#include "support/catch.hpp"
#include "text.hpp"

namespace atm::cli {
namespace {

Table sample() {
  Table table({{.title = "ID"},
               {.title = "WHERE", .shrink = Shrink::kMiddle, .narrowest = 7},
               {.title = "COST", .align = Align::kRight, .dispensable = 1}});
  table.add_row({{"a1"}, {"/home/dev/some/project"}, {"$0.35"}});
  table.add_row({{"b2"}, {"日本語"}, {"$12.3"}});
  return table;
}

TEST_CASE("without a width a table is as wide as needed, without trailing blanks", "[table]") {
  CHECK(sample().render({}) ==
        "ID  WHERE                    COST\n"
        "a1  /home/dev/some/project  $0.35\n"
        "b2  日本語                  $12.3\n");
}

TEST_CASE("a shrinking column shrinks to the available width", "[table]") {
  CHECK(sample().render({.columns = 23}) ==
        "ID  WHERE          COST\n"
        "a1  /home…roject  $0.35\n"
        "b2  日本語        $12.3\n");
}

TEST_CASE("a dispensable column is dropped if shrinking is not enough", "[table]") {
  CHECK(sample().render({.columns = 12}) ==
        "ID  WHERE\n"
        "a1  /ho…ject\n"
        "b2  日本語\n");
}

TEST_CASE("lines are cut at the edge if nothing else can shrink", "[table]") {
  CHECK(sample().render({.columns = 6}) ==
        "ID  W…\n"
        "a1  …t\n"
        "b2  …\n");
}

TEST_CASE("no line is wider than the terminal", "[table]") {
  CHECK(rc::check("a rendered table fits the width", [](const std::vector<std::string>& cells) {
    const auto columns = *rc::gen::inRange<std::size_t>(1, 60);
    Table table({{.title = "ONE", .shrink = Shrink::kEnd, .narrowest = 4},
                 {.title = "TWO", .align = Align::kRight, .dispensable = 1},
                 {.title = "THREE", .shrink = Shrink::kMiddle}});
    for (const std::string& cell : cells) {
      table.add_row({{terminal_safe(cell)}, {"日本"}, {terminal_safe(cell + cell)}});
    }
    std::istringstream lines(table.render({.columns = columns}));
    for (std::string line; std::getline(lines, line);) RC_ASSERT(display_width(line) <= columns);
  }));
}

TEST_CASE("colour surrounds only the text, and only on request", "[table]") {
  Table table({{.title = "A"}, {.title = "B"}});
  table.add_row({{"x", Style::kRed}, {"y"}});
  CHECK(table.render({.colour = true}) == "\x1b[1mA\x1b[0m  \x1b[1mB\x1b[0m\n\x1b[31mx\x1b[0m  y\n");
  CHECK(table.render({}) == "A  B\nx  y\n");
}

}  // namespace
}  // namespace atm::cli
