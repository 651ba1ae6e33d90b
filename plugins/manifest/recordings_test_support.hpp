// SPDX-License-Identifier: MIT
#pragma once

#include <atm/testing.hpp>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <variant>

namespace manifest {

inline std::string text_of(const atm::testing::OwnedValue& value) {
  std::ostringstream out;
  std::visit(
      [&](const auto& v) {
        using T = std::decay_t<decltype(v)>;
        if constexpr (std::is_same_v<T, bool>) {
          out << (v ? "true" : "false");
        } else if constexpr (!std::is_same_v<T, std::monostate>) {
          out << v;
        }
      },
      value);
  return out.str();
}

inline std::string read_file(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace manifest
