// SPDX-License-Identifier: MIT
// Reads the inputs from an earlier time on, with the times that the history does not contain.
#pragma once

#include <atm/domain/error.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
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
  /// Begins again from a checkpoint. False: it is none of this program.
  [[nodiscard]] virtual bool restore(std::string_view checkpoint) = 0;
  /// False: the reader stops.
  virtual bool input(const Input& input) = 0;
  /// After the hole, the state is that of `checkpoint`, or unchanged without one. `is_restored` is true if the fold took
  /// the checkpoint. False: the reader stops.
  virtual bool hole(const Hole& hole, const std::string* checkpoint, bool& is_restored) = 0;
};

/// A cursor in a history. Every function throws SqlError.
class PastReader final {
 public:
  /// The file outlives it. `time_text` formats a Unix time for error messages.
  PastReader(HistoryFile& file, std::function<std::string(std::int64_t)> time_text)
      : file_(file), time_text_(std::move(time_text)) {}

  /// Passes what gives the state at `at_ns` to a new fold. kInvalidField: the history does not contain this time;
  /// kUnsupported: its checkpoint has another version. The result is the hole that contains `at_ns`, if the state is the
  /// last one before a kill at an unknown time.
  [[nodiscard]] Result<std::optional<Hole>> seek(std::int64_t at_ns, std::int64_t now_ns, PastFold& fold);
  /// Continues until `until_ns`, or until the fold stops it. Returns false if the fold has stopped it. No transaction is
  /// open while the fold works, so that it may wait.
  bool play(std::int64_t until_ns, PastFold& fold);

 private:
  [[nodiscard]] std::vector<Hole> holes(std::int64_t from_ns, std::int64_t to_ns);
  [[nodiscard]] Result<std::optional<Hole>> check(std::int64_t at_ns, std::int64_t now_ns);

  HistoryFile& file_;
  std::function<std::string(std::int64_t)> time_text_;
  std::uint64_t position_ = 0;  ///< of the next input
  std::int64_t at_ns_ = 0;
};

}  // namespace atm::history
