// SPDX-License-Identifier: MIT
// For the fuzz targets: passes bytes as the payload of one channel through the C tables, like the daemon.
#pragma once

#include <atm/plugin/entry.hpp>
#include <atm/testing.hpp>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "manifest.hpp"

namespace manifest::fuzz {

/// A rule of each verb.
inline constexpr const char* kManifest = R"({
  "agent": {"id": "zed", "name": "Zed", "manifest": 1},
  "hook": {"session": "/session_id", "event": "/hook_event_name", "actor": "/agent_id",
    "always": {"cwd": "/cwd", "model.id": "/model"},
    "on": {
      "PreToolUse": {"emit": "tool.started", "take": {"tool": "/tool_name", "tool_use_id": "/tool_use_id"}},
      "Stop": [{"when": {"/status": "failed"}, "skip": true},
        {"emit": "turn.finished", "set": {"outcome": "ok"}, "take": {"stop_hook_active": "/stop_hook_active"},
         "count": {"background_tasks": {"of": "/background_tasks", "except": {"status": ["completed"]}}}}],
      "UserPromptSubmit": {"emit": "prompt.submitted", "length": {"chars": "/prompt"}, "bind": "sole"},
      "PostModelRequest": {"emit": "status.reported", "take": {"context.used_percentage": "/token_usage/0/share"},
        "plus": {"context.output_tokens": ["/token_usage/output_tokens", "/token_usage/reasoning_output_tokens"]},
        "minus": {"context.input_tokens": ["/token_usage/input_tokens", "/token_usage/cached_input_tokens"]}}
    }}})";

/// Aborts if the parser breaks its contract: observations, nothing to report, or a refusal with a reason; the same
/// result twice.
inline int run(const char* channel, const std::uint8_t* data, std::size_t size) {
  using atm::Status;
  static atm::testing::FakeHost host;
  static const atm::testing::PluginInstance plugin = [] {
    host.set_agents({kManifest});
    return atm::testing::PluginInstance(atm::detail::Entry<Manifest>::kPlugin, host);
  }();
  const atm::testing::OwnedRecord record{channel,
                                         std::string(reinterpret_cast<const char*>(data), size),
                                         {{"pid", std::int64_t{7}}, {"start_ticks", std::int64_t{9}}},
                                         1'800'000'000'000'000'000};
  const atm::testing::ParseResult once = plugin.parse(record);
  const atm::testing::ParseResult twice = plugin.parse(record);
  const bool is_ok = once.status == Status::kOk && !once.observations.empty();
  const bool is_silent = once.status == Status::kSkip && once.observations.empty();
  const bool is_refused = once.status == Status::kInvalid && !once.error.empty();
  if (!is_ok && !is_silent && !is_refused) std::abort();
  if (twice.status != once.status || twice.observations.size() != once.observations.size()) std::abort();
  for (std::size_t i = 0; i < once.observations.size(); ++i) {
    if (once.observations[i].attrs != twice.observations[i].attrs) std::abort();
  }
  return 0;
}

}  // namespace manifest::fuzz
