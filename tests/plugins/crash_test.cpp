// SPDX-License-Identifier: MIT
// The results of a crash: one line in the log, a crash marker, a spool entry with bounded retries.
#include <unistd.h>

#include <fstream>

#include "plugins/bad.hpp"
#include "support/catch.hpp"

using namespace atm::test;
namespace fs = std::filesystem;

namespace {

/// The plugin `faulty` in a private directory.
struct Faulty {
  explicit Faulty(const std::string& at, const std::string& how) : dir(home.plugin(bad("faulty")).string()) {
    set(at, how);
  }
  void set(const std::string& at, const std::string& how) const {
    home.config("[plugins.faulty]\nat = \"" + at + "\"\nhow = \"" + how + "\"\n");
  }
  void mend() const { home.config(""); }
  [[nodiscard]] std::vector<std::string> arguments() const { return {"--plugin-dir", dir}; }
  /// Runs a daemon until it ends by itself.
  [[nodiscard]] int die() const { return Atmd(home, arguments()).wait(); }

  Home home;
  std::string dir;
};

std::string spool_line(std::string_view payload) {
  return "\n{\"type\":\"ingest\",\"channel\":\"faulty/hook\",\"payload\":\"" + std::string(payload) + "\"}\n";
}

}  // namespace

TEST_CASE("a daemon killed during the start of a plugin does not quarantine the plugin", "[crash]") {
  const Faulty faulty("create", "kill");
  CHECK(faulty.die() == 128 + SIGKILL);
  faulty.mend();
  Atmd next(faulty.home, faulty.arguments());
  REQUIRE(next.wait_ready());
  CHECK(listed(next, "faulty")->status == "loaded");
}

TEST_CASE("a plugin whose start is killed twice in succession is quarantined until its library changes",
          "[crash]") {
  for (const std::string at : {"create", "start"}) {
    const Faulty faulty(at, "kill");
    CHECK(faulty.die() == 128 + SIGKILL);
    CHECK(faulty.die() == 128 + SIGKILL);
    {
      Atmd third(faulty.home, faulty.arguments());
      REQUIRE(third.wait_ready());
      CHECK(listed(third, "faulty")->status == "quarantined");
      CHECK(contains(listed(third, "faulty")->message,
                     "install a fixed build or delete " + faulty.home.marker("faulty").string()));
      CHECK(third.stop() == 0);
    }
    faulty.mend();
    const fs::path library = fs::path(faulty.dir) / "faulty.so";
    fs::copy_file(library, faulty.dir + "/new");
    fs::rename(faulty.dir + "/new", library);
    Atmd fourth(faulty.home, faulty.arguments());
    REQUIRE(fourth.wait_ready());
    CHECK(listed(fourth, "faulty")->status == "loaded");
  }
}

TEST_CASE("a successful start between two kills clears the count", "[crash]") {
  const Faulty faulty("create", "kill");
  for (int i = 0; i < 2; ++i) {
    faulty.set("create", "kill");
    CHECK(faulty.die() == 128 + SIGKILL);
    faulty.mend();
    Atmd next(faulty.home, faulty.arguments());
    REQUIRE(next.wait_ready());
    CHECK(listed(next, "faulty")->status == "loaded");
    CHECK(next.stop() == 0);
  }
}

TEST_CASE("a plugin of atmd is never quarantined; after three deaths the log names the remedy", "[crash]") {
  const Home home;
  fs::create_directories(home.dir().path() / "bin");
  fs::copy_file(ATM_TEST_PROGRAM, home.dir().path() / "bin/atmd");
  home.plugin(bad("faulty"), "lib/atm/plugins");
  home.config("[plugins.faulty]\nat = \"create\"\nhow = \"abort\"\n");
  Manager manager;
  manager.program = (home.dir().path() / "bin/atmd").string();
  for (int i = 0; i < 4; ++i) {
    Atmd atmd(home, {}, manager);
    CHECK(atmd.wait() == 128 + SIGABRT);
    const bool is_named = contains(atmd.output(), "--safe-mode") && contains(atmd.output(), "faulty");
    CHECK(is_named == (i == 3));
  }
}

TEST_CASE("a crash writes one line with the signal, the plugin and the channel", "[crash]") {
  struct Kind {
    std::string how;
    int signal;
    std::string name;
  };
  for (const Kind& kind : {Kind{"abort", SIGABRT, "SIGABRT"}, Kind{"segv", SIGSEGV, "SIGSEGV"},
                           Kind{"overflow", SIGSEGV, "SIGSEGV"}}) {
    const Faulty faulty("parse", kind.how);
    Atmd atmd(faulty.home, faulty.arguments());
    REQUIRE(atmd.wait_ready());
    atmd.tell(ingest("faulty/hook", "bad"));
    CHECK(atmd.wait() == 128 + kind.signal);
    CHECK(contains(atmd.output(), "signal=" + kind.name + " plugin=faulty call=parse channel=faulty/hook"));
  }
}

TEST_CASE("a spool entry that crashes its parser is set aside at the second death, and no other is lost",
          "[crash]") {
  const Faulty faulty("parse", "segv");
  const fs::path spool = faulty.home.socket().string() + ".spool";
  faulty.home.dir().directory("run/atm.sock.spool", 0700);
  faulty.home.dir().file("run/atm.sock.spool/records",
                         spool_line("s1") + spool_line("bad") + spool_line("s2"), 0600);
  for (int i = 0; i < 2; ++i) {
    Atmd atmd(faulty.home, faulty.arguments());
    CHECK(atmd.wait() == 128 + SIGSEGV);
    CHECK(contains(atmd.output(), "plugin=faulty call=parse channel=faulty/hook"));
  }
  Atmd third(faulty.home, faulty.arguments());
  REQUIRE(third.wait_ready());
  CHECK(listed(third, "faulty")->status == "loaded");
  CHECK(contains(third.ask(R"({"type":"get_all_sessions"})"), R"("id":"s2")"));
  CHECK(contains(third.ask(R"({"type":"get_stats"})"), R"("spool_set_aside":1)"));
  CHECK(contains(third.output(), "refused"));
  REQUIRE(fs::exists(spool / "refused"));
  std::vector<fs::path> aside(fs::directory_iterator(spool / "refused"), fs::directory_iterator{});
  REQUIRE(aside.size() == 1);
  CHECK(fs::status(aside[0]).permissions() == fs::perms(0600));
  std::ifstream in(aside[0]);
  const std::string text((std::istreambuf_iterator<char>(in)), {});
  CHECK(contains(text, R"("payload":"bad")"));
}

TEST_CASE("exit(0) in a plugin does not count as a normal stop", "[crash]") {
  for (const std::string at : {"create", "parse"}) {
    const Faulty faulty(at, "exit");
    Atmd atmd(faulty.home, faulty.arguments());
    if (at == "parse") {
      REQUIRE(atmd.wait_ready());
      atmd.tell(ingest("faulty/hook", "bad"));
    }
    CHECK(atmd.wait() == 70);
    CHECK(contains(atmd.output(), "plugin=faulty call=" + at));
    if (at == "parse") continue;
    Atmd next(faulty.home, faulty.arguments());
    REQUIRE(next.wait_ready());
    CHECK(listed(next, "faulty")->status == "quarantined");
  }
}
