// SPDX-License-Identifier: MIT
#pragma once

#include <atm/domain/session_runtime.hpp>
#include <atm/domain/timestamp.hpp>
#include <cstdint>
#include <functional>
#include <string_view>
#include <utility>

namespace atm::kernel {

/// Result of a liveness check of a process.
enum class Liveness : std::uint8_t {
  kUnknown,
  kAlive,
  kStopped,  ///< alive, and stopped by a signal (SIGSTOP, Ctrl-Z)
  kGone
};

/// A liveness in atm_stored.learnt: u, a, s, g in the order of the enumerators. Any other letter is kUnknown.
[[nodiscard]] char letter_of(Liveness liveness) noexcept;
[[nodiscard]] Liveness liveness_of(char letter) noexcept;

/// Checks the process of a session; must return at once.
using Verify = std::function<Liveness(const ProcessPlace&)>;

/// Input of one clean-up. Time and process state are parameters, so that tests and replays control both.
struct Tick {
  Timestamp wall{};          ///< since-time of a session that goes stale now
  std::int64_t mono_ns = 0;  ///< monotonic time
  Verify verify;             ///< called for each session with a known process; none: nothing is verified
};

/// Answers about processes for one input: those of a check, or the stored ones during a replay.
class LivenessAnswers final {
 public:
  explicit LivenessAnswers(Verify verify) : verify_(std::move(verify)) {}

  void set_verify(Verify verify) { verify_ = std::move(verify); }

  /// `letters`: the answers that the stored input was given, in order; borrowed until end_replay().
  void begin_replay(std::string_view letters) noexcept {
    letters_ = letters;
    is_replay_ = true;
  }
  void end_replay() noexcept { is_replay_ = false; }
  [[nodiscard]] bool is_replay() const noexcept { return is_replay_; }

  /// Whether ask() has an answer.
  [[nodiscard]] bool has_answer() const noexcept;
  /// kUnknown without an answer.
  [[nodiscard]] Liveness ask(const ProcessPlace& where);

 private:
  Verify verify_;
  std::string_view letters_;
  bool is_replay_ = false;
};

}  // namespace atm::kernel
