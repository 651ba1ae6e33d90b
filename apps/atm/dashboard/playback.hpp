// SPDX-License-Identifier: MIT
// The sessions at an earlier time, and the changes that followed.
#pragma once

#include <atm/client/session_copy.hpp>
#include <atm/domain/timestamp.hpp>
#include <atm/protocol/daemon_message_reader.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "child.hpp"

namespace atm::cli {

/// Another process, `atm replay --steered`, folds the history, so that a slow disk does not stop the screen. The output
/// after the shown sessions waits in the pipe until the user asks for it.
class Playback final {
 public:
  using Clock = std::chrono::steady_clock;

  /// Shows the sessions at a time.
  void go_to(Timestamp at);
  /// Shows the sessions after the next change, or before the latest one. Requires shown().
  void step();
  void step_back();
  /// Shows the next or previous time at which one more session began to need the user. Requires shown().
  void next_need();
  void previous_need();
  /// Shows the changes at the speed at which they happened, or pauses. Requires shown().
  void play_or_pause(Clock::time_point now);
  /// Forgets everything.
  void stop();

  /// The descriptor to wait for; -1: nothing is wanted.
  [[nodiscard]] int fd() const noexcept { return is_reading() ? child_.fd() : -1; }
  /// When to call read() although nothing has arrived.
  [[nodiscard]] Clock::time_point due() const noexcept { return due_; }
  /// Reads what has arrived. Returns true if shown() or notice() may have changed.
  bool read(Clock::time_point now);

  /// The time of the sessions in copy(); absent: the first one is not complete.
  [[nodiscard]] const std::optional<Timestamp>& shown() const noexcept { return shown_; }
  [[nodiscard]] const client::SessionCopy& copy() const noexcept { return copy_; }
  /// The time that the user asked for, if it is not shown yet; else the shown one.
  [[nodiscard]] std::optional<Timestamp> wanted() const noexcept {
    return goal_ == Goal::kTime ? wanted_ : shown_;
  }
  [[nodiscard]] bool is_playing() const noexcept { return goal_ == Goal::kPlay; }
  /// Why the last request failed, for the user; empty: it did not.
  [[nodiscard]] const std::string& notice() const noexcept { return notice_; }

 private:
  enum class Goal : std::uint8_t { kNone, kTime, kChange, kChangeBefore, kNeed, kNeedBefore, kPlay };
  /// What a line of the output, or its end, means for the goal.
  enum class Outcome : std::uint8_t { kContinue, kReached, kNotFound, kWait, kEnded, kRefused };

  [[nodiscard]] bool is_reading() const noexcept {
    return goal_ != Goal::kNone && due_ == Clock::time_point::max();
  }
  /// Another copy than the shown one is read until it is complete.
  [[nodiscard]] bool is_moving() const noexcept {
    return goal_ == Goal::kTime || goal_ == Goal::kChangeBefore || goal_ == Goal::kNeedBefore;
  }
  void go_on(Goal goal);
  void order(const char* word, Timestamp at);
  void search(std::chrono::nanoseconds distance);
  void search_on();
  [[nodiscard]] Outcome take(std::string_view line, Clock::time_point now);
  [[nodiscard]] Outcome end_batch(std::optional<Timestamp> next, Clock::time_point now);
  void end_output(Clock::time_point now);
  void reach();
  void fail(std::string why);

  Child child_;
  protocol::DaemonMessageReader reader_;
  std::string text_;          ///< output that is not processed
  client::SessionCopy copy_;  ///< what is shown
  client::SessionCopy next_;  ///< what a move will show
  Goal goal_ = Goal::kNone;
  Goal after_ = Goal::kNone;  ///< what the user asked for meanwhile
  std::optional<Timestamp> shown_;
  Timestamp wanted_{};
  /// A search begins so long before wanted_. It found nothing from nearest_; the history refused farthest_.
  std::chrono::nanoseconds distance_{};
  std::chrono::nanoseconds nearest_{};
  std::optional<std::chrono::nanoseconds> farthest_;
  std::optional<Timestamp> found_;  ///< by the search so far
  Timestamp at_{};                  ///< of the batch that is read
  std::size_t unanswered_ = 0;      ///< orders; what precedes the answer to the latest one is of no interest
  bool has_snapshot_ = false;       ///< the first one is complete
  std::vector<protocol::DaemonMessage> batch_;  ///< not in the copy until it is complete
  bool is_after_gap_ = false;                   ///< playing does not wait for the length of a gap
  std::size_t needs_ = 0;                       ///< sessions that needed the user after the latest batch
  std::string message_;                         ///< of the command, for the user
  Timestamp played_from_{};
  Clock::time_point play_began_{};
  Clock::time_point due_ = Clock::time_point::max();
  std::string notice_;
};

}  // namespace atm::cli
