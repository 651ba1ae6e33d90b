// SPDX-License-Identifier: MIT
// A unit test without a test framework; any framework works. It calls the plugin as the daemon does, without loading a
// library.
#include <atm/testing.hpp>
#include <cstdint>
#include <cstdio>

extern "C" const atm_plugin atm_plugin_v1;

namespace {

int failures = 0;

void check(bool ok, const char* claim) {
  std::printf("%s: %s\n", ok ? "ok" : "FAILED", claim);
  failures += ok ? 0 : 1;
}

}  // namespace

int main() {
  const atm::testing::FakeHost host;
  const atm::testing::PluginInstance plugin(atm_plugin_v1, host);
  const auto parse = [&](const char* payload) { return plugin.parse({"my_agent/hook", payload, {}, 1}); };

  const auto tool = parse(R"({"session":"s1","event":"tool","tool":"Bash"})");
  check(tool.observations.size() == 1 && tool.observations[0].type == "tool.started",
        "a tool event gives tool.started");
  check(tool.observations.size() == 1 && tool.observations[0].attrs.count("tool") == 1,
        "the observation has the name of the tool");

  const auto from_process = plugin.parse({"my_agent/hook",
                                          R"({"session":"s1","event":"done"})",
                                          {{"pid", std::int64_t{42}}, {"tmux.pane", "%3"}},
                                          1});
  check(from_process.observations.size() == 2 && from_process.observations[0].type == "process.bound" &&
            from_process.observations[0].attrs.count("tmux.pane") == 1,
        "a record that names its process binds the session to it");

  check(parse(R"({"session":"s1","event":"weather"})").status == atm::Status::kSkip,
        "an unknown event is skipped");
  check(parse(R"({"event":"prompt"})").status == atm::Status::kInvalid,
        "a record without a session is refused");
  check(parse("{").status == atm::Status::kInvalid, "invalid JSON is refused");
  return failures == 0 ? 0 : 1;
}
