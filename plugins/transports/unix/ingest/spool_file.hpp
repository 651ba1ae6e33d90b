// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "ingest/spool_directory.hpp"

namespace unix_socket {

/// One file of records that hooks may still be writing to. Only the positions of its lines are in memory. A processed
/// line is struck out with newlines in place: the file keeps its size, on which appending writers rely, and becomes
/// sparse where it was read. [transport]
class SpoolFile final {
 public:
  struct Line {
    std::int64_t time_ns = 0;  ///< the earliest time at which it can have been written
    std::size_t group = 0;     ///< of its channel
  };
  /// Reads a line; absent: ignore it. Not called for empty lines.
  using Judge = std::function<std::optional<Line>(std::string_view line)>;

  /// A line over `line_bytes` is invalid: it is judged as empty text.
  SpoolFile(SpoolInput input, std::size_t line_bytes);

  /// Finds the lines written since the last call; returns whether the file is complete. `is_renamed`: writers no longer
  /// open the file.
  bool read_on(const Judge& judge, bool is_renamed);
  /// Whether undropped lines exist.
  [[nodiscard]] bool has_lines() const noexcept { return !places_.empty(); }
  /// The least time of those; INT64_MAX without any.
  [[nodiscard]] std::int64_t earliest_ns() const noexcept {
    return places_.empty() ? INT64_MAX : places_.front().earliest_ns;
  }
  /// Sets later times to `most_ns`.
  void limit_times(std::int64_t most_ns) noexcept;
  /// Their number in each group.
  [[nodiscard]] const std::map<std::size_t, std::size_t>& groups() const noexcept { return groups_; }
  /// The first line written at `until_ns` or before that belongs to none of the groups in `without`.
  [[nodiscard]] std::optional<std::size_t> find(std::int64_t until_ns,
                                                std::span<const std::size_t> without = {}) const noexcept;
  [[nodiscard]] Line line(std::size_t line) const noexcept {
    return {places_[line].time_ns, places_[line].group};
  }
  /// Appends one line. False: the file would exceed `most_bytes`, or the write fails. Only for a file that no hook
  /// writes to and that is_complete().
  [[nodiscard]] bool append(std::string_view text, const Line& line, unsigned deaths,
                            std::uint64_t most_bytes);
  static constexpr unsigned kMostDeaths = 2;
  /// Number of daemons that died while this line was parsed.
  [[nodiscard]] unsigned deaths(std::size_t line) const noexcept { return places_[line].deaths; }
  /// Marks the line in the file as being parsed: a daemon that finds the mark knows that its predecessor died.
  void begin_try(std::size_t line);
  /// Removes the mark: the line was not parsed, or will be parsed again.
  void take_back_try(std::size_t line);
  /// The text without marks, valid until the next call; absent if it can no longer be read.
  [[nodiscard]] std::optional<std::string_view> text_of(std::size_t line);
  /// Strikes the line out, so that no later reader finds it. False: the write failed.
  [[nodiscard]] bool drop(std::size_t line);
  /// No more lines will follow. False while a hook may be writing one.
  [[nodiscard]] bool is_complete() const noexcept { return is_complete_; }
  [[nodiscard]] const atm::FileIdentity& identity() const noexcept { return input_.identity; }

 private:
  struct Place {
    std::uint64_t offset = 0;
    std::size_t size = 0;
    std::int64_t time_ns = 0;
    std::int64_t earliest_ns = 0;  // of this line and all lines behind it
    unsigned deaths = 0;
    std::size_t group = 0;
  };
  /// More than any spool in which hooks respect their limit.
  static constexpr std::uint64_t kMostBytes = 256ULL << 20;

  void take(std::string_view chunk, const Judge& judge);
  void end_line(std::string_view last_part, const Judge& judge);
  void keep(std::string_view part);
  void add(const Place& place);
  void settle_earliest() noexcept;
  void write_mark(std::size_t line, unsigned deaths);
  [[nodiscard]] bool strike_out(std::uint64_t offset, std::uint64_t size);
  [[nodiscard]] bool overwrite(std::uint64_t offset, std::uint64_t size, char with);

  SpoolInput input_;
  std::size_t line_bytes_;
  std::deque<Place> places_;
  std::map<std::size_t, std::size_t> groups_;
  std::int64_t latest_ns_ = INT64_MIN;  // no undropped line has a later time
  std::uint64_t read_at_ = 0;           // bytes before this offset have been read
  std::uint64_t line_at_ = 0;           // start of the unfinished line
  std::string begun_;                   // of that line, the bytes before the last chunk
  bool is_too_long_ = false;            // that line exceeds the limit
  bool is_struck_out_ = false;
  bool is_complete_ = false;
  std::string buffer_;
};

}  // namespace unix_socket
