// SPDX-License-Identifier: MIT
// Stores each distinct text once and gives it a number.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>

namespace atm::ledger {

/// The number of a text in a Names; 0 is the empty text.
using Name = std::uint32_t;

class Names final {
 public:
  Names() { static_cast<void>(add("")); }
  Names(const Names&) = delete;  // the map refers to the texts
  Names& operator=(const Names&) = delete;

  [[nodiscard]] Name add(std::string_view text) {
    if (const auto known = numbers_.find(text); known != numbers_.end()) return known->second;
    const std::string& stored = texts_.emplace_back(text);
    const auto number = static_cast<Name>(texts_.size() - 1);
    numbers_.emplace(stored, number);
    return number;
  }
  [[nodiscard]] std::string_view text(Name name) const { return texts_[name]; }
  [[nodiscard]] std::size_t size() const noexcept { return texts_.size(); }

 private:
  std::deque<std::string> texts_;
  std::unordered_map<std::string_view, Name> numbers_;
};

}  // namespace atm::ledger
