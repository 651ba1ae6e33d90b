// SPDX-License-Identifier: MIT
#pragma once

#include <atm/plugin/values.hpp>
#include <string_view>

namespace http_ingest {

/// The headers of a request about the location of its sender, as attributes of the record. A client fills such a header
/// from a variable: an empty or unexpanded one is ignored. The texts must outlive the attributes.
[[nodiscard]] atm::AttrList<4> context_of(std::string_view tmux_pane, std::string_view tmux,
                                          std::string_view config_dir) noexcept;

}  // namespace http_ingest
