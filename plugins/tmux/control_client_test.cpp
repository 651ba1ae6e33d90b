// SPDX-License-Identifier: MIT
#include "control_client.hpp"

#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "support/catch.hpp"
#include "support/temp_dir.hpp"
#include "support/wait.hpp"

using tmux::ControlClient;
using tmux::Pane;

namespace {

/// A tmux server of its own.
struct Server {
  ~Server() { run("kill-server"); }
  void run(const std::string& command) const {
    const std::string line = "tmux -S " + socket + " -f /dev/null " + command + " >/dev/null 2>&1";
    result = std::system(line.c_str());
  }
  [[nodiscard]] std::vector<std::string> titles(ControlClient& client) const {
    std::vector<std::string> all;
    const auto panes = client.panes(std::chrono::seconds(20));
    if (!panes) return {"none"};
    for (const Pane& pane : *panes) all.push_back(pane.id + ' ' + pane.title);
    return all;
  }

  const atm::test::TempDir dir;
  const std::string socket = dir.path("tmux.sock");
  mutable int result = 0;
};

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("a line of a pane has its id, its terminal and its title", "[control]") {
  const auto pane = tmux::parse_pane("%12 /dev/pts/3 a title  with spaces ");
  REQUIRE(pane.has_value());
  CHECK(pane->id == "%12");
  CHECK(pane->tty == "/dev/pts/3");
  CHECK(pane->title == "a title  with spaces ");
  for (const char* const line : {"", "%", "%1", "%1 /dev/pts/3", "%a /dev/pts/3 x", "1 /dev/pts/3 x",
                                 "% /x y", "%exit now please", "%session-changed $1 two", "%1x /dev/pts/0 t"})
    CHECK_FALSE(tmux::parse_pane(line).has_value());
}

TEST_CASE_METHOD(Server, "one client reads the titles of all sessions of a server", "[control]") {
  run("new-session -d -s one 'sleep 1000'");
  REQUIRE(result == 0);
  run("new-session -d -s two 'sleep 1000'");
  run("select-pane -t one -T 'Ready %2 /dev/pts/9 x'");
  run("select-pane -t two -T '\xe2\x9c\xa6 work'");
  ControlClient client(socket);
  CHECK(titles(client) == Lines{"%0 Ready %2 /dev/pts/9 x", "%1 \xe2\x9c\xa6 work"});
  run("select-pane -t one -T changed");
  CHECK(titles(client) == Lines{"%0 changed", "%1 \xe2\x9c\xa6 work"});

  // It is attached to one of them; when that ends, it attaches to the other.
  run("kill-session -t two");
  run("new-session -d -s three 'sleep 1000'");
  REQUIRE(atm::test::becomes_true([&] { return titles(client).front() == "%0 changed"; }));
}

TEST_CASE_METHOD(Server, "a server that is not there, or has ended, gives nothing", "[control]") {
  ControlClient none(socket);
  CHECK_FALSE(none.panes(std::chrono::seconds(20)).has_value());
  std::ofstream(dir.path("file")) << "no socket";
  ControlClient file(dir.path("file"));
  CHECK_FALSE(file.panes(std::chrono::seconds(20)).has_value());

  run("new-session -d -s one 'sleep 1000'");
  REQUIRE(result == 0);
  ControlClient client(socket);
  CHECK(titles(client).size() == 1);
  // The command returns before the server has ended. Until then, the server answers, and refuses a new session.
  run("kill-server");
  CHECK(atm::test::becomes_true([&] { return !client.panes(std::chrono::seconds(20)).has_value(); }));
  REQUIRE(atm::test::becomes_true([&] {
    run("new-session -d -s again 'sleep 1000'");
    return result == 0;
  }));
  CHECK(client.panes(std::chrono::seconds(20)).has_value());
}

TEST_CASE_METHOD(Server, "the client changes neither size nor content of a window", "[control]") {
  run("new-session -d -s one -x 91 -y 33 'sleep 1000'");
  REQUIRE(result == 0);
  ControlClient client(socket);
  CHECK(titles(client).size() == 1);
  const std::string line =
      "test \"$(tmux -S " + socket + " display-message -p '#{window_width}x#{window_height}')\" = 91x33";
  CHECK(std::system(line.c_str()) == 0);
}
