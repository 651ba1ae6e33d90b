// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace unix_socket {

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

}  // namespace unix_socket
