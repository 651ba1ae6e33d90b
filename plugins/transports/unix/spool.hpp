// SPDX-License-Identifier: MIT
#pragma once

#include <atm/plugin/values.hpp>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "spool_directory.hpp"
#include "spool_file.hpp"
#include "spool_record.hpp"

namespace unix_socket {

/// What became of a spool's records.
struct SpoolTally {
  std::uint64_t records = 0;  ///< taken by the host
  std::uint64_t refused = 0;  ///< by their parser, or of a channel nobody reads
  std::uint64_t torn = 0;     ///< lines that are no record, or only a part of one
  std::uint64_t too_old = 0;
  std::uint64_t dropped = 0;    ///< never written: the spool was full
  std::uint64_t set_aside = 0;  ///< two daemons died while they were parsed
  std::uint64_t paused = 0;     ///< put back, since the parser of their channel is paused

  friend bool operator==(const SpoolTally&, const SpoolTally&) = default;
};

/// Takes in what hooks left in one directory: each record once, in the order of the files' lines. A file is renamed
/// before it is read, its records are struck out when they have been handed over, and it is removed when all have: what
/// a daemon dies over is there for the next one, and nothing else. A record over which two have died is set aside.
/// Records of a channel that is paused are moved to a file of their own, so that they delay no others.
/// [transport]
class Spool final {
 public:
  /// Hands a record to the host. kBusy and kClosed: it was not taken and stays. kPaused: it waits for the parser.
  using Hand = std::function<atm::Status(const SpoolRecord& record)>;
  struct Options {
    std::string directory;
    std::size_t line_bytes = 0;
    std::int64_t max_age_ns = 0;
  };
  enum class Progress : std::uint8_t {
    kDone,  ///< nothing up to that time is left
    kMore,  ///< call again
    kBusy,  ///< call again in a moment: the host takes nothing now
  };
  static constexpr std::int64_t kEver = INT64_MAX;

  Spool(Options options, Hand hand) : options_(std::move(options)), hand_(std::move(hand)) {}

  enum class Look : std::uint8_t { kForRecords, kForAll };
  /// Finds what was left since the last look; `now_ns` decides what is too old. The first one looks for all.
  void look(Look look, std::int64_t now_ns);
  /// Hands over, in their order, the records that were written at `until_ns` or before, at most `most` at once. A
  /// session's hooks follow each other in both orders; those of two sessions may not, when one was slow to write.
  [[nodiscard]] Progress take_in(std::int64_t until_ns, std::int64_t now_ns, std::size_t most);
  /// Keeps a record, the text of an `ingest` message, until its channel is not paused any more. False: it was not
  /// written.
  [[nodiscard]] bool defer(std::string_view text, const SpoolFile::Line& line, unsigned deaths = 0);
  /// Whether records of that group of channels wait for the end of a pause.
  [[nodiscard]] bool is_paused(std::size_t group) const noexcept {
    return paused_ && paused_->has_group(group);
  }
  /// Hands over of those what is not paused any more, at most `most`: nothing that waits elsewhere goes before them.
  void take_in_paused(std::int64_t now_ns, std::size_t most) {
    static_cast<void>(take_in_paused(kEver, now_ns, most));
  }
  [[nodiscard]] bool is_paused() const noexcept { return paused_ && paused_->has_lines(); }
  /// Whether records wait that are known, and for no pause.
  [[nodiscard]] bool is_waiting() const noexcept;
  /// The greatest time of those; 0 without any.
  [[nodiscard]] std::int64_t latest_ns() const noexcept;
  /// Whether a file is held that a hook may still be writing to.
  [[nodiscard]] bool is_held() const noexcept { return !files_.empty() || paused_; }

  /// What was counted since the last call.
  [[nodiscard]] SpoolTally tally() noexcept { return std::exchange(tally_, {}); }
  /// What kept something from being read, each once.
  [[nodiscard]] std::vector<std::string> problems() { return std::exchange(problems_, {}); }
  [[nodiscard]] const std::string& directory() const noexcept { return options_.directory; }

 private:
  /// What became of one line.
  enum class Handed : std::uint8_t { kDone, kBusy, kPaused };
  [[nodiscard]] Progress take_in(SpoolFile& file, std::int64_t until_ns, std::int64_t now_ns,
                                 std::size_t& most);
  [[nodiscard]] Progress take_in_paused(std::int64_t until_ns, std::int64_t now_ns, std::size_t& most);
  [[nodiscard]] Handed hand_over(SpoolFile& file, std::size_t line, std::int64_t now_ns);
  void put_back(SpoolFile& file, std::size_t line);
  void drop(SpoolFile& file, std::size_t line);
  void open_paused(bool is_made, std::int64_t now_ns);
  void set_aside(std::string_view text, std::int64_t now_ns);
  [[nodiscard]] bool open_directory();
  void read_on(std::int64_t now_ns);
  void read_on(SpoolFile& file, std::int64_t now_ns);
  void retire();
  [[nodiscard]] bool open_next(std::int64_t now_ns);
  [[nodiscard]] bool open_file(std::int64_t now_ns);
  void count_dropped();
  void complain(const atm::Error& error);
  [[nodiscard]] std::optional<SpoolFile::Line> judge(std::string_view line, std::int64_t now_ns);

  const Options options_;
  const Hand hand_;
  std::optional<SpoolDirectory> directory_;     // while there is something in it to do
  std::deque<SpoolFile> files_;                 // oldest first; the last may have the name `taken`
  std::optional<SpoolFile> paused_;             // written by us alone
  std::int64_t offered_ns_ = INT64_MIN;         // when the host last refused one of those
  std::optional<atm::FileIdentity> done_with_;  // has the name `taken`, and cannot be removed
  SpoolRecord record_;
  SpoolTally tally_;
  std::vector<std::string> problems_;
  std::set<std::string> known_problems_;
  bool is_first_look_ = true;
  std::int64_t prune_after_ns_ = INT64_MIN;
};

}  // namespace unix_socket
