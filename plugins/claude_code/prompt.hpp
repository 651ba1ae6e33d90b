// SPDX-License-Identifier: MIT
// Properties of a prompt; its text is never emitted.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>

namespace claude_code {

/// The characters of UTF-8.
[[nodiscard]] inline std::int64_t count_characters(std::string_view text) noexcept {
  return std::count_if(text.begin(), text.end(),
                       [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; });
}

/// The agent started the turn itself, because one of its background tasks has ended.
[[nodiscard]] inline bool is_task_notification(std::string_view prompt) noexcept {
  return prompt.starts_with("<task-notification>");
}

}  // namespace claude_code
