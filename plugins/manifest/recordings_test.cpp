// SPDX-License-Identifier: MIT
// The hooks of real agents through the manifests that are installed. ATM_UPDATE=1 rewrites the expected observations:
// review the difference before you commit it.
#include <atm/plugin/entry.hpp>
#include <atm/testing.hpp>
#include <cstdlib>
#include <fstream>
#include <string>

#include "manifest.hpp"
#include "recordings_test_support.hpp"
#include "support/catch.hpp"
#include "support/installed_agents.hpp"

namespace json = atm::json;

using manifest::read_file;
using manifest::text_of;

TEST_CASE("the recorded hooks of an agent give the expected observations", "[recordings]") {
  const std::string agent = GENERATE("codex", "gemini", "qwen");
  CAPTURE(agent);
  atm::testing::FakeHost host;
  host.set_agents(atm::test::installed_agents());
  const atm::testing::PluginInstance plugin(atm::detail::Entry<manifest::Manifest>::kPlugin, host);
  std::ifstream in(MANIFEST_TESTDATA "/" + agent + ".jsonl");
  std::string found;
  json::Reader reader;
  std::size_t lines = 0;
  for (std::string line; std::getline(in, line); ++lines) {
    const json::Value* root = reader.parse(line);
    REQUIRE(root != nullptr);
    const json::Value* payload = json::get_object(*root, "stdin");
    REQUIRE(payload != nullptr);
    json::Buffer buffer;
    json::Writer writer(buffer);
    payload->Accept(writer);
    const std::string event(json::get_string(*payload, "hook_event_name").value_or(""));
    const std::int64_t seq = json::get_int(*root, "seq").value_or(0);
    atm::testing::OwnedAttrs context{{"start_ticks", std::int64_t{1}}};
    if (const auto pid = json::get_int(*root, "pid")) context["pid"] = *pid;
    const auto result = plugin.parse({agent + "/hook", std::string(json::text_of(buffer)), context,
                                      json::get_int(*root, "t_ns").value_or(0)});
    INFO(seq << ' ' << event << ' ' << result.error);
    CHECK((result.status == atm::Status::kOk || result.status == atm::Status::kSkip));
    std::string says;
    for (const auto& o : result.observations) {
      CHECK(o.agent == agent);
      CHECK(o.attrs.count("malformed") == 0);
      CHECK(o.attrs.count("unknown") == 0);
      if (o.type == "process.bound") continue;
      says = ' ' + o.type + (o.actor.empty() ? "" : " @" + o.actor);
      for (const auto& [key, value] : o.attrs) {
        const std::string text = text_of(value);
        CHECK(text.find("secret") == std::string::npos);  // OBS-O9
        // The same for every line.
        if (key != "cwd" && key != "transcript_path" && key != "pid" && key != "start_ticks")
          says += ' ' + key + '=' + text;
      }
    }
    found += std::to_string(seq) + ' ' + event + (says.empty() ? " -" : says) + '\n';
  }
  REQUIRE(lines > 70);
  const std::string expected = MANIFEST_TESTDATA "/" + agent + ".expected.txt";
  const char* const update = std::getenv("ATM_UPDATE");
  if (update != nullptr && std::string_view(update) == "1")
    std::ofstream(expected, std::ios::binary) << found;
  CHECK(found == read_file(expected));
}
