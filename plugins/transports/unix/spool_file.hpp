// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "spool_directory.hpp"

namespace unix_socket {

/// One file of records that hooks may still be writing to, known by the places of its lines: their bytes stay in
/// the file until they are wanted. Who is done with is struck out by newlines in its place: the file keeps its size,
/// which those who append rely on, and is nothing where it was read. [transport]
class SpoolFile final {
 public:
  struct Line {
    std::int64_t time_ns = 0;  ///< when it was written
    std::size_t group = 0;     ///< of its channel
  };
  /// Reads a line; absent: it is not wanted. Not called for empty lines.
  using Judge = std::function<std::optional<Line>(std::string_view line)>;

  /// Lines over `line_bytes` are none: they are judged as an empty text.
  SpoolFile(SpoolInput input, std::size_t line_bytes);

  /// Finds the lines that were written since the last time. Whether that can be all there will ever be.
  bool read_on(const Judge& judge);
  /// Whether a line has not been dropped.
  [[nodiscard]] bool has_lines() const noexcept { return !places_.empty(); }
  /// The greatest time of those; 0 without any.
  [[nodiscard]] std::int64_t latest_ns() const noexcept;
  /// The first one that was written at `until_ns` or before and belongs to none of the groups in `without`.
  [[nodiscard]] std::optional<std::size_t> find(std::int64_t until_ns,
                                                std::span<const std::size_t> without = {}) const noexcept;
  [[nodiscard]] Line line(std::size_t line) const noexcept {
    return {places_[line].time_ns, places_[line].group};
  }
  [[nodiscard]] bool has_group(std::size_t group) const noexcept;
  /// Writes one line more at the end. False: the file would be longer than `most_bytes`, or it cannot be written. Only
  /// for a file that no hook writes to and that is_complete().
  [[nodiscard]] bool append(std::string_view text, const Line& line, unsigned deaths,
                            std::uint64_t most_bytes);
  static constexpr unsigned kMostDeaths = 2;
  /// How many daemons have died while this line was parsed, or were killed then.
  [[nodiscard]] unsigned deaths(std::size_t line) const noexcept { return places_[line].deaths; }
  /// Marks the line in the file as being parsed: a daemon that finds the mark knows that the one before it died.
  void begin_try(std::size_t line);
  /// It was not parsed after all, or it will be again.
  void take_back_try(std::size_t line);
  /// Its text without marks, good until the next call of this function; absent when it cannot be read any more.
  [[nodiscard]] std::optional<std::string_view> text_of(std::size_t line);
  /// It is done with, and nobody who opens the file again shall find it. False: it could not be struck out.
  [[nodiscard]] bool drop(std::size_t line);
  /// No more lines will come. False as long as a hook may be in the middle of writing one.
  [[nodiscard]] bool is_complete() const noexcept { return is_complete_; }
  [[nodiscard]] const atm::FileIdentity& identity() const noexcept { return input_.identity; }

 private:
  struct Place {
    std::uint64_t offset = 0;
    std::size_t size = 0;
    std::int64_t time_ns = 0;
    std::int64_t earliest_ns = 0;  // of this line and of all behind it
    unsigned deaths = 0;
    std::size_t group = 0;
  };
  /// More than any spool has that hooks keep to their limit in.
  static constexpr std::uint64_t kMostBytes = 256ULL << 20;

  void take(std::string_view chunk, const Judge& judge);
  void end_line(std::string_view last_part, const Judge& judge);
  void keep(std::string_view part);
  void settle_earliest();
  void write_mark(std::size_t line, unsigned deaths);
  [[nodiscard]] bool strike_out(std::uint64_t offset, std::uint64_t size);
  [[nodiscard]] bool overwrite(std::uint64_t offset, std::uint64_t size, char with);

  SpoolInput input_;
  std::size_t line_bytes_;
  std::deque<Place> places_;
  std::uint64_t read_at_ = 0;  // up to here the file has been read
  std::uint64_t line_at_ = 0;  // where the line that is not over began
  std::string begun_;          // of that line, what came before the last chunk
  bool is_too_long_ = false;   // that line is
  bool is_struck_out_ = false;
  bool is_complete_ = false;
  std::string buffer_;
};

}  // namespace unix_socket
