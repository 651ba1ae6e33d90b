// SPDX-License-Identifier: MIT
// What atm watch shows of the stream of events: a live table, a line for each change, or the messages
// themselves.
#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "follow.hpp"
#include "session_table.hpp"

namespace atm::cli {

/// `out` takes text and says whether somebody reads; `scene` is asked when something is shown.
using Output = std::function<bool(std::string_view)>;
using SceneSource = std::function<Scene()>;

[[nodiscard]] std::unique_ptr<View> live_table();
[[nodiscard]] std::unique_ptr<View> change_lines(Output out, SceneSource scene);
[[nodiscard]] std::unique_ptr<View> message_lines(Output out);

}  // namespace atm::cli
