// SPDX-License-Identifier: MIT
#include "fuzz_channel.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return claude_code::fuzz::run("claude_code/session_file", data, size);
}
