// SPDX-License-Identifier: MIT
// A mutator that knows only the separator of a grammar's parts (ATM_FUZZ_SEPARATOR: a newline between messages or
// header lines, a comma between the members of a document). It repeats, drops, swaps and copies whole parts, and lets
// libFuzzer change a single one with the target's dictionary. The first ATM_FUZZ_HEADER bytes are no part: they
// configure the run.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <random>
#include <string>
#include <string_view>
#include <vector>

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

namespace {

constexpr char kSeparator = ATM_FUZZ_SEPARATOR;

using Random = std::minstd_rand;
using Parts = std::vector<std::string>;

std::size_t below(Random& random, std::size_t bound) {
  return bound < 2 ? 0 : random() % bound;
}

Parts split(std::string_view text) {
  Parts parts;
  for (;;) {
    const std::size_t end = text.find(kSeparator);
    parts.emplace_back(text.substr(0, end));
    if (end == text.npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::string join(const Parts& parts) {
  std::string text;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) text += kSeparator;
    text += parts[i];
  }
  return text;
}

void mutate_text(std::string& text, std::size_t max_size) {
  const std::size_t size = text.size();
  text.resize(std::max(max_size, size));
  text.resize(LLVMFuzzerMutate(reinterpret_cast<std::uint8_t*>(text.data()), size, text.size()));
}

void mutate(Parts& parts, Random& random, std::size_t max_size) {
  const std::size_t one = below(random, parts.size());
  const std::size_t other = below(random, parts.size());
  const auto at = parts.begin() + static_cast<std::ptrdiff_t>(one);
  switch (below(random, 10)) {
    case 0:
      parts.insert(at, std::string(parts[other]));
      break;
    case 1:
      if (parts.size() > 1) parts.erase(at);
      break;
    case 2:
      std::swap(parts[one], parts[other]);
      break;
    case 3:
      parts[one] = std::string(parts[other]);
      break;
    case 4:  // the beginning of one and the end of another
      parts[one] = parts[one].substr(0, below(random, parts[one].size() + 1)) +
                   parts[other].substr(below(random, parts[other].size() + 1));
      break;
    default:
      mutate_text(parts[one], std::max(parts[one].size() + 64, max_size / 4));
  }
}

}  // namespace

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned int seed) {
  constexpr std::size_t kHeader = ATM_FUZZ_HEADER;
  Random random(seed);
  if (size <= kHeader || max_size <= kHeader) return LLVMFuzzerMutate(data, size, max_size);
  if (kHeader > 0 && below(random, 16) == 0) {
    LLVMFuzzerMutate(data, kHeader, kHeader);
    return size;
  }
  if (below(random, 4) == 0) return LLVMFuzzerMutate(data, size, max_size);
  Parts parts = split({reinterpret_cast<const char*>(data) + kHeader, size - kHeader});
  for (std::size_t i = 1 + below(random, 3); i > 0; --i) mutate(parts, random, max_size - kHeader);
  const std::string text = join(parts);
  const std::size_t count = std::min(text.size(), max_size - kHeader);
  std::memcpy(data + kHeader, text.data(), count);
  return kHeader + count;
}
