// SPDX-License-Identifier: MIT
// For the fuzz targets: passes bytes as the payload of one channel through the C tables, like the daemon.
#pragma once

#include <atm/plugin/entry.hpp>
#include <atm/testing.hpp>
#include <cstdint>
#include <cstdlib>
#include <string>

extern "C" const atm_plugin atm_plugin_v1;

namespace claude_code::fuzz {

/// Aborts if the parser breaks its contract: observations, nothing to report, or a refusal with a reason; the same
/// result twice.
inline int run(const char* channel, const std::uint8_t* data, std::size_t size) {
  using atm::Status;
  static const atm::testing::FakeHost host;
  static const atm::testing::PluginInstance plugin(atm_plugin_v1, host, R"({"include_tool_detail":true})");
  const atm::testing::OwnedRecord record{channel,
                                         std::string(reinterpret_cast<const char*>(data), size),
                                         {{"pid", std::int64_t{7}},
                                          {"start_ticks", std::int64_t{9}},
                                          {"session", "s"},
                                          {"config_dir", "/home/dev/.claude"},
                                          {"env.AI_AGENT", "claude-code_2-1-330_x"}},
                                         1};
  const atm::testing::ParseResult once = plugin.parse(record);
  const atm::testing::ParseResult twice = plugin.parse(record);
  const bool has_said = !once.observations.empty();
  const bool is_ok = once.status == Status::kOk && has_said;
  const bool is_silent = once.status == Status::kSkip && !has_said;
  const bool is_refused = once.status == Status::kInvalid && !has_said && !once.error.empty();
  if (!is_ok && !is_silent && !is_refused) std::abort();
  if (twice.status != once.status || twice.observations.size() != once.observations.size()) std::abort();
  for (std::size_t i = 0; i < once.observations.size(); ++i) {
    if (once.observations[i].attrs != twice.observations[i].attrs) std::abort();
  }
  return 0;
}

}  // namespace claude_code::fuzz
