// SPDX-License-Identifier: MIT
// A schema's demands in words a person reads. Private to schema.cpp.
#pragma once

#include <atm/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/config/schema.hpp"

namespace atm::kernel {

/// `value` at `path` breaks `keyword` of `rule`.
[[nodiscard]] Mismatch describe_mismatch(const std::vector<std::string>& path, const json::Value& value,
                                         const json::Value& rule, std::string_view keyword);

/// The member at `path` is required by the object rule `rule` and absent.
[[nodiscard]] Mismatch describe_missing(const std::vector<std::string>& path, const json::Value& rule);

}  // namespace atm::kernel
