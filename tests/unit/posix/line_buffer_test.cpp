// SPDX-License-Identifier: MIT
#include <rapidcheck.h>

#include <atm/posix/line_buffer.hpp>
#include <string>
#include <vector>

#include "support/catch.hpp"

using atm::posix::LineBuffer;

namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::size_t at = 0;
  for (std::size_t end = text.find('\n'); end != std::string::npos; end = text.find('\n', at)) {
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  if (at < text.size()) lines.push_back(text.substr(at));
  return lines;
}

}  // namespace

TEST_CASE("lines are whole and in order however the stream is split, with each line returned twice",
          "[lines]") {
  CHECK(rc::check([] {
    const auto text = *rc::gen::container<std::string>(rc::gen::element('a', 'b', '\n'));
    LineBuffer buffer(64 + text.size());
    std::vector<std::string> lines;
    std::size_t at = 0;
    while (at < text.size()) {
      const auto size = *rc::gen::inRange<std::size_t>(1, text.size() - at + 1);
      const std::string chunk =
          text.substr(at, size);  // destroyed after this round, like a shared read buffer
      at += size;
      buffer.put(chunk);
      bool is_stopped = false;
      while (!is_stopped) {
        auto line = buffer.next();
        if (!line) break;
        if (*rc::gen::arbitrary<bool>()) {
          const std::string before(*line);
          buffer.unget();
          line = buffer.next();
          RC_ASSERT(line.has_value());
          RC_ASSERT(*line == before);
        }
        lines.emplace_back(*line);
        // Sometimes the host is busy, and the buffer keeps the rest.
        is_stopped = *rc::gen::arbitrary<bool>();
        if (is_stopped) buffer.unget(), lines.pop_back();
      }
      buffer.keep();
    }
    while (auto line = buffer.next()) lines.emplace_back(*line);
    buffer.keep();
    if (const auto rest = buffer.rest()) lines.emplace_back(*rest);
    RC_ASSERT(lines == lines_of(text));
    RC_ASSERT(!buffer.is_too_long());
    buffer.keep();
    RC_ASSERT(buffer.is_empty());
  }));
}

TEST_CASE(
    "a line of exactly the limit is accepted, and one byte more is too long, wherever the stream is split",
    "[lines]") {
  const std::size_t limit = 100;
  for (std::size_t length : {limit, limit + 1}) {
    for (std::size_t cut = 1; cut <= length; ++cut) {
      const std::string text = std::string(length, 'x') + '\n';
      LineBuffer buffer(limit);
      std::size_t given = 0;
      for (const std::string& chunk : {text.substr(0, cut), text.substr(cut)}) {
        buffer.put(chunk);
        while (buffer.next()) ++given;
        buffer.keep();
      }
      CHECK(given == (length == limit ? 1 : 0));
      CHECK(buffer.is_too_long() == (length > limit));
    }
  }
}

TEST_CASE("TRAP-W4: an endless line is abandoned at the limit instead of being stored", "[lines]") {
  LineBuffer buffer(1024 * 1024);
  const std::string chunk(256 * 1024, 'x');
  int chunks = 0;
  while (!buffer.is_too_long()) {
    REQUIRE(++chunks < 10);
    buffer.put(chunk);
    CHECK_FALSE(buffer.next().has_value());
    buffer.keep();
    CHECK(buffer.bytes_held() <= 4 * 1024 * 1024);
  }
  CHECK(chunks == 5);
}

TEST_CASE("an idle connection keeps no memory for its largest line", "[lines]") {
  LineBuffer buffer(1024 * 1024);
  const std::string half(500'000, 'x');
  buffer.put(half);
  CHECK_FALSE(buffer.next().has_value());
  buffer.keep();
  buffer.put("\n");
  CHECK(buffer.next().has_value());
  buffer.keep();
  CHECK(buffer.bytes_held() < 1024);
}
