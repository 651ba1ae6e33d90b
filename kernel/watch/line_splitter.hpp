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
  std::uint64_t offset = 0;       ///< offset of its first byte in the file, after a byte order mark
  std::uint64_t next_offset = 0;  ///< offset of the next line
};

/// Splits a stream of bytes into lines with bounded memory: a line over max_line_bytes is dropped.
class LineSplitter final {
 public:
  enum class Next : std::uint8_t { kLine, kSkipped, kNeedsMore };

  explicit LineSplitter(std::size_t max_line_bytes) noexcept : max_line_bytes_(max_line_bytes) {}

  /// Clears the state; the next byte fed has offset `offset`. `inside_line`: it belongs to a line of unknown start,
  /// which is skipped silently.
  void restart(std::uint64_t offset, bool inside_line = false);

  void feed(std::string_view bytes) { buffer_.append(bytes); }

  /// kLine: `line` is valid until the next feed() or take(), and is returned again until take(). kSkipped: once for
  /// each line that is too long.
  [[nodiscard]] Next next(TailLine& line);

  /// Consumes the line that next() returned.
  void take() noexcept { head_ = line_end_; }

  [[nodiscard]] std::size_t buffered() const noexcept { return buffer_.size() - head_; }

 private:
  [[nodiscard]] Next without_end();
  void drop(std::size_t bytes);

  const std::size_t max_line_bytes_;
  std::string buffer_;
  std::uint64_t offset_ = 0;  ///< file offset of buffer_[0]
  std::size_t head_ = 0;      ///< start of the next line
  std::size_t searched_ = 0;  ///< no line end between head_ and here
  std::size_t line_end_ = 0;  ///< end of the line that next() returned
  bool is_skipping_ = false;
};

}  // namespace atm::kernel
