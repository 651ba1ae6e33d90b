// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "format.hpp"
#include "status_input.hpp"

namespace atm::cli {

/// What a status line shows.
struct StatusScene {
  StatusInput input{};
  std::string home{};       ///< shown as "~"; may be empty
  std::string branch{};     ///< of the directory
  std::string attention{};  ///< which other sessions call
  Canvas canvas{};
};

/// The lines, each ended by a line feed and no wider than the canvas; a line with nothing to show is left out.
/// Of control characters there are line feeds and, with colours, SGR sequences that are closed in their line.
[[nodiscard]] std::string render_status(const Format& format, const StatusScene& scene);

}  // namespace atm::cli
