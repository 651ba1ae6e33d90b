// SPDX-License-Identifier: MIT
// The outputs of atm watch: a line for each change, or the messages themselves.
#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "follow.hpp"
#include "session_table.hpp"

namespace atm::cli {

/// `out` writes text and returns false if the output is closed; `scene` is read before each output.
using Output = std::function<bool(std::string_view)>;
using SceneSource = std::function<Scene()>;

[[nodiscard]] std::unique_ptr<View> change_lines(Output out, SceneSource scene);
[[nodiscard]] std::unique_ptr<View> message_lines(Output out);

}  // namespace atm::cli
