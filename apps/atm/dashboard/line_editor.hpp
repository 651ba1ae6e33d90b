// SPDX-License-Identifier: MIT
// Edits one line of text, such as the filter.
#pragma once

#include <cstdint>
#include <string>

#include "tui/input.hpp"

namespace atm::cli {

enum class Edit : std::uint8_t {
  kGoesOn,
  kIsDone,       // Enter
  kIsCancelled,  // Escape, or Ctrl-C
};

/// Applies a key or a paste to the text, which keeps at most 200 bytes.
[[nodiscard]] Edit edit_line(std::string& text, const tui::Event& event);

}  // namespace atm::cli
