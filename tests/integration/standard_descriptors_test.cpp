// SPDX-License-Identifier: MIT
#include <filesystem>
#include <string>

#include "support/atmd_process.hpp"
#include "support/catch.hpp"
#include "support/text.hpp"

using namespace atm::test;
namespace fs = std::filesystem;

TEST_CASE("atmd opens /dev/null on each standard descriptor that is closed at its start", "[descriptors]") {
  for (int closed = 0; closed < 8; ++closed) {
    std::string script = "exec \"$0\" \"$@\"";
    for (int fd = 0; fd < 3; ++fd) {
      if ((closed & 1 << fd) != 0) script += " " + std::to_string(fd) + ">&-";
    }
    CAPTURE(script);
    const Home home;
    home.config(kOwnAgentsOnly);
    Atmd atmd(home, {}, {.launcher = {"/bin/sh", "-c", script}});
    REQUIRE(atmd.wait_ready());
    for (int fd = 0; fd < 3; ++fd) {
      const fs::path is =
          fs::read_symlink("/proc/" + std::to_string(atmd.pid()) + "/fd/" + std::to_string(fd));
      const bool is_null = fd == 0 || (closed & 1 << fd) != 0;
      CHECK(is == (is_null ? fs::path("/dev/null") : home.dir().path() / "output"));
    }
    CHECK(contains(atmd.ask(R"({"type":"ping","seq":1})"), R"("type":"pong")"));
    CHECK(atmd.stop() == 0);
  }
}
