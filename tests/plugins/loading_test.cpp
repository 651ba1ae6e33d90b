// SPDX-License-Identifier: MIT
// A plugin that cannot be loaded is named in one sentence, and the daemon starts without it.
#include <unistd.h>

#include <fstream>

#include "plugins/bad.hpp"
#include "support/catch.hpp"

using namespace atm::test;

namespace {

std::string edited(const std::filesystem::path& manifest, std::string_view from, std::string_view to) {
  std::ifstream in(manifest);
  std::string text((std::istreambuf_iterator<char>(in)), {});
  return text.replace(text.find(from), from.size(), to);
}

}  // namespace

TEST_CASE("plugins that cannot be loaded are listed with the reason, and the daemon starts without them",
          "[loading]") {
  const Home home;
  const std::string dir = home.plugin(bad("wrong_abi")).string();
  home.plugin(bad("no_symbol"));
  home.dir().file("plugins/not_json.json", "{");
  home.dir().file("plugins/future.json", edited(bad("garbage"), "\"abi\": \"1.4\"", "\"abi\": \"2.0\""));
  home.dir().file("plugins/elsewhere.json", edited(bad("parser"), "\"parser.so\"", "\"gone.so\""));
  home.dir().file("plugins/writable.json", edited(bad("parser"), "", ""), 0666);
  std::filesystem::create_symlink("/nonexistent", dir + "/unreadable.json");

  Atmd atmd(home, {"--plugin-dir", dir});
  REQUIRE(atmd.wait_ready());
  const auto says = [&](std::string_view id, const std::string& message) {
    const auto entry = listed(atmd, id);
    REQUIRE(entry.has_value());
    CHECK(entry->status == "failed");
    CHECK(entry->message == dir + message);
    CHECK(contains(atmd.output(), message));
  };
  says("wrong_abi",
       "/wrong_abi.so: descriptor has abi 9.0, expected 1.4 as in its manifest; build the plugin against the "
       "installed SDK");
  says(
      "no_symbol",
      "/no_symbol.so: no symbol atm_plugin_v1, expected a plugin entry point; write ATM_PLUGIN(...) once and "
      "build "
      "it with atm_add_plugin()");
  says("unreadable",
       "/unreadable.json: No such file or directory, expected a regular file; install the plugin again");
  says("writable",
       "/writable.json: mode is 0666, others can write it, expected write permission for its owner only; "
       "chmod "
       "go-w " +
           dir + "/writable.json");
  REQUIRE(listed(atmd, "not_json").has_value());
  CHECK(contains(listed(atmd, "not_json")->message, "/not_json.json: not JSON: "));
  REQUIRE(listed(atmd, "parser").has_value());
  CHECK(listed(atmd, "parser")->status == "failed");
  CHECK(listed(atmd, "unix")->status == "loaded");
  CHECK(atmd.stop() == 0);

  Atmd check(home, {"--plugin-dir", dir, "--check-config"});
  CHECK(check.wait() == 2);
  for (const char* part : {"descriptor has abi 9.0", "no symbol atm_plugin_v1", "not JSON", "abi is 2.0"}) {
    CHECK(contains(check.output(), part));
  }
}

TEST_CASE("of two plugins with one id the first of the search order wins", "[loading]") {
  const Home home;
  const std::string first = home.plugin(bad("parser"), "first").string();
  const std::string second = home.plugin(bad("parser"), "second").string();
  Atmd atmd(home, {"--plugin-dir", second, "--plugin-dir", first});
  REQUIRE(atmd.wait_ready());
  CHECK(listed(atmd, "parser", "/second/")->status == "loaded");
  CHECK(listed(atmd, "parser", "/first/")->status == "failed");
  CHECK(listed(atmd, "parser", "/first/")->message ==
        first + "/parser.json: id is parser as in " + second +
            "/parser.json, expected one plugin of each id; remove one of "
            "the two");
}

