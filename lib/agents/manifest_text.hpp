// SPDX-License-Identifier: MIT
// A correct manifest for the tests, and copies with one fault.
#pragma once

#include <string>
#include <string_view>

#include "lib/agents/agent_manifest.hpp"

namespace atm::test {

constexpr std::string_view kGoodManifest = R"([agent]
id = "zed"
name = "Zed"
manifest = 1
tried = ["1.0"]
capabilities = { interrupt = "exact", usage = "late" }
[process]
programs = ["zed"]
[hook]
session = "/session"
event = "/event"
[hook.on]
Start = { emit = "session.started", take = { cwd = "/cwd" } }
Stop = [ { when = { "/kind" = "-" }, skip = true }, { emit = "turn.finished", set = { outcome = "ok" } } ]
)";

inline ReadManifest read_text(std::string_view text) {
  return read_agent_manifest(text, "/m/zed/agent.toml", "zed", ATM_AGENTS_DIR "/dialects");
}

/// The good manifest with one text in place of another.
inline std::string altered(std::string_view from, std::string_view to) {
  std::string text(kGoodManifest);
  text.replace(text.find(from), from.size(), to);
  return text;
}

}  // namespace atm::test
