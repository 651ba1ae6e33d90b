// SPDX-License-Identifier: MIT
#include "kernel/system/log.hpp"

#include <string>
#include <utility>

#include "support/catch.hpp"

using namespace atm::kernel;

namespace {

struct LogFixture {
  explicit LogFixture(LogOptions options = {}) : log(clock, with_stream(std::move(options))) {}
  LogOptions with_stream(LogOptions options) {
    options.is_journal = true;
    options.output = [this](std::string_view line) { return out.append(line), true; };
    return options;
  }
  const std::string& text() {
    REQUIRE(log.flush(std::chrono::seconds(20)));
    return out;
  }

  ManualClock clock;
  std::string out;
  Log log;
};

}  // namespace

TEST_CASE("a line has its fields before its text and a priority for the journal", "[log]") {
  LogFixture f;
  f.log.write(LogLevel::kWarn, "unix", "listening", {{"path", "/run/a"}, {"clients", 3}});
  CHECK(f.text() == "<4>plugin=unix path=/run/a clients=3 listening\n");
}

TEST_CASE("a line below the level is not written", "[log]") {
  LogFixture f;
  f.log.debug("quiet");
  CHECK(f.text().empty());
}

TEST_CASE("the text of a plugin never makes a second line or ill-formed text", "[log]") {
  LogFixture f;
  f.log.write(LogLevel::kInfo, "p", "a\nb\x1b[31m\xff", {{"k", "v \"w\"\n"}, {"empty", ""}});
  CHECK(f.text() == "<6>plugin=p k=\"v \\\"w\\\"\\n\" empty=\"\" a\\nb\\x1b[31m\xEF\xBF\xBD\n");
}

TEST_CASE("a long line is cut on a character boundary", "[log]") {
  LogFixture f;
  std::string text;
  for (int i = 0; i < 3000; ++i) text += "é";
  f.log.info(text);
  CHECK(f.text().size() <= Log::kMaxLineBytes + 1);
  CHECK(f.text().substr(f.text().size() - 3) == "é\n");
}

TEST_CASE("a flood of one source is cut to its rate and counted, and affects no other source", "[log]") {
  LogOptions options;
  options.burst = 3;
  options.per_second = 1;
  LogFixture f(options);
  for (int i = 0; i < 10; ++i) f.log.write(LogLevel::kInfo, "flood", "x", {});
  f.log.info("still heard");
  f.clock.advance(1'000'000'000);
  f.log.write(LogLevel::kInfo, "flood", "y", {});
  CHECK(f.text() ==
        "<6>plugin=flood x\n<6>plugin=flood x\n<6>plugin=flood x\n<6>still heard\n"
        "<6>plugin=flood suppressed=7 y\n");
}

TEST_CASE("without a journal a line has the time in UTC and the level", "[log]") {
  ManualClock clock(1'767'225'600'007'900'000);
  std::string text;
  LogOptions options;
  options.output = [&text](std::string_view line) { return text.append(line), true; };
  Log(clock, options).error("gone");
  CHECK(text == "2026-01-01T00:00:00.007Z error gone\n");
}

TEST_CASE("only the four values of --log-level are levels", "[log]") {
  CHECK(parse_log_level("debug") == LogLevel::kDebug);
  CHECK(parse_log_level("error") == LogLevel::kError);
  CHECK_FALSE(parse_log_level("loud").has_value());
}
