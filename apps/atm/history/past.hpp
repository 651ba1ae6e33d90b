// SPDX-License-Identifier: MIT
// The sessions at an earlier time.
#pragma once

#include <atm/domain/error.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace atm::history {
class HistoryFile;
}

namespace atm::cli {

/// Why the history lacks inputs, for users. `reason` is that of history::Gap.
[[nodiscard]] std::string gap_reason(const std::string& reason);

/// Folds stored inputs again with the registry of the daemon, so that each session has the state that it had. Every
/// function throws SqlError.
class Past final {
 public:
  /// The file outlives it.
  explicit Past(history::HistoryFile& file);
  ~Past();
  Past(const Past&) = delete;
  Past& operator=(const Past&) = delete;

  /// Computes the state at `at_ns`. kInvalidField: the history does not contain this time.
  [[nodiscard]] Result<void> seek(std::int64_t at_ns, std::int64_t now_ns);
  /// The state, as lines of the protocol without newlines.
  [[nodiscard]] std::vector<std::string> snapshot() const;

  /// What one batch of inputs changed, as lines of the protocol; or a time without inputs, after which the state is
  /// another one.
  struct Step {
    std::int64_t at_ns = 0;
    std::vector<std::string> lines;
    std::string gap;  ///< the reason, for users; empty: no gap
    std::int64_t gap_from_ns = 0;
  };
  /// Continues from the state until `until_ns`, or until `each` returns false.
  void play(std::int64_t until_ns, const std::function<bool(const Step&)>& each);

 private:
  class Fold;
  /// A time whose state cannot be computed.
  struct Hole {
    std::int64_t from_ns = 0;
    std::int64_t to_ns = 0;
    std::string why;
    std::size_t checkpoint = 0;  ///< index of the first one after it
  };

  [[nodiscard]] std::vector<Hole> holes(std::int64_t from_ns, std::int64_t to_ns);
  [[nodiscard]] Result<void> check(std::int64_t at_ns, std::int64_t now_ns);

  history::HistoryFile& file_;
  std::unique_ptr<Fold> fold_;
  std::uint64_t position_ = 0;  ///< of the next input
  std::int64_t at_ns_ = 0;
};

}  // namespace atm::cli
