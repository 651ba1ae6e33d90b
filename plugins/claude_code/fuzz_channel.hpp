// SPDX-License-Identifier: MIT
// For the fuzz targets: bytes as the payload of one channel, through the C tables as the daemon calls them.
#pragma once

#include <atm/plugin/entry.hpp>
#include <atm/testing.hpp>
#include <cstdint>
#include <cstdlib>
#include <string>

extern "C" const atm_plugin atm_plugin_v1;

namespace claude_code::fuzz {

/// Aborts when the parser breaks its promise: kOk or kInvalid, a reason with the latter, the same answer
/// twice.
inline int run(const char* channel, const std::uint8_t* data, std::size_t size) {
  static const atm::testing::FakeHost host;
  static const atm::testing::PluginInstance plugin(atm_plugin_v1, host, R"({"include_tool_detail":true})");
  const atm::testing::OwnedRecord record{
      channel,
      std::string(reinterpret_cast<const char*>(data), size),
      {{"pid", std::int64_t{7}}, {"start_ticks", std::int64_t{9}}, {"env.AI_AGENT", "claude-code_2-1-330_x"}},
      1};
  const atm::testing::ParseResult once = plugin.parse(record);
  const atm::testing::ParseResult twice = plugin.parse(record);
  const bool is_ok = once.status == atm::Status::kOk && once.observations.size() == 2;
  const bool is_refused =
      once.status == atm::Status::kInvalid && once.observations.empty() && !once.error.empty();
  if (!is_ok && !is_refused) std::abort();
  if (twice.status != once.status || twice.observations.size() != once.observations.size()) std::abort();
  for (std::size_t i = 0; i < once.observations.size(); ++i) {
    if (once.observations[i].attrs != twice.observations[i].attrs) std::abort();
  }
  return 0;
}

}  // namespace claude_code::fuzz
