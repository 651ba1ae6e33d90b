// SPDX-License-Identifier: MIT
// Tests of a log whose reader has stopped reading.
#include <fcntl.h>
#include <pty.h>
#include <termios.h>

#include <atm/file_descriptor.hpp>
#include <fstream>
#include <stdexcept>
#include <string>

#include "support/atmd_process.hpp"
#include "support/catch.hpp"
#include "support/full_pipe.hpp"
#include "support/text.hpp"

using namespace atm::test;
using atm::FileDescriptor;

namespace {

constexpr const char* kPing = R"({"type":"ping","seq":1})";

/// Returns true if the daemon's standard error is in non-blocking mode.
bool is_non_blocking(const Atmd& atmd) {
  std::ifstream info("/proc/" + std::to_string(atmd.pid()) + "/fdinfo/2");
  for (std::string word; info >> word;) {
    if (word == "flags:" && info >> word) return (std::stoul(word, nullptr, 8) & O_NONBLOCK) != 0;
  }
  throw std::runtime_error("no flags of descriptor 2");
}

}  // namespace

TEST_CASE("atmd starts, serves and stops while its log pipe is not read", "[log]") {
  const Home home;
  home.config(kOwnAgentsOnly);
  const FullPipe pipe(home.dir());
  Atmd atmd(home, {}, with_errors_to(pipe.path()));
  REQUIRE(atmd.wait_ready());
  CHECK(contains(atmd.ask(kPing), R"("type":"pong")"));
  CHECK_FALSE(is_non_blocking(atmd));
  CHECK(atmd.stop() == 0);
}

TEST_CASE("the log continues when its reader continues", "[log]") {
  const Home home;
  home.config(kOwnAgentsOnly);
  FullPipe pipe(home.dir());
  Atmd atmd(home, {}, with_errors_to(pipe.path()));
  REQUIRE(atmd.wait_ready());
  CHECK(pipe.reads(" ready\n"));
  CHECK(atmd.stop() == 0);
  CHECK(pipe.reads(" stopping\n"));
}

TEST_CASE("atmd starts, serves and stops on a terminal whose output is stopped", "[log]") {
  const Home home;
  home.config(kOwnAgentsOnly);
  int master = -1;
  int slave = -1;
  char name[64] = {};
  REQUIRE(::openpty(&master, &slave, name, nullptr, nullptr) == 0);
  const FileDescriptor ours(master);
  const FileDescriptor theirs(slave);
  REQUIRE(::tcflow(theirs.get(), TCOOFF) == 0);
  Atmd atmd(home, {}, with_errors_to(name));
  REQUIRE(atmd.wait_ready());
  CHECK(contains(atmd.ask(kPing), R"("type":"pong")"));
  CHECK(atmd.stop() == 0);
}