TEST_CASE("a copy that fails to start is replaced by the one in the next directory", "[loading]") {
  const Home home;
  Atmd atmd(home, {"--plugin-dir", home.plugin(bad("unix")).string()});
  REQUIRE(atmd.wait_ready());
  const auto broken = listed(atmd, "unix", home.dir().path().string());
  REQUIRE(broken.has_value());
  CHECK(broken->status == "failed");
  CHECK(contains(broken->message, "this copy is broken"));
  const auto good =
      listed(atmd, "unix", std::filesystem::path(ATM_TEST_PROGRAM).parent_path().parent_path().string());
  REQUIRE(good.has_value());
  CHECK(good->status == "loaded");
  CHECK(atmd.stop() == 0);
}

TEST_CASE("a broken copy does not replace a working one", "[loading]") {
  const Home home;
  const std::string first = home.plugin(bad("parser"), "first").string();
  const std::string second = home.plugin(bad("parser"), "second").string();
  std::filesystem::remove(first + "/parser.so");
  home.dir().file("first/parser.so", "no library", 0755);
  Atmd atmd(home, {"--plugin-dir", first, "--plugin-dir", second});
  REQUIRE(atmd.wait_ready());
  CHECK(listed(atmd, "parser", "/first/")->status == "failed");
  CHECK(contains(listed(atmd, "parser", "/first/")->message, "expected a library this machine can load"));
  REQUIRE(listed(atmd, "parser", "/second/"));
  CHECK(listed(atmd, "parser", "/second/")->status == "loaded");
  CHECK(contains(atmd.ask(ingest("bad/hook", "s1")), R"("type":"ok")"));
}

TEST_CASE("a library that is replaced after loading is reported", "[loading]") {
  const Home home;
  const std::string dir = home.plugin(bad("parser")).string();
  Atmd atmd(home, {"--plugin-dir", dir});
  REQUIRE(atmd.wait_ready());
  const auto count_replaced = [&] {
    const std::string plugins = atmd.ask(R"({"type":"get_plugins"})");
    int count = 0;
    for (std::size_t at = 0; (at = plugins.find(R"("replaced":true)", at)) != std::string::npos; ++at)
      ++count;
    return count;
  };
  CHECK(count_replaced() == 0);
  std::filesystem::copy_file(dir + "/parser.so", dir + "/new");
  std::filesystem::rename(dir + "/new", dir + "/parser.so");
  CHECK(count_replaced() == 1);
}

TEST_CASE("a bad configuration of a plugin stops that plugin, and all its errors are named", "[loading]") {
  const Home home;
  const std::string dir = home.plugin(bad("parser")).string();
  const std::string file =
      home.config("[plugins.parser]\nhow = \"badly\"\ntiems = 3\n\n[plugins.unxi]\nsocket = \"/x\"\n")
          .string();
  const std::string first =
      file + ":2: plugins.parser.how is \"badly\" (text), expected behave, throw or flood";
  const std::string second =
      file + ":3: plugins.parser.tiems is an unknown key, expected one of how, times; did you mean times?";
  const std::string third =
      file +
      ":5: plugins.unxi names a plugin that is not installed, expected the id of an installed "
      "plugin; did you mean unix?";
  Atmd atmd(home, {"--plugin-dir", dir});
  REQUIRE(atmd.wait_ready());
  CHECK(listed(atmd, "parser")->status == "failed");
  CHECK(listed(atmd, "parser")->message == first);
  CHECK(contains(atmd.output(), second));
  CHECK(contains(atmd.output(), third));
  CHECK(atmd.stop() == 0);

  Atmd check(home, {"--plugin-dir", dir, "--check-config"});
  CHECK(check.wait() == 2);
  for (const std::string& line : {first, second, third}) CHECK(contains(check.output(), line));
}

