// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace atm::cli::setup {

/// What `diff -u` prints, headers included; empty where the texts are the same.
[[nodiscard]] std::string unified_diff(std::string_view before, std::string_view after,
                                       const std::string& name);

}  // namespace atm::cli::setup
