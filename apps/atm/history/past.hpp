// SPDX-License-Identifier: MIT
// The sessions at an earlier time.
#pragma once

#include <atm/domain/error.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <history/past_reader.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace atm::cli {

/// Folds stored inputs again with the registry of the daemon, so that each session has the state that it had. Every
/// function throws SqlError.
class Past final {
 public:
  /// The file outlives it. `max_sessions`: limits.sessions of the daemon.
  Past(history::HistoryFile& file, std::size_t max_sessions);
  ~Past();
  Past(const Past&) = delete;
  Past& operator=(const Past&) = delete;

  /// Computes the state at `at_ns`. kInvalidField: the history does not contain this time. The result is a note for the
  /// user if the daemon may have been killed before `at_ns`; else it is empty.
  [[nodiscard]] Result<std::string> seek(std::int64_t at_ns, std::int64_t now_ns);
  /// The first time that the history contains; nothing if there is none yet.
  [[nodiscard]] std::optional<std::int64_t> begin_ns() { return reader_.begin_ns(); }
  /// The time of the newest change before `at_ns`. kInvalidField: the history contains none.
  [[nodiscard]] Result<std::int64_t> change_before(std::int64_t at_ns, std::int64_t now_ns);
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

  /// Folds inputs of no history, from no sessions at `begin_ns` on: the first step has the empty snapshot. `next` returns
  /// nothing after the last input.
  static void play_inputs(std::int64_t begin_ns, std::size_t max_sessions,
                          const std::function<std::optional<history::Input>()>& next,
                          const std::function<bool(const Step&)>& each);

 private:
  class Fold;

  history::PastReader reader_;
  std::size_t max_sessions_;
  std::unique_ptr<Fold> fold_;
};

}  // namespace atm::cli
