// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace atm::cli::setup {

/// The output of `diff -u`, including headers; empty if the texts are equal.
[[nodiscard]] std::string unified_diff(std::string_view before, std::string_view after,
                                       const std::string& name);

}  // namespace atm::cli::setup
