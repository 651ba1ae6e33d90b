// SPDX-License-Identifier: MIT
// atm cost --live, run like a user: on a terminal and without one.
#include <fstream>

#include "cli_program.hpp"
#include "support/catch.hpp"
#include "support/text.hpp"

namespace atm::test {
namespace {

// A private home directory with one transcript.
class Home final {
 public:
  Home() { std::filesystem::create_directories(transcript().parent_path()); }

  void add_response(const std::string& id, unsigned output) const {
    std::ofstream(transcript(), std::ios::app)
        << R"({"type":"assistant","sessionId":"s1","timestamp":"2026-10-20T09:00:00Z","message":{"id":")"
        << id << R"(","model":"claude-sonnet-4-6","usage":{"input_tokens":0,"output_tokens":)" << output
        << "}}}\n";
  }
  [[nodiscard]] Program run(Program::Terminal terminal) const {
    return Program(
        {ATM_TEST_ATM, "cost", "--live", "--by", "session", "--tz", "UTC"},
        {"PATH=/usr/bin:/bin", "HOME=" + dir_.path().string(), "TERM=xterm-256color", "NO_COLOR=1"},
        terminal);
  }

 private:
  [[nodiscard]] std::filesystem::path transcript() const {
    return dir_.path() / ".claude/projects/-home-dev-p/s1.jsonl";
  }
  TempDir dir_;
};

TEST_CASE("atm cost --live replaces the table when the ledger changes and ends at Ctrl-C", "[cost]") {
  const Home home;
  home.add_response("msg_1", 100'000);
  Program program = home.run(Program::Terminal::kPseudo);
  CHECK(program.wait_for([](const std::string& out) { return contains(out, "$1.50"); }));
  home.add_response("msg_2", 100'000);
  CHECK(program.wait_for([](const std::string& out) { return contains(out, "$3.00"); }));
  // The cursor goes back to the first line: a title, one session and the total.
  CHECK(contains(program.out(), "\x1b[3A\r\x1b[J"));
  program.type("\x03");
  CHECK(program.wait() == 0);
  // Lines wrap again.
  CHECK(program.out().rfind("\x1b[?7h") > program.out().rfind("\x1b[?7l"));
}

TEST_CASE("atm cost --live without a terminal prints the table once", "[cost]") {
  const Home home;
  home.add_response("msg_1", 100'000);
  Program program = home.run(Program::Terminal::kNone);
  CHECK(program.wait() == 0);
  CHECK(contains(program.out(), "$1.50"));
  CHECK_FALSE(contains(program.out(), "\x1b"));
}

}  // namespace
}  // namespace atm::test