TEST_CASE("a daemon with an invalid configuration does not start, and reports all errors", "[loading]") {
  const Home home;
  home.config("[limits]\nsesions = 5\nsubscriber_queue = 1\n");
  Atmd atmd(home, {});
  CHECK(atmd.wait() == 2);
  CHECK(contains(atmd.output(), "atm.toml:2: limits.sesions is an unknown key"));
  CHECK(
      contains(atmd.output(), "atm.toml:3: limits.subscriber_queue is 1 (an integer), expected at least 16"));
}

TEST_CASE("every removed key is a warning that states its replacement, and the daemon accepts the file",
          "[loading]") {
  const Home home;
  const std::vector<std::vector<std::string>> removed = {
      {"daemon", "plugin_dirs"},
      {"limits", "failures_before_pause", "mailbox", "max_age_seconds", "observations_per_record",
       "slow_call_ms"},
      {"plugins.claude_code", "sessions"},
      {"plugins.http", "address", "body_bytes", "busy_ms", "header_bytes", "idle_ms", "max_connections",
       "request_ms", "token_file"},
      {"plugins.unix", "busy_ms", "handshake_ms", "line_bytes", "max_replies", "spool_max_age_seconds"},
      {"plugins.zmq", "handshake_ms", "line_bytes", "max_requests", "out_bytes", "request_bytes"},
  };
  std::string toml;
  for (const std::vector<std::string>& table : removed) {
    toml += "[" + table[0] + "]\n";
    if (table[0] == "plugins.http" || table[0] == "plugins.zmq") toml += "enabled = true\n";
    for (std::size_t i = 1; i < table.size(); ++i) toml += table[i] + " = 1\n";
  }
  home.config(toml);
  Atmd check(home, {"--check-config"});
  CHECK(check.wait() == 0);
  const std::string output = check.output();
  CHECK(contains(output, "no problems found"));
  for (const std::vector<std::string>& table : removed) {
    const std::string prefix = table[0] + ".";
    for (std::size_t i = 1; i < table.size(); ++i)
      CHECK(contains(output, prefix + table[i] + " is ignored, expected no such key: "));
  }
  home.config("[plugins.unix]\nbusy_ms = 1\n");
  Atmd atmd(home, {});
  REQUIRE(atmd.wait_ready());
  CHECK(contains(atmd.output(), "plugins.unix.busy_ms is ignored"));
  CHECK(atmd.stop() == 0);
}

TEST_CASE("safe mode loads only the plugins of atmd, and a disabled plugin is not loaded", "[loading]") {
  const Home home;
  const std::string dir = home.plugin(bad("crash")).string();
  home.config("[plugins.claude_code]\nenabled = false\n");
  Atmd atmd(home, {"--plugin-dir", dir, "--safe-mode"});
  REQUIRE(atmd.wait_ready());
  CHECK(listed(atmd, "crash")->status == "disabled");
  CHECK(listed(atmd, "claude_code")->status == "disabled");
  CHECK(listed(atmd, "unix")->status == "loaded");
}

TEST_CASE("a plugin that ends the daemon at its creation is left out the next time, the others are not",
          "[loading]") {
  const Home home;
  const std::string dir = home.plugin(bad("crash")).string();
  Atmd first(home, {"--plugin-dir", dir});
  CHECK(first.wait() == 128 + SIGABRT);
  REQUIRE(std::filesystem::exists(home.marker("crash")));

  Atmd second(home, {"--plugin-dir", dir});
  REQUIRE(second.wait_ready());
  CHECK(listed(second, "crash")->status == "quarantined");
  CHECK(listed(second, "crash")->message == dir +
                                                "/crash.so: the daemon crashed or was killed while this "
                                                "plugin started, expected a start to its end; "
                                                "install a fixed build or delete " +
                                                home.marker("crash").string());
  CHECK(listed(second, "unix")->status == "loaded");
  CHECK(second.stop() == 0);

  std::filesystem::remove(home.marker("crash"));
  Atmd third(home, {"--plugin-dir", dir});
  CHECK(third.wait() == 128 + SIGABRT);
}
