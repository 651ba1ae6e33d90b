// SPDX-License-Identifier: MIT
#pragma once

#include <atm/plugin/values.hpp>
#include <string_view>

namespace http_ingest {

/// What the headers of a request tell about where its sender is, as the attributes of a record. A client fills
/// such a header from a variable: one that is empty, or that it did not fill, tells nothing. The texts live as
/// long as the attributes are used.
[[nodiscard]] atm::AttrList<4> context_of(std::string_view tmux_pane, std::string_view tmux,
                                          std::string_view config_dir) noexcept;

}  // namespace http_ingest
