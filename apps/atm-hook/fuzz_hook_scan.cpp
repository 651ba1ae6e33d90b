// SPDX-License-Identifier: MIT
// Feeds arbitrary bytes to the scanner: the result is one line of valid JSON within bounds, however the input is split.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "scan.h"
#include "scan_test_support.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t piece = 1U + data[0] % 16;
  const std::string input(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Scanned whole = scan(input);
  const Scanned divided = scan(input, {piece});
  const bool holds =
      is_valid_json(whole.text) && is_valid_json(whole.notes) && whole.text.find('\n') == std::string::npos &&
      longest_string(whole.text) <= HOOK_STRING_MAX && whole.text == divided.text &&
      whole.notes == divided.notes && whole.cut_count == divided.cut_count &&
      (whole.is_json || !is_valid_json(input)) && (!whole.is_json || scan(whole.text).text == whole.text);
  if (!holds) std::abort();
  return 0;
}
