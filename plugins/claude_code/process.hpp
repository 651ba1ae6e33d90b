// SPDX-License-Identifier: MIT
// What the context of a record says of the process that the client runs in.
#pragma once

#include <array>
#include <atm/plugin/interfaces.hpp>
#include <string_view>

namespace claude_code {

/// Emits `process.bound` when the context has both a pid and its start time: a pid alone may be used again.
/// `head` gives session, origin and time.
atm::Status emit_process_bound(atm::Attrs context, const atm::ObservationHead& head,
                               const atm::ObservationSink& sink) noexcept;

/// A process in print mode (`claude -p`): nobody sits in front of it.
[[nodiscard]] bool is_print_mode(atm::Attrs context) noexcept;

/// The client's version out of AI_AGENT: `claude-code_2-1-330_harness` is 2.1.330. Empty when it is not said.
class ClientVersion final {
 public:
  explicit ClientVersion(atm::Attrs context) noexcept;
  [[nodiscard]] std::string_view text() const noexcept { return {text_.data(), size_}; }

 private:
  std::array<char, 32> text_{};
  std::size_t size_ = 0;
};

}  // namespace claude_code
