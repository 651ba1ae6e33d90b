// SPDX-License-Identifier: MIT
// The client's own file about one of its processes, `<config>/sessions/<pid>.json`.
#pragma once

#include <atm/json.hpp>
#include <atm/plugin/interfaces.hpp>
#include <string>
#include <string_view>

namespace claude_code {

/// Emits the process and what the file says of its session: `state.reported`, or `session.started` while it has
/// no status yet. A file that is gone (context `event`) gives `session.ended`, and no process: it is nobody's
/// any more. kSkip for the client's own daemon, which is no session.
atm::Status emit_session_file(const atm::json::Value& payload, atm::Attrs context,
                              const atm::ObservationHead& head, const atm::ObservationSink& sink);

/// Where the client writes the transcript of a session that began in `cwd`. Empty when that is not known: of a
/// long directory, whose name the client shortens by a hash.
[[nodiscard]] std::string transcript_path(std::string_view config_dir, std::string_view cwd,
                                          std::string_view session);

}  // namespace claude_code
