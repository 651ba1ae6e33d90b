// SPDX-License-Identifier: MIT
#include "watch_view.hpp"

#include "session_samples.hpp"
#include "support/catch.hpp"

namespace atm::cli {
namespace {

struct Paper {
  std::vector<std::string> lines;
  bool is_read = true;

  Output output() {
    return [this](std::string_view text) {
      lines.emplace_back(text.substr(text.find("  ") + 2));  // without the time of day
      return is_read;
    };
  }
};

Scene scene() {
  return {kNow, "/home/dev", {}};
}

Client::Message of(protocol::DaemonMessage message) {
  return {std::move(message), {}};
}

protocol::Session idle(const char* id) {
  return sample_session(id, SessionStatus::idle());
}

TEST_CASE("a change that shows makes one line, one that does not makes none", "[watch]") {
  Paper paper;
  const auto view = change_lines(paper.output(), scene);
  protocol::Session session = idle("0bb3f80d-a738");
  REQUIRE(view->show(of(protocol::SessionRegistered{session, 1, 1})));
  session.domain.last_activity += std::chrono::seconds(1);
  REQUIRE(view->show(of(protocol::SessionUpdated{session, 2, 2})));
  session.domain.status = SessionStatus::running_tool("Bash");
  REQUIRE(view->show(of(protocol::SessionUpdated{session, 3, 3})));
  REQUIRE(paper.lines.size() == 2);
  CHECK(paper.lines[0].find("idle") != std::string::npos);
  CHECK(paper.lines[1].find("running (Bash)") != std::string::npos);
  CHECK(view->shown() == 2);
}

TEST_CASE("a session that goes is said to go, with the reason", "[watch]") {
  Paper paper;
  const auto view = change_lines(paper.output(), scene);
  REQUIRE(view->show(of(protocol::SessionRegistered{idle("0bb3f80d-a738"), 1, 1})));
  REQUIRE(view->show(of(protocol::SessionRemoved{"0bb3f80d-a738", "process_exited", 2})));
  CHECK(paper.lines.back() == "0bb3f80d  removed (process_exited)\n");
}

TEST_CASE("a snapshot after a gap takes away what it does not name", "[watch]") {
  Paper paper;
  const auto view = change_lines(paper.output(), scene);
  REQUIRE(view->show(of(protocol::Sessions{{idle("aaaaaaaa-1"), idle("bbbbbbbb-2")}, 5, false})));
  REQUIRE(view->show(of(protocol::Gap{3})));
  REQUIRE(view->show(of(protocol::Sessions{{idle("bbbbbbbb-2")}, 9, false})));
  REQUIRE(paper.lines.size() == 3);
  CHECK(paper.lines.back() == "aaaaaaaa  removed\n");
}

TEST_CASE("an update of a session never seen before shows it", "[watch]") {
  Board board;
  const auto changes = board.apply(protocol::SessionUpdated{idle("late"), 7, 3});
  CHECK(changes.seen == std::vector<std::string>{"late"});
  CHECK(board.find("late") != nullptr);
  CHECK(board.apply(protocol::SessionRemoved{"never", "ended", 8}).removed.empty());
}

TEST_CASE("a view says when nobody reads any more", "[watch]") {
  Paper paper;
  paper.is_read = false;
  const auto view = change_lines(paper.output(), scene);
  CHECK_FALSE(view->show(of(protocol::SessionRegistered{idle("x"), 1, 1})));
}

TEST_CASE("as JSON every line of the daemon is passed on as it came", "[watch]") {
  std::string text;
  const auto view = message_lines([&text](std::string_view line) {
    text += line;
    return true;
  });
  REQUIRE(view->show({protocol::Gap{1}, {R"({"type":"gap","missed":1,"new_field":true})"}}));
  CHECK(text == "{\"type\":\"gap\",\"missed\":1,\"new_field\":true}\n");
  CHECK(view->shown() == 1);
}

}  // namespace
}  // namespace atm::cli
