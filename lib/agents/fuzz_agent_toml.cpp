// SPDX-License-Identifier: MIT
// The text of a manifest: a manifest, or at least one problem with a place.
#include <cstdint>
#include <cstdlib>

#include "lib/agents/agent_manifest.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const atm::ReadManifest read = atm::read_agent_manifest(text, "agent.toml", "zed", "/nonexistent");
  if (read.manifest.has_value() == !read.problems.empty()) std::abort();
  for (const atm::Problem& problem : read.problems) {
    if (problem.file.empty() || problem.found.empty()) std::abort();
  }
  return 0;
}
