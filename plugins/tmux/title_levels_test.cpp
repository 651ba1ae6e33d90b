// SPDX-License-Identifier: MIT
#include "title_levels.hpp"

#include "support/catch.hpp"

using tmux::TitleLevels;

namespace {

atm::TitleRules rules() {
  atm::json::Reader reader;
  atm::TitleRules::Fault fault;
  return atm::TitleRules::compile(
             *reader.parse(R"({"rules": [{"match": "^!", "state": "waiting", "reason": "permission"},
                               {"match": "^[*]", "state": "busy"}, {"match": "^Ready", "state": "idle"},
                               {"match": "^[a-z]", "state": "idle", "after_work": true}]})"),
             fault)
      .value();
}

struct Terminal {
  /// The levels as "STATE@TIME".
  std::string show(std::string_view title) {
    const auto level = levels.take(titles.find(title), ++now);
    return level ? level->state + '@' + std::to_string(level->since_ns) : "";
  }
  const atm::TitleRules titles = rules();
  TitleLevels levels;
  std::int64_t now = 0;
};

}  // namespace

TEST_CASE_METHOD(Terminal, "work and rest count after two titles, at the time of the first one", "[levels]") {
  CHECK(show("Ready").empty());
  CHECK(show("Ready") == "idle@1");
  CHECK(show("Ready").empty());
  CHECK(show("* a").empty());
  CHECK(show("* b") == "busy@4");
  CHECK(show("* c").empty());
  CHECK(show("Ready").empty());
  CHECK(show("* d").empty());
  CHECK(show("Ready").empty());
  CHECK(show("Ready") == "idle@9");
}

TEST_CASE_METHOD(Terminal, "a wait counts at once, its end after two titles", "[levels]") {
  CHECK(show("! a") == "waiting@1");
  CHECK(show("! b").empty());
  CHECK(show("* a").empty());
  CHECK(show("* b") == "busy@3");
  CHECK(show("! a") == "waiting@5");
  CHECK(show("Ready").empty());
  CHECK(show("Ready") == "idle@6");
}

TEST_CASE_METHOD(Terminal, "a title that any program may have counts only after work", "[levels]") {
  CHECK(show("host").empty());
  CHECK(show("host").empty());
  CHECK(show("* a").empty());
  CHECK(show("* a") == "busy@3");
  CHECK(show("proj").empty());
  CHECK(show("proj") == "idle@5");
}

TEST_CASE_METHOD(Terminal, "an unknown title and another program break the succession", "[levels]") {
  CHECK(show("* a").empty());
  CHECK(show("[x]").empty());
  CHECK(show("* a").empty());
  levels.interrupt();
  CHECK(show("* a").empty());
  CHECK(show("* a") == "busy@4");
}
