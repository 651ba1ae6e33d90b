// SPDX-License-Identifier: MIT
#include "fuzz_agent_record.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return manifest::fuzz::run("zed/hook", data, size);
}
