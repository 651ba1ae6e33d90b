// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "session_table.hpp"

namespace atm::cli {

/// All known facts of one session, one name and value a line; unknown ones are left out.
[[nodiscard]] std::string session_details(const protocol::Session& session, const Scene& scene);

}  // namespace atm::cli
