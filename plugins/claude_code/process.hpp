// SPDX-License-Identifier: MIT
// The agent process, from a record's context or from the session file.
#pragma once

#include <array>
#include <atm/plugin/interfaces.hpp>
#include <cstdint>
#include <optional>
#include <string_view>

#include "fields.hpp"

namespace claude_code {

/// `entrypoint` of a process in print mode (`claude -p`), which has no user.
inline constexpr std::string_view kPrintMode = "sdk-cli";

struct Process {
  std::optional<std::int64_t> pid{};
  std::optional<std::int64_t> start_ticks{};
  std::string_view tmux_pane{};  ///< empty: use the record's context
  /// The evidence shows that the process is in this session only.
  bool is_sole = false;

  /// A PID alone may be reused, so the start time is required.
  [[nodiscard]] bool is_known() const noexcept { return pid && *pid > 0 && start_ticks && *start_ticks > 0; }
};

/// The process that ran the hook or status line.
[[nodiscard]] Process process_of(atm::Attrs context) noexcept;

/// Adds `pid` and `start_ticks`, if both are known.
void add_identity(const Process& process, Attributes& out) noexcept;

/// Emits `process.bound` of a known process, with the terminal in `context`; of an unknown one, if its tmux pane is
/// known. `head` gives session, origin and time.
atm::Status emit_process_bound(const Process& process, atm::Attrs context, const atm::ObservationHead& head,
                               const atm::ObservationSink& sink) noexcept;

[[nodiscard]] bool is_print_mode(atm::Attrs context) noexcept;

/// The agent process in whose tool the agent process of `context` runs: the next `claude` in the chain of parents.
/// Empty if there is none, or no chain.
[[nodiscard]] Process enclosing_client(atm::Attrs context);

/// The agent's version in AI_AGENT: `claude-code_2-1-330_harness` is 2.1.330. Empty if absent.
class ClientVersion final {
 public:
  explicit ClientVersion(atm::Attrs context) noexcept;
  [[nodiscard]] std::string_view text() const noexcept { return {text_.data(), size_}; }

 private:
  std::array<char, 32> text_{};
  std::size_t size_ = 0;
};

}  // namespace claude_code
