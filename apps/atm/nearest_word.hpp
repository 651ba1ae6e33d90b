// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace atm::cli {

/// The word of `words` that `typed` probably means: it begins with `typed`, or differs by at most two letters. Empty:
/// none, or several equally good ones.
[[nodiscard]] std::string nearest_word(std::string_view typed, const std::vector<std::string>& words);

}  // namespace atm::cli
