// SPDX-License-Identifier: MIT
#include <atm/testing.hpp>
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
  const atm::testing::PluginInstance plugin(atm_plugin_v1, host, R"({"greeting":"echo: "})");

  const auto result = plugin.parse({"echo/hook", R"({"session":"s1","text":"hello"})", {}, 42});
  check(result.status == atm::Status::kOk && result.observations.size() == 2,
        "an echo is a session and a notice");
  if (result.observations.size() == 2) {
    const auto& started = result.observations[0];
    const auto& notice = result.observations[1];
    check(started.type == "session.started" && started.session == "s1" && started.agent == "echo",
          "the session has the id it was given");
    check(started.time_ns == 42 && started.origin == "echo/hook", "time and origin are the record's");
    check(notice.type == "notice" && notice.attrs.at("message") == atm::testing::OwnedValue("echo: hello"),
          "the configured greeting stands before the text");
  }
  check(plugin.parse({"echo/hook", R"({"session":"s1"})", {}, 1}).observations.size() == 1,
        "without a text there is no notice");
  check(plugin.parse({"echo/hook", R"({"text":"hello"})", {}, 1}).status == atm::Status::kInvalid,
        "a record without a session is refused");
  check(host.log().size() == 1, "the start is logged once");
  return failures == 0 ? 0 : 1;
}
