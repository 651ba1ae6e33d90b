// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace atm::kernel {

/// A complete line without its end, LF or CR LF; any bytes.
struct TailLine {
  std::string_view text;
  std::uint64_t offset = 0;       ///< in the file, of its first byte; after a byte order mark
  std::uint64_t next_offset = 0;  ///< where the next line begins
};

/// Cuts a stream of bytes into lines, with a bound on memory: of a line over max_line_bytes nothing is kept.
class LineSplitter final {
 public:
  enum class Next : std::uint8_t { kLine, kSkipped, kNeedsMore };

  explicit LineSplitter(std::size_t max_line_bytes) noexcept : max_line_bytes_(max_line_bytes) {}

  /// Forget everything; the next byte fed stands at `offset`. `inside_line`: within a line that is skipped
  /// without a word, since its beginning is not known.
  void restart(std::uint64_t offset, bool inside_line = false);

  void feed(std::string_view bytes) { buffer_.append(bytes); }

  /// kLine: `line` is valid until the next call of feed() or take(), and comes again until take().
  /// kSkipped: once for each line that is too long.
  [[nodiscard]] Next next(TailLine& line);

  /// The line that next() gave is done with.
  void take() noexcept { head_ = line_end_; }

  [[nodiscard]] std::size_t buffered() const noexcept { return buffer_.size() - head_; }

 private:
  [[nodiscard]] Next without_end();
  void drop(std::size_t bytes);

  const std::size_t max_line_bytes_;
  std::string buffer_;
  std::uint64_t offset_ = 0;  ///< of buffer_[0] in the file
  std::size_t head_ = 0;      ///< where the next line begins
  std::size_t searched_ = 0;  ///< no line end between head_ and here
  std::size_t line_end_ = 0;  ///< past the line that next() gave
  bool is_skipping_ = false;
};

}  // namespace atm::kernel
