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

/// A view and its copy.
struct Shown {
  explicit Shown(std::unique_ptr<View> made) : view(std::move(made)) {}
  bool show(const protocol::DaemonMessage& message) {
    const auto changes = copy.apply(message);
    return view->show({{message, {}}, changes}, copy);
  }
  std::unique_ptr<View> view;
  client::SessionCopy copy;
};

TEST_CASE("a visible change prints one line, and an invisible one prints none", "[watch]") {
  Paper paper;
  Shown view(change_lines(paper.output(), scene));
  protocol::Session session = idle("0bb3f80d-a738");
  REQUIRE(view.show(protocol::SessionRegistered{session, 1, 1}));
  session.domain.last_activity += std::chrono::seconds(1);
  REQUIRE(view.show(protocol::SessionUpdated{session, 2, 2}));
  session.domain.status = SessionStatus::running_tool("Bash");
  REQUIRE(view.show(protocol::SessionUpdated{session, 3, 3}));
  REQUIRE(paper.lines.size() == 2);
  CHECK(paper.lines[0].find("idle") != std::string::npos);
  CHECK(paper.lines[1].find("running (Bash)") != std::string::npos);
  CHECK(view.view->shown() == 2);
}

TEST_CASE("a removed session is reported with the reason", "[watch]") {
  Paper paper;
  Shown view(change_lines(paper.output(), scene));
  REQUIRE(view.show(protocol::SessionRegistered{idle("0bb3f80d-a738"), 1, 1}));
  REQUIRE(view.show(protocol::SessionRemoved{"0bb3f80d-a738", "process_exited", 2}));
  CHECK(paper.lines.back() == "0bb3f80d  removed (process_exited)\n");
}

TEST_CASE("a snapshot after a gap removes the sessions that it does not contain", "[watch]") {
  Paper paper;
  Shown view(change_lines(paper.output(), scene));
  REQUIRE(view.show(protocol::Sessions{{idle("aaaaaaaa-1"), idle("bbbbbbbb-2")}, 5, false}));
  REQUIRE(view.show(protocol::Gap{3}));
  REQUIRE(view.show(protocol::Sessions{{idle("bbbbbbbb-2")}, 9, false}));
  REQUIRE(paper.lines.size() == 3);
  CHECK(paper.lines.back() == "aaaaaaaa  removed\n");
}

TEST_CASE("a session that the next daemon does not know is reported as gone", "[watch]") {
  Paper paper;
  Shown view(change_lines(paper.output(), scene));
  REQUIRE(view.show(protocol::Sessions{{idle("aaaaaaaa-1"), idle("bbbbbbbb-2")}, 5, false}));
  view.copy = {};
  REQUIRE(view.view->found_again(true));
  REQUIRE(view.show(protocol::Sessions{{idle("bbbbbbbb-2")}, 1, false}));
  CHECK(paper.lines.back() == "aaaaaaaa  removed\n");
}

TEST_CASE("a view reports a closed output", "[watch]") {
  Paper paper;
  paper.is_read = false;
  Shown view(change_lines(paper.output(), scene));
  CHECK_FALSE(view.show(protocol::SessionRegistered{idle("x"), 1, 1}));
}

TEST_CASE("as JSON every line of the daemon is printed unchanged", "[watch]") {
  std::string text;
  const auto view = message_lines([&text](std::string_view line) {
    text += line;
    return true;
  });
  const Client::Message gap{protocol::Gap{1}, {R"({"type":"gap","missed":1,"new_field":true})"}};
  REQUIRE(view->show({gap, {}}, {}));
  CHECK(text == "{\"type\":\"gap\",\"missed\":1,\"new_field\":true}\n");
  CHECK(view->shown() == 1);
}

}  // namespace
}  // namespace atm::cli
