// SPDX-License-Identifier: MIT
// The daemon ends in every state of its plugins.
#include <unistd.h>

#include "plugins/bad.hpp"
#include "support/catch.hpp"
#include "support/full_pipe.hpp"

using namespace atm::test;

TEST_CASE("SIGTERM and SIGINT stop normally, SIGHUP does not stop", "[stop]") {
  for (const int signal : {SIGTERM, SIGINT}) {
    const Home home;
    Atmd atmd(home, {});
    REQUIRE(atmd.wait_ready());
    CHECK(std::filesystem::exists(home.socket()));
    atmd.signal(SIGHUP);
    CHECK(contains(atmd.ask(R"({"type":"ping","seq":1})"), R"("type":"pong")"));
    CHECK(atmd.stop(signal) == 0);
    CHECK_FALSE(std::filesystem::exists(home.socket()));
    CHECK(contains(atmd.output(), "SIGHUP ignored"));
  }
}

TEST_CASE("a plugin whose stop never returns does not keep the daemon alive", "[stop]") {
  const Home home;
  const std::string dir = home.plugin(bad("hang")).string();
  home.config("[limits]\nstop_seconds = 1\n");
  Atmd atmd(home, {"--plugin-dir", dir});
  REQUIRE(atmd.wait_ready());
  CHECK(atmd.stop() == 70);
  CHECK(contains(atmd.output(), "the stop took longer than 1000 ms; ended by force"));
}

TEST_CASE("a hanging stop ends by force while the log is not read", "[stop]") {
  const Home home;
  const std::string dir = home.plugin(bad("hang")).string();
  home.config("[limits]\nstop_seconds = 1\n");
  const FullPipe pipe(home.dir());
  Atmd atmd(home, {"--plugin-dir", dir}, with_errors_to(pipe.path()));
  REQUIRE(atmd.wait_ready());
  CHECK(atmd.stop() == 70);
}

TEST_CASE("a second atmd on one socket names the owner and does not affect the first", "[stop]") {
  const Home home;
  Atmd first(home, {});
  REQUIRE(first.wait_ready());
  const Home other;
  Atmd second(other, {"--socket", home.socket().string()});
  CHECK_FALSE(second.wait_ready());
  CHECK(second.wait() == 1);
  CHECK(contains(second.output(), home.socket().string()));
  CHECK(contains(second.output(), "the transport unix did not start"));
  CHECK(contains(first.ask(R"({"type":"ping","seq":1})"), R"("type":"pong")"));
  CHECK(first.stop() == 0);
}

TEST_CASE("atmd with an occupied socket does not serve by another transport alone", "[stop]") {
  const Home home;
  Atmd first(home, {});
  REQUIRE(first.wait_ready());
  const Home other;
  const std::string dir = other.plugin(bad("faulty")).string();
  Atmd second(other, {"--socket", home.socket().string(), "--plugin-dir", dir});
  CHECK_FALSE(second.wait_ready());
  CHECK(second.wait() == 1);
  CHECK(contains(second.output(), "the transport unix did not start"));
  CHECK(first.stop() == 0);
}

TEST_CASE("atmd without the plugin unix serves by another transport", "[stop]") {
  const Home home;
  const std::string dir = home.plugin(bad("faulty")).string();
  home.config("[plugins.unix]\nenabled = false\n");
  Atmd atmd(home, {"--plugin-dir", dir});
  CHECK(atmd.wait_ready());
  CHECK(atmd.stop() == 0);
}

TEST_CASE("a missing named configuration is an error of usage", "[stop]") {
  const Home home;
  Atmd atmd(home, {"--config", "/nonexistent/atm.toml"});
  CHECK(atmd.wait() == 2);
  CHECK(contains(atmd.output(), "/nonexistent/atm.toml: No such file or directory"));
  Atmd usage(home, {"--no-such-option"});
  CHECK(usage.wait() == 2);
}
