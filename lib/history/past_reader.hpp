// SPDX-License-Identifier: MIT
// Reads the inputs from an earlier time on, with the times that the history does not contain.
#pragma once

#include <atm/domain/error.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "history/file.hpp"

namespace atm::history {

/// Why the history lacks inputs, for users. `reason` is that of a Gap.
[[nodiscard]] std::string gap_reason(const std::string& reason);

/// A time whose state is not known.
struct Hole {
  std::int64_t from_ns = 0;
  std::int64_t to_ns = 0;
  std::string why{};               ///< for users
  std::size_t checkpoint = 0;      ///< index of the first one after it
  bool has_unknown_begin = false;  ///< the daemon was killed at an unknown time after `from_ns`
};

/// Folds what a PastReader reads.
class PastFold {
 public:
  virtual ~PastFold() = default;
  /// Begins again from a checkpoint, or from what state() has returned. False: it is none of this program.
  [[nodiscard]] virtual bool restore(std::string_view checkpoint) = 0;
  /// The state after the inputs so far, as bytes for restore(); empty: it is not to be kept.
  [[nodiscard]] virtual std::string state() = 0;
  /// False: the reader stops.
  virtual bool input(const Input& input) = 0;
  /// After the hole, the state is that of `checkpoint`, or unchanged without one. `is_restored` is true if the fold took
  /// the checkpoint. False: the reader stops.
  virtual bool hole(const Hole& hole, const std::string* checkpoint, bool& is_restored) = 0;
};

/// A cursor in a history. It keeps the state after every 256 inputs that it has read, within 16 MiB, so that a seek to a
/// time shortly before reads few inputs. Every function throws SqlError.
class PastReader final {
 public:
  static constexpr std::uint64_t kKeepEvery = 256;
  static constexpr std::size_t kMaxKeptBytes = std::size_t{16} << 20;

  /// The file outlives it. `time_text` formats a Unix time for error messages.
  PastReader(HistoryFile& file, std::function<std::string(std::int64_t)> time_text)
      : file_(file), time_text_(std::move(time_text)) {}

  /// Passes what gives the state at `at_ns` to a new fold. kInvalidField: the history does not contain this time;
  /// kUnsupported: its checkpoint has another version. The result is the hole that contains `at_ns`, if the state is the
  /// last one before a kill at an unknown time.
  [[nodiscard]] Result<std::optional<Hole>> seek(std::int64_t at_ns, std::int64_t now_ns, PastFold& fold);
  /// The last seek() passed no input that arrived until this time. 0: it passed all.
  [[nodiscard]] std::int64_t began_ns() const noexcept { return began_ns_; }
  /// Passes what follows, until `until_ns`, or until the fold stops it. Returns false if the fold has stopped it. No
  /// transaction is open while the fold works, so that it may wait.
  bool play(std::int64_t until_ns, PastFold& fold);
  /// The first time that seek() accepts; nothing if there is none yet.
  [[nodiscard]] std::optional<std::int64_t> begin_ns() { return begin_of(places()); }
  /// The holes that begin before `at_ns`, the oldest first.
  [[nodiscard]] std::vector<Hole> holes_before(std::int64_t at_ns);

 private:
  struct Kept {
    std::int64_t at_ns = 0;
    std::string state;
  };
  /// What every question about a time needs.
  struct Places {
    std::vector<CheckpointPlace> checkpoints;
    std::vector<Run> runs;
    std::vector<Gap> gaps;
  };

  [[nodiscard]] Places places();
  [[nodiscard]] std::optional<std::int64_t> begin_of(const Places& places);
  [[nodiscard]] static std::vector<Hole> holes(const Places& places, std::int64_t from_ns,
                                               std::int64_t to_ns);
  [[nodiscard]] Result<std::optional<Hole>> check(const Places& places, std::int64_t at_ns,
                                                  std::int64_t now_ns);
  /// False: the checkpoint has another version.
  [[nodiscard]] bool restore_before(const Places& places, std::int64_t at_ns, PastFold& fold);
  void count(const Input& input, std::uint64_t position);
  void keep(const Input& next, PastFold& fold);
  void set_size(std::size_t state_bytes) noexcept;

  HistoryFile& file_;
  std::function<std::string(std::int64_t)> time_text_;
  std::uint64_t position_ = 0;  ///< of the next input
  std::int64_t at_ns_ = 0;
  std::int64_t began_ns_ = 0;
  std::int64_t folded_ns_ = 0;          ///< the latest arrival of the inputs before position_
  std::map<std::uint64_t, Kept> kept_;  ///< by position
  std::size_t kept_bytes_ = 0;
  std::uint64_t keep_every_ = kKeepEvery;  ///< 0: the states are too large
  std::uint64_t next_kept_ = 0;            ///< the position from which on the next state is kept
  std::pair<std::size_t, std::int64_t>
      forgotten_;  ///< changes with each `forget`, which makes states invalid
};

}  // namespace atm::history
