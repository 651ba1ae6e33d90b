// SPDX-License-Identifier: MIT
// Processes 64 bytes per step: three bit masks mark the quotes and brackets, and a prefix XOR of the quotes marks the
// brackets inside strings. Only blocks with a backslash are processed byte by byte.
#include "ingest/brackets.hpp"

#include <bit>
#include <cstdint>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace unix_socket {

namespace {

class Walker final {
 public:
  /// Whether the value ended; `used` is then its size in `text`.
  [[nodiscard]] bool walk(std::string_view text, std::size_t& used) noexcept {
    for (std::size_t i = 0; i < text.size(); ++i) {
      const char c = text[i];
      if (is_escaped_) {
        is_escaped_ = false;
      } else if (c == '\\') {
        // Outside a string a backslash is not JSON; the parser of the value reports that.
        is_escaped_ = is_in_string_;
      } else if (c == '"') {
        is_in_string_ = !is_in_string_;
      } else if (!is_in_string_ && (c == '{' || c == '[')) {
        ++depth_;
      } else if (!is_in_string_ && (c == '}' || c == ']') && --depth_ == 0) {
        used = i + 1;
        return true;
      }
    }
    return false;
  }

#if defined(__SSE2__)
  static constexpr std::size_t kBlock = 64;

  enum class Step : std::uint8_t { kOn, kEnded, kWalk };

  /// The same for one block, from its masks; kWalk: the block needs walk().
  [[nodiscard]] Step step(const char* block, std::size_t& used) noexcept {
    Masks masks;
    for (unsigned part = 0; part < 4; ++part) masks.add(block + 16 * part, 16 * part);
    if (masks.escapes != 0 || is_escaped_) return Step::kWalk;
    std::uint64_t inside = masks.quotes;
    for (unsigned shift = 1; shift < kBlock; shift *= 2) inside ^= inside << shift;
    if (is_in_string_) inside = ~inside;
    for (std::uint64_t left = (masks.opens | masks.closes) & ~inside; left != 0; left &= left - 1) {
      const std::uint64_t lowest = left & (0 - left);
      if ((masks.opens & lowest) != 0) {
        ++depth_;
      } else if (--depth_ == 0) {
        used = static_cast<std::size_t>(std::countr_zero(left)) + 1;
        return Step::kEnded;
      }
    }
    is_in_string_ ^= (std::popcount(masks.quotes) & 1) != 0;
    return Step::kOn;
  }

 private:
  struct Masks {
    std::uint64_t quotes = 0;
    std::uint64_t escapes = 0;
    std::uint64_t opens = 0;
    std::uint64_t closes = 0;

    void add(const char* bytes, unsigned shift) noexcept {
      const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes));
      // A square bracket and its curly counterpart differ in bit 0x20.
      const __m128i folded = _mm_or_si128(block, _mm_set1_epi8(0x20));
      quotes |= mask(_mm_cmpeq_epi8(block, _mm_set1_epi8('"')), shift);
      escapes |= mask(_mm_cmpeq_epi8(block, _mm_set1_epi8('\\')), shift);
      opens |= mask(_mm_cmpeq_epi8(folded, _mm_set1_epi8('{')), shift);
      closes |= mask(_mm_cmpeq_epi8(folded, _mm_set1_epi8('}')), shift);
    }
    static std::uint64_t mask(__m128i equal, unsigned shift) noexcept {
      return static_cast<std::uint64_t>(static_cast<std::uint32_t>(_mm_movemask_epi8(equal))) << shift;
    }
  };
#endif

  std::size_t depth_ = 0;
  bool is_in_string_ = false;
  bool is_escaped_ = false;
};

}  // namespace

std::size_t bracketed_size(std::string_view text) noexcept {
  if (text.empty() || (text.front() != '{' && text.front() != '[')) return 0;
  Walker walker;
  std::size_t used = 0;
  std::size_t at = 0;
#if defined(__SSE2__)
  for (; text.size() - at >= Walker::kBlock; at += Walker::kBlock) {
    const auto step = walker.step(text.data() + at, used);
    const bool is_over = step == Walker::Step::kWalk ? walker.walk(text.substr(at, Walker::kBlock), used)
                                                     : step == Walker::Step::kEnded;
    if (is_over) return at + used;
  }
#endif
  return walker.walk(text.substr(at), used) ? at + used : 0;
}

}  // namespace unix_socket
