// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "history/file.hpp"

namespace atm::history {

/// A row of chunk or tail, without its inputs.
struct HistoryFile::Row {
  std::uint64_t position = 0;
  std::uint64_t count = 0;
  std::uint64_t first_seq = 0;
  std::uint64_t last_seq = 0;
  std::uint64_t previous_seq = 0;
  std::int64_t first_ns = 0;
  std::int64_t last_ns = 0;

  /// Over all columns and the inputs.
  [[nodiscard]] std::int64_t checksum(std::string_view inputs) const noexcept {
    const std::array<std::uint64_t, 7> columns{position,
                                               count,
                                               first_seq,
                                               last_seq,
                                               previous_seq,
                                               static_cast<std::uint64_t>(first_ns),
                                               static_cast<std::uint64_t>(last_ns)};
    const std::string_view bytes(reinterpret_cast<const char*>(columns.data()), sizeof columns);
    return static_cast<std::int64_t>(hash(inputs, hash(bytes)));
  }
  static Row read(const sqlite::Statement& from) {
    const auto number = [&from](int index) { return static_cast<std::uint64_t>(from.integer(index)); };
    return {number(0), number(1), number(2), number(3), number(4), from.integer(5), from.integer(6)};
  }
};

}  // namespace atm::history
