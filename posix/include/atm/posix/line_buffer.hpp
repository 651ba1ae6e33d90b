// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace atm::posix {

/// Splits a stream of bytes into lines. A whole line is a view into the caller's chunk; only a line that straddles two
/// chunks is copied, so all connections can share one read buffer. Each byte is scanned once, however slowly a line
/// arrives. A line over the limit is detected while it is read.
class LineBuffer final {
 public:
  explicit LineBuffer(std::size_t line_bytes) : line_bytes_(line_bytes) {}

  /// The next bytes of the stream; borrowed until keep(), which must precede the next put().
  void put(std::string_view chunk) noexcept { chunk_ = chunk; }
  /// The next line without its newline; valid until the next call of any function but unget().
  [[nodiscard]] std::optional<std::string_view> next();
  /// Makes next() return the last line again.
  void unget() noexcept;
  /// Copies the unconsumed bytes.
  void keep();
  /// The rest at the end of the stream: a line without a newline, or nothing.
  [[nodiscard]] std::optional<std::string_view> rest();

  /// Whether a line exceeds the limit; next() then returns nothing more.
  [[nodiscard]] bool is_too_long() const noexcept { return is_too_long_; }
  /// Whether no bytes wait to be returned as lines.
  [[nodiscard]] bool is_empty() const noexcept { return at_ == store_.size() && chunk_.empty(); }
  [[nodiscard]] std::size_t bytes_held() const noexcept { return store_.capacity(); }

 private:
  std::optional<std::string_view> next_of_store();
  std::optional<std::string_view> give(std::string_view line) noexcept;
  void append_to_store(std::string_view bytes);

  std::size_t line_bytes_;
  std::string store_;  // from at_: bytes of earlier chunks, which precede chunk_
  std::size_t at_ = 0;
  std::size_t scanned_ = 0;  // store_ has no newline between at_ and here
  std::string_view chunk_;
  std::size_t last_at_ = 0;  // start of the last line, for unget()
  std::string_view last_chunk_;
  bool chunk_has_no_newline_ = false;
  bool is_too_long_ = false;
};

inline std::optional<std::string_view> LineBuffer::next() {
  if (is_too_long_) return std::nullopt;
  last_at_ = at_;
  last_chunk_ = chunk_;
  if (at_ < store_.size()) return next_of_store();
  const std::size_t newline = chunk_.find('\n');
  if (newline == std::string_view::npos) {
    chunk_has_no_newline_ = true;
    is_too_long_ = chunk_.size() > line_bytes_;
    return std::nullopt;
  }
  const std::string_view line = chunk_.substr(0, newline);
  chunk_.remove_prefix(newline + 1);
  return give(line);
}

inline std::optional<std::string_view> LineBuffer::next_of_store() {
  std::size_t newline = store_.find('\n', std::max(at_, scanned_));
  if (newline == std::string::npos) {
    const std::size_t end = chunk_.find('\n');
    const std::string_view taken = chunk_.substr(0, end == std::string_view::npos ? end : end + 1);
    // Copies at most the limit.
    if (store_.size() - at_ + taken.size() > line_bytes_ + 1) {
      is_too_long_ = true;
      return std::nullopt;
    }
    append_to_store(taken);
    chunk_.remove_prefix(taken.size());
    if (end == std::string_view::npos) {
      is_too_long_ = store_.size() - at_ > line_bytes_;
      return std::nullopt;
    }
    newline = store_.size() - 1;
  }
  const std::string_view line = std::string_view(store_).substr(at_, newline - at_);
  scanned_ = at_ = newline + 1;
  return give(line);
}

inline std::optional<std::string_view> LineBuffer::give(std::string_view line) noexcept {
  if (line.size() <= line_bytes_) return line;
  is_too_long_ = true;
  return std::nullopt;
}

inline void LineBuffer::append_to_store(std::string_view bytes) {
  store_.erase(0, at_);
  last_at_ = at_ = 0;
  store_.append(bytes);
  scanned_ = store_.size();
}

inline void LineBuffer::unget() noexcept {
  // A line that straddles chunks is already in the store, and its part of the chunk is consumed, so only the position
  // moves back.
  const bool was_in_store = last_at_ < store_.size();
  at_ = scanned_ = last_at_;
  if (!was_in_store) chunk_ = last_chunk_;
}

inline void LineBuffer::keep() {
  if (at_ == store_.size()) {
    // An idle connection keeps no memory for its largest line.
    constexpr std::size_t kWorthKeeping = 64 * 1024;
    if (store_.capacity() > kWorthKeeping) std::string().swap(store_);
    store_.clear();
    at_ = scanned_ = 0;
  }
  if (!chunk_.empty() && !is_too_long_) {
    const bool is_scanned = chunk_has_no_newline_;
    append_to_store(chunk_);
    if (!is_scanned) scanned_ = 0;
  }
  chunk_ = last_chunk_ = {};
  chunk_has_no_newline_ = false;
  last_at_ = at_;
}

inline std::optional<std::string_view> LineBuffer::rest() {
  if (is_too_long_ || at_ == store_.size()) return std::nullopt;
  last_at_ = at_;
  last_chunk_ = {};
  return give(std::string_view(store_).substr(std::exchange(at_, store_.size())));
}

}  // namespace atm::posix
