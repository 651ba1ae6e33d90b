// SPDX-License-Identifier: MIT
#include "history/past.hpp"

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "history/written_history.hpp"
#include "support/catch.hpp"
#include "support/text.hpp"

namespace atm::cli {
namespace {

using sqlite::Transaction;
using test::contains;

constexpr std::int64_t kBegin = 1'800'000'000'000'000'000;
constexpr std::int64_t kEnd = kBegin + 100'000'000'000'000;

/// Sessions whose tools begin and end, one input a second; some have no new content.
class Work : public atm::test::WrittenHistory {
 public:
  Work() : WrittenHistory(kBegin, "s0") {
    Transaction transaction(file().database());
    file().begin_run({0, kBegin, 0, false, "boot", "1", 1'000'000});
    transaction.commit();
  }
  void work(int inputs) {
    std::vector<atm::history::Input> all;
    for (; inputs > 0; --inputs, ++second_) {
      atm::history::Input one;
      one.seq = static_cast<std::uint64_t>(second_);
      one.arrived_ns = one.time_ns = at(second_);
      one.awake_ns = one.arrived_ns - kBegin;
      one.session = "s" + std::to_string(random_() % 5);
      one.agent = "claude_code";
      one.origin = "claude_code/hook";
      const bool is_begin = random_() % 2 == 0;
      one.type = is_begin ? "tool.started" : "tool.finished";
      one.attrs = {{"tool", std::string("Bash")}, {"tool_use_id", "t" + std::to_string(second_)}};
      if (random_() % 3 == 0) {
        one.kind = ATM_STORED_REPEAT;
        one.attrs.clear();
      }
      all.push_back(std::move(one));
    }
    Transaction transaction(file().database());
    file().append(all);
    file().seal(0);
    transaction.commit();
  }
  void gap(double from, double to, const char* reason) {
    Transaction transaction(file().database());
    file().add_gap({at(from), at(to), 1, reason});
    transaction.commit();
  }

 private:
  std::mt19937 random_{3};
  int second_ = 1;
};

std::vector<std::string> sessions_at(Past& past, std::int64_t at_ns) {
  const auto found = past.seek(at_ns, kEnd);
  REQUIRE(found);
  return past.snapshot();
}

std::vector<std::int64_t> changes_of(Past& past, std::int64_t since_ns) {
  REQUIRE(past.seek(since_ns, kEnd));
  std::vector<std::int64_t> all;
  past.play(kEnd, [&all](const Past::Step& step) {
    all.push_back(step.at_ns);
    return true;
  });
  return all;
}

}  // namespace

TEST_CASE("a seek of a reader that keeps states gives the sessions that a new reader gives", "[past]") {
  Work work;
  work.work(3'000);
  Past past(work.file(), 100);
  std::mt19937 random(5);
  for (int i = 0; i < 200; ++i) {
    const std::int64_t at_ns = work.at(static_cast<double>(random() % 3'000) + 0.5);
    Past fresh(work.file(), 100);
    INFO(at_ns);
    REQUIRE(sessions_at(past, at_ns) == sessions_at(fresh, at_ns));
  }
}

TEST_CASE("each change before a time is found, back to the first one", "[past]") {
  Work work;
  work.work(1'500);
  Past past(work.file(), 100);
  std::vector<std::int64_t> changes = changes_of(past, kBegin);
  REQUIRE(changes.size() > 700);
  std::int64_t at_ns = work.at(2'000);
  for (; !changes.empty(); changes.pop_back()) {
    const auto found = past.change_before(at_ns, kEnd);
    REQUIRE(found);
    REQUIRE(*found == changes.back());
    at_ns = *found;
  }
  CHECK(contains(past.change_before(at_ns, kEnd).error().message, "the history has no change before "));
}

TEST_CASE("the change before a gap is found from after it and from within it", "[past]") {
  Work work;
  work.work(300);
  work.gap(300.5, 310, "unclean");
  Past past(work.file(), 100);
  const std::int64_t last = *past.change_before(work.at(300.4), kEnd);
  CHECK(*past.change_before(work.at(350), kEnd) == work.at(310));
  CHECK(*past.change_before(work.at(310), kEnd) == last);
  CHECK(*past.change_before(work.at(305), kEnd) == last);

  work.gap(320, 330, "disk");
  CHECK(*past.change_before(work.at(350), kEnd) == work.at(330));
  CHECK(*past.change_before(work.at(330), kEnd) == work.at(310));
  CHECK(*past.change_before(work.at(325), kEnd) == work.at(310));
}

TEST_CASE("a gap that the daemon stores during a replay is shown in it", "[past]") {
  Work work;
  work.work(300);
  Past past(work.file(), 100);
  REQUIRE(past.seek(kBegin, kEnd));
  std::vector<std::string> seen;
  past.play(kEnd, [&](const Past::Step& step) {
    if (seen.empty()) {
      work.gap(300.5, 310.5, "disk");
      seen.push_back("first");
    }
    if (!step.gap.empty()) seen.push_back(step.gap);
    return true;
  });
  CHECK(seen == std::vector<std::string>{"first", "the file could not be written"});
}

TEST_CASE("a state that a reader keeps does not outlive atm history forget", "[past]") {
  Work work;
  work.work(3'000);
  Past past(work.file(), 100);
  const std::int64_t at_ns = work.at(2'999);
  const auto before = sessions_at(past, at_ns);
  work.file().forget([](const atm::history::Input& input) { return input.session == "s1"; });
  Past fresh(work.file(), 100);
  const auto after = sessions_at(past, at_ns);
  CHECK(after != before);
  CHECK(after == sessions_at(fresh, at_ns));
}

TEST_CASE("the limit of sessions is that of the daemon", "[past]") {
  Work work;
  work.work(300);
  Past past(work.file(), 3);
  const auto count = [](const std::vector<std::string>& lines) {
    std::size_t found = 0;
    for (const std::string& line : lines) {
      for (int i = 0; i < 5; ++i) found += contains(line, R"("id":"s)" + std::to_string(i)) ? 1 : 0;
    }
    return found;
  };
  CHECK(count(sessions_at(past, work.at(299))) == 3);
  Past all(work.file(), 5);
  CHECK(count(sessions_at(all, work.at(299))) == 5);
}

}  // namespace atm::cli
