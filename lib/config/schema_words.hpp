// SPDX-License-Identifier: MIT
// Readable texts for the rules of a schema. Private to schema.cpp.
#pragma once

#include <atm/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "lib/config/schema.hpp"

namespace atm {

/// `value` at `path` violates `keyword` of `rule`.
[[nodiscard]] Mismatch describe_mismatch(const std::vector<std::string>& path, const json::Value& value,
                                         const json::Value& rule, std::string_view keyword);

/// The object rule `rule` requires the absent member at `path`.
[[nodiscard]] Mismatch describe_missing(const std::vector<std::string>& path, const json::Value& rule);

}  // namespace atm
