// SPDX-License-Identifier: MIT
// The dialect claude gives what the parser of Claude Code gives, for every recorded hook, except for a listed remainder.
#include <atm/plugin/entry.hpp>
#include <atm/testing.hpp>
#include <set>
#include <string>

#include "lib/agents/agent_manifest.hpp"
#include "plugins/claude_code/recording.hpp"
#include "plugins/manifest/manifest.hpp"
#include "support/catch.hpp"

extern "C" const atm_plugin atm_plugin_v1;

namespace {

using atm::testing::OwnedObservation;

// What a table cannot express: the environment of the hook (attended, entrypoint, version), the text of the prompt
// (source), the answer of a tool that runs on (background), and dollars. The recordings do not contain the further
// differences: the length of a prompt that atm-hook has cut, and an agent inside a tool of another agent.
const std::set<std::string> kRemainder{
    "attended", "background", "entrypoint", "resume.estimated_cache_write_usd_micros", "source", "version"};

/// An agent of Claude Code's id that a manifest describes by the dialect alone.
std::string manifest_by_dialect() {
  const atm::ReadManifest read = atm::read_agent_manifest(
      "[agent]\nid = \"claude_code\"\nname = \"C\"\nmanifest = 1\n[hook]\ndialect = \"claude\"\n",
      "agent.toml", "claude_code", ATM_AGENTS_DIR "/dialects");
  for (const atm::Problem& problem : read.problems) UNSCOPED_INFO(problem.message());
  REQUIRE(read.manifest.has_value());
  return read.manifest->json;
}

/// Without what the parser of Claude Code derives and the dialect cannot.
std::vector<OwnedObservation> comparable(std::vector<OwnedObservation> all) {
  std::vector<OwnedObservation> left;
  for (OwnedObservation& one : all) {
    // PostToolBatch ends each tool use that it lists.
    if (one.attrs.count("batch") != 0) continue;
    left.push_back(std::move(one));
  }
  return left;
}

}  // namespace

TEST_CASE("the dialect of Claude Code gives the observations of its parser, except for a listed remainder") {
  atm::testing::FakeHost host;
  host.set_agents({manifest_by_dialect()});
  const atm::testing::PluginInstance parser(atm_plugin_v1, host);
  const atm::testing::PluginInstance table(atm::detail::Entry<manifest::Manifest>::kPlugin, host);
  std::set<std::string> different;
  std::size_t hooks = 0;
  for (const auto& flow : claude_code::recording::flows()) {
    // Made by hand to be refused or malformed.
    if (flow.parent_path().filename() == "handmade") continue;
    for (const auto& step : claude_code::recording::read_flow(flow)) {
      if (step.record.channel != "claude_code/hook") continue;
      ++hooks;
      CAPTURE(flow.string(), step.seq, step.record.payload);
      const auto wanted = comparable(parser.parse(step.record).observations);
      const auto found = comparable(table.parse(step.record).observations);
      REQUIRE(found.size() == wanted.size());
      for (std::size_t i = 0; i < found.size(); ++i) {
        // Print mode refuses by itself, which its environment shows.
        if (found[i].type == "input.needed" && wanted[i].type == "claude_code.permission_request") continue;
        CHECK(found[i].type == wanted[i].type);
        CHECK(found[i].session == wanted[i].session);
        CHECK(found[i].actor == wanted[i].actor);
        CHECK(found[i].time_ns == wanted[i].time_ns);
        for (const auto& [key, value] : wanted[i].attrs) {
          const auto same = found[i].attrs.find(key);
          if (same == found[i].attrs.end() || same->second != value) different.insert(key);
        }
        for (const auto& [key, value] : found[i].attrs) {
          if (wanted[i].attrs.count(key) == 0) different.insert(key);
        }
      }
    }
  }
  CHECK(hooks > 300);
  CHECK(different == kRemainder);
}
