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

#include "ingest/spool_directory.hpp"
#include "ingest/spool_file.hpp"
#include "ingest/spool_record.hpp"

namespace unix_socket {

/// Counts of a spool's records.
struct SpoolTally {
  std::uint64_t records = 0;  ///< accepted by the host
  std::uint64_t refused = 0;  ///< refused by the parser, or no plugin reads the channel
  std::uint64_t torn = 0;     ///< incomplete or invalid lines
  std::uint64_t too_old = 0;
  std::uint64_t dropped = 0;    ///< not written by hooks, because the spool was full
  std::uint64_t set_aside = 0;  ///< two daemons died while parsing them
  std::uint64_t paused = 0;     ///< put back, because the parser of their channel is paused

  friend bool operator==(const SpoolTally&, const SpoolTally&) = default;
};

/// Ingests the entries of one spool directory: each record once, in the order of the lines. The spool strikes out
/// records after they are handed over. It renames a file before it expects its end, and removes the file at the end.
/// After a crash the next daemon finds exactly the remaining records. A record over which two daemons died is set aside. Records of a
/// paused channel move to a file of their own, so that they delay no others. [transport]
class Spool final {
 public:
  /// Hands a record to the host. kBusy and kClosed: not accepted, it stays. kPaused: it waits for the parser.
  using Hand = std::function<atm::Status(const SpoolRecord& record)>;
  struct Options {
    std::string directory;
    std::size_t line_bytes = 0;
    std::int64_t max_age_ns = 0;
  };
  enum class Progress : std::uint8_t {
    kDone,  ///< nothing up to that time is left
    kMore,  ///< call again
    kBusy,  ///< call again in a moment: the host is busy
  };
  static constexpr std::int64_t kEver = INT64_MAX;

  Spool(Options options, Hand hand) : options_(std::move(options)), hand_(std::move(hand)) {}

  enum class Look : std::uint8_t { kForRecords, kForAll };
  /// Finds all entries that were written before the call; `now_ns`, the Unix time, decides which are too old. The last
  /// search did not find a new entry, so that it has a later time than that search. An entry that an earlier search
  /// found has at most the time of this one, even if the clock of its writer is ahead.
  void look(Look look, std::int64_t now_ns);
  /// Finds no more entries from now on.
  void stop_looking() noexcept { is_looking_ = false; }
  /// Hands over, in order, at most `most` records written at `until_ns` or before. Hooks of one session keep their
  /// order; those of two sessions may not, if one hook was slow to write. A record whose group has paused records is
  /// put behind them.
  [[nodiscard]] Progress take_in(std::int64_t until_ns, std::int64_t now_ns, std::size_t most);
  /// Keeps a record, the text of an `ingest` message, until the pause of its channel ends. False: not written.
  [[nodiscard]] bool defer(std::string_view text, const SpoolFile::Line& line, unsigned deaths = 0);
  /// Offers the first paused record of each group; after an accepted record, the next one. At most `most` in all.
  [[nodiscard]] Progress take_in_paused(std::int64_t now_ns, std::size_t most);
  /// Adds the groups of channels whose records wait for the end of a pause.
  void add_paused_groups(std::set<std::size_t>& groups) const;
  /// Whether known records wait that are not paused.
  [[nodiscard]] bool is_waiting() const noexcept;
  /// The least time of those; kEver without any.
  [[nodiscard]] std::int64_t earliest_ns() const noexcept;
  /// Whether records became known since the last call.
  [[nodiscard]] bool take_found() noexcept { return std::exchange(has_found_, false); }
  /// Whether a hook may still be writing to an open file.
  [[nodiscard]] bool is_held() const noexcept { return !files_.empty() || paused_; }

  /// The counts since the last call.
  [[nodiscard]] SpoolTally tally() noexcept { return std::exchange(tally_, {}); }
  /// The reasons why something could not be read, each once.
  [[nodiscard]] std::vector<std::string> problems() { return std::exchange(problems_, {}); }
  [[nodiscard]] const std::string& directory() const noexcept { return options_.directory; }

 private:
  /// The result of one line.
  enum class Handed : std::uint8_t { kDone, kBusy, kPaused };
  [[nodiscard]] Progress take_in(SpoolFile& file, std::int64_t until_ns, std::int64_t now_ns,
                                 std::size_t& most);
  [[nodiscard]] Handed hand_over(SpoolFile& file, std::size_t line, std::int64_t now_ns);
  void put_back(SpoolFile& file, std::size_t line);
  void drop(SpoolFile& file, std::size_t line);
  void open_paused(bool is_made, std::int64_t now_ns);
  void set_aside(std::string_view text, std::int64_t now_ns);
  [[nodiscard]] bool open_directory();
  void scan(Look look, std::int64_t now_ns);
  void read_on(std::int64_t now_ns);
  void read_on(SpoolFile& file, bool is_renamed, std::int64_t now_ns);
  void retire();
  [[nodiscard]] bool open_next(std::int64_t now_ns);
  [[nodiscard]] bool add_file(SpoolInput input);
  void rename_records();
  void count_dropped();
  void complain(const atm::Error& error);
  [[nodiscard]] std::optional<SpoolFile::Line> judge(std::string_view line, std::int64_t now_ns);

  const Options options_;
  const Hand hand_;
  std::optional<SpoolDirectory> directory_;     // open while it contains work
  std::deque<SpoolFile> files_;                 // oldest first; one may have the name `taken`
  bool has_records_ = false;                    // the last one still has the name `records`
  std::optional<SpoolFile> paused_;             // written only by this object
  std::optional<atm::FileIdentity> done_with_;  // has the name `taken`, and cannot be removed
  SpoolRecord record_;
  SpoolTally tally_;
  std::vector<std::string> problems_;
  std::set<std::string> known_problems_;
  bool is_first_look_ = true;
  bool is_looking_ = true;
  bool has_found_ = false;
  std::int64_t prune_after_ns_ = INT64_MIN;
  std::int64_t looked_ns_ = INT64_MAX;  // the time of the last search
};

}  // namespace unix_socket
