// SPDX-License-Identifier: MIT
#include <atm/plugin/entry.hpp>

#include "claude_code.hpp"

ATM_PLUGIN(claude_code::ClaudeCode);
