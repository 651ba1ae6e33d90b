// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace unix_socket {

/// Cuts a stream of bytes into lines, as they come. Whole lines are views into the caller's chunk; only a
/// line that straddles two chunks is copied, so a thousand connections share one read buffer. No byte is
/// looked at twice however slowly a line trickles in, and no line grows past the limit: that is found while
/// reading, not after.
class LineBuffer final {
 public:
  explicit LineBuffer(std::size_t line_bytes) : line_bytes_(line_bytes) {}

  /// The next bytes of the stream; borrowed until keep(), which must come before the next put().
  void put(std::string_view chunk) noexcept { chunk_ = chunk; }
  /// The next line without its newline; valid until the next call of any function but unget().
  [[nodiscard]] std::optional<std::string_view> next();
  /// Give the line of the last next() once more.
  void unget() noexcept;
  /// Takes a copy of what was not consumed.
  void keep();
  /// What is left when no more bytes will come: a line without a newline, or nothing.
  [[nodiscard]] std::optional<std::string_view> rest();

  /// A line is longer than the limit; next() gives nothing more.
  [[nodiscard]] bool is_too_long() const noexcept { return is_too_long_; }
  /// Whether bytes wait that have not been given as lines.
  [[nodiscard]] bool is_empty() const noexcept { return at_ == store_.size() && chunk_.empty(); }
  [[nodiscard]] std::size_t bytes_held() const noexcept { return store_.capacity(); }

 private:
  std::optional<std::string_view> next_of_store();
  std::optional<std::string_view> give(std::string_view line) noexcept;
  void append_to_store(std::string_view bytes);

  std::size_t line_bytes_;
  std::string store_;  // from at_: bytes of earlier chunks, before those of chunk_
  std::size_t at_ = 0;
  std::size_t scanned_ = 0;  // up to here store_ has no newline after at_
  std::string_view chunk_;
  std::size_t last_at_ = 0;  // where the last line began, for unget()
  std::string_view last_chunk_;
  bool chunk_has_no_newline_ = false;
  bool is_too_long_ = false;
};

}  // namespace unix_socket
