// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace claude_code {

/// The observation type of an event without a type in the common vocabulary: `claude_code.` and the snake case of its
/// name (`CwdChanged`: `claude_code.cwd_changed`). For any text, it is a well-formed type of at most 76 bytes.
class PassThroughType final {
 public:
  explicit PassThroughType(std::string_view event_name) noexcept;
  [[nodiscard]] std::string_view text() const noexcept { return {text_.data(), size_}; }

 private:
  void put(char c) noexcept {
    if (size_ < text_.size()) text_[size_++] = c;
  }

  std::array<char, 76> text_{};
  std::size_t size_ = 0;
};

}  // namespace claude_code
