// SPDX-License-Identifier: MIT
#pragma once

#include "fields.hpp"

namespace claude_code {

/// The input of the status line command, as attributes of `status.reported`.
void collect_status_line(const atm::json::Value& payload, Attributes& out) noexcept;

}  // namespace claude_code
