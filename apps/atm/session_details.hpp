// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "session_table.hpp"

namespace atm::cli {

/// Everything of one session, a name and a value a line; what is unknown is left out.
[[nodiscard]] std::string session_details(const protocol::Session& session, const Scene& scene);

}  // namespace atm::cli
