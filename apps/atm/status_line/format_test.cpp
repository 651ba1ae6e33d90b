// SPDX-License-Identifier: MIT
#include "format.hpp"

#include <rapidcheck.h>

#include "support/catch.hpp"

namespace atm::cli {
namespace {

// `[a]| [b]`: each segment in brackets after its separator; a placeholder as its number in braces.
std::string shape(const std::vector<Segment>& line) {
  const auto pieces = [](const std::vector<Piece>& list) {
    std::string text;
    for (const Piece& piece : list) {
      text += piece.field == Field::kText ? piece.text
                                          : "{" + std::to_string(static_cast<int>(piece.field)) + "}";
    }
    return text;
  };
  std::string text;
  for (const Segment& segment : line) text += pieces(segment.separator) + "[" + pieces(segment.pieces) + "]";
  return text;
}

std::string shape(std::string_view text) {
  const Format format = parse_format(text);
  std::string all;
  for (const auto& line : format.lines) all += shape(line) + "\n";
  all.pop_back();
  return all;
}

TEST_CASE("marks between blanks, or two blanks, separate segments", "[status_line]") {
  CHECK(shape("{model} | {cost}") == "[{0}] | [{5}]");
  CHECK(shape("{model} · {cost} // {lines}") == "[{0}] · [{5}] // [{6}]");
  CHECK(shape("{model}  {cost}") == "[{0}]  [{5}]");
  CHECK(shape("{model} {cost}") == "[{0} {5}]");
  CHECK(shape("{model}|{cost}") == "[{0}|{5}]");
  CHECK(shape("+{lines} -{cost}") == "[+{6} -{5}]");
  CHECK(shape("{model}{dim} | {plain}{cost}") == "[{0}] | [{5}]");
}

TEST_CASE("a line ends at a line feed, or at a literal \\n from the shell", "[status_line]") {
  CHECK(shape("{model}\n{cost}") == "[{0}]\n[{5}]");
  CHECK(shape("{model}\\n{cost}") == "[{0}]\n[{5}]");
  CHECK(shape("{model}\\\\n") == "[{0}\\n]");
}

TEST_CASE("a doubled brace is a brace", "[status_line]") {
  CHECK(shape("{{model}}") == "[{model}]");
  CHECK(parse_format("{{model}} }").problems.empty());
}

TEST_CASE("an unknown placeholder is reported and shown as written", "[status_line]") {
  const Format format = parse_format("{modle} | {model}");
  REQUIRE(format.problems.size() == 1);
  CHECK(format.problems[0].find("unknown placeholder '{modle}', expected one of model, ") == 0);
  CHECK(shape("{modle} | {model}") == "[{modle}] | [{0}]");
}

TEST_CASE("only the context accepts a size, within limits", "[status_line]") {
  CHECK(parse_format("{context:20}").problems.empty());
  CHECK(parse_format("{context:20}").lines[0][0].pieces[0].size == 20);
  for (const char* text : {"{context:0}", "{context:101}", "{context:}", "{context:x}",
                           "{context:99999999999999999999}", "{cost:3}", "{context:-1}", "{red:3}"}) {
    CHECK(parse_format(text).problems.size() == 1);
  }
}

TEST_CASE("an unclosed brace is reported and shown", "[status_line]") {
  CHECK(parse_format("{model").problems.size() == 1);
  CHECK(shape("a {model\n{cost}") == "[a {model]\n[{5}]");
}

TEST_CASE("control characters of a format are removed", "[status_line]") {
  CHECK(shape("\x1b[31m{model}") == "[\uFFFD[31m{0}]");
}

TEST_CASE("the default format has no problem", "[status_line]") {
  CHECK(parse_format(kDefaultFormat).problems.empty());
  CHECK(parse_format(kDefaultFormat).uses(Field::kAttention));
  CHECK_FALSE(parse_format("{model}").uses(Field::kAttention));
}

TEST_CASE("any bytes are a valid format", "[status_line]") {
  CHECK(rc::check("a format has at least one line and keeps its text", [](const std::string& bytes) {
    const Format format = parse_format(bytes);
    RC_ASSERT(!format.lines.empty());
  }));
}

}  // namespace
}  // namespace atm::cli
