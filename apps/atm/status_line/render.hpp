// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "format.hpp"
#include "status_input.hpp"

namespace atm::cli {

/// The values of a status line.
struct StatusScene {
  StatusInput input{};
  std::string home{};       ///< shown as "~"; may be empty
  std::string branch{};     ///< of the directory
  std::string attention{};  ///< sessions with attention
  std::string spent{};      ///< the amount of the ledger
  Canvas canvas{};
};

/// The lines, each ended by a line feed and no wider than the canvas; an empty line is left out. The only control
/// characters are line feeds and, with colours, SGR sequences that are closed within their line.
[[nodiscard]] std::string render_status(const Format& format, const StatusScene& scene);

}  // namespace atm::cli
