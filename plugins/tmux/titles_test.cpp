// SPDX-License-Identifier: MIT
// The plugin against a real tmux server. A shell in the pane plays the agent: it sets the title.
#include "titles.hpp"

#include <unistd.h>

#include <algorithm>
#include <atm/plugin/entry.hpp>
#include <atm/posix/proc_stat.hpp>
#include <atm/testing.hpp>
#include <cstdlib>
#include <fstream>

#include "support/catch.hpp"
#include "support/temp_dir.hpp"
#include "support/wait.hpp"

namespace {

constexpr std::string_view kTitledManifest = R"x({
  "agent": {"id": "zed", "name": "Zed", "manifest": 1}, "process": {"programs": ["zed"]},
  "title": {"rules": [{"match": "^!", "state": "waiting", "reason": "permission"}, {"match": "^[*]", "state": "busy"},
                      {"match": "^Ready", "state": "idle"}], "session": "<(?<id>[a-z0-9]{8,})>"}})x";

struct TitleFixture {
  TitleFixture() {
    host.set_agents({std::string(kTitledManifest)});
    REQUIRE(std::system(("mkfifo " + dir.path("fifo")).c_str()) == 0);
    run("new-session -d -s one 'echo $$ >" + dir.path("pid") + "; while :; do read -r title <" +
        dir.path("fifo") + " && printf \"\\033]2;%s\\007\" \"$title\"; done'");
  }
  ~TitleFixture() { run("kill-server"); }
  void run(const std::string& command) const {
    static_cast<void>(
        std::system(("tmux -S " + dir.path("sock") + " -f /dev/null " + command + " 2>/dev/null").c_str()));
  }
  void show(const std::string& title) const { std::ofstream(dir.path("fifo")) << title << '\n'; }
  void add(const std::string& id, std::int64_t pid, std::uint64_t start_ticks,
           const std::string& pane = "%0") {
    host.set_session(
        id, R"({"id":")" + id + R"(","agent":"zed","status":{"status":"thinking"},"process":{"pid":)" +
                std::to_string(pid) + R"(,"start_ticks":)" + std::to_string(start_ticks) +
                R"(,"tmux_pane":")" + pane + R"(","tmux_socket":")" + dir.path("sock") + R"("}})");
  }
  /// "SESSION STATE REASON" of each level.
  [[nodiscard]] std::vector<std::string> levels() const {
    std::vector<std::string> all;
    for (const auto& o : host.observations()) {
      if (o.type != "state.reported") continue;
      const auto reason = o.attrs.find("reason");
      all.push_back(o.session + ' ' + std::get<std::string>(o.attrs.at("state")) +
                    (reason == o.attrs.end() ? "" : ' ' + std::get<std::string>(reason->second)));
    }
    return all;
  }
  [[nodiscard]] bool has(const std::string& level) const {
    const auto all = levels();
    return std::find(all.begin(), all.end(), level) != all.end();
  }

  const atm::test::TempDir dir;
  atm::testing::FakeHost host;
};

}  // namespace

TEST_CASE_METHOD(TitleFixture, "the titles of a pane become levels of the session in it", "[titles]") {
  std::int64_t pid = 0;
  REQUIRE(atm::test::becomes_true([&] { return static_cast<bool>(std::ifstream(dir.path("pid")) >> pid); }));
  const auto stat = atm::posix::read_proc_stat(pid);
  REQUIRE(stat.has_value());
  add("s1", pid, stat->start_ticks);
  add("stranger", pid, stat->start_ticks + 1);
  add("abcdefgh-1", 1, 1, "%7");
  const atm::testing::PluginInstance plugin(atm::detail::Entry<tmux::Titles>::kPlugin, host);
  const atm_source& source = plugin.table<atm_source>(ATM_IFACE_SOURCE);
  atm::ErrorBuffer error;
  REQUIRE(source.start(plugin.get(), error.c()) == ATM_OK);
  show("* working");
  REQUIRE(atm::test::becomes_true([&] { return has("s1 busy"); }));
  show("! may I");
  REQUIRE(atm::test::becomes_true([&] { return has("s1 waiting permission"); }));
  show("Ready");
  REQUIRE(atm::test::becomes_true([&] { return has("s1 idle"); }));
  show("* working <abcdefgh>");
  REQUIRE(atm::test::becomes_true([&] { return has("abcdefgh-1 busy"); }));
  CHECK(levels() ==
        std::vector<std::string>{"s1 busy", "s1 waiting permission", "s1 idle", "abcdefgh-1 busy"});
  const auto all = host.observations();
  const auto bound =
      std::find_if(all.begin(), all.end(), [](const auto& one) { return one.type == "process.bound"; });
  REQUIRE(bound != all.end());
  CHECK(bound->session == "abcdefgh-1");
  CHECK(std::get<std::string>(bound->attrs.at("role")) == "ui");
  CHECK(std::get<std::string>(bound->attrs.at("tmux.pane")) == "%0");
  CHECK(std::get<std::string>(bound->attrs.at("tmux.socket")) == dir.path("sock"));
  CHECK(host.observations().front().origin == "zed/title");
  CHECK(host.observations().front().agent == "zed");
  CHECK(source.stop(plugin.get(), 10'000) == ATM_OK);
}
