// SPDX-License-Identifier: MIT
// The session file of an agent process, `<config>/sessions/<pid>.json`.
#pragma once

#include <atm/json.hpp>
#include <atm/plugin/interfaces.hpp>
#include <string>
#include <string_view>

namespace claude_code {

/// Emits the process and the session of the file: `state.reported`, or `session.started` while it has no status. A
/// removed file (context `event`) results in `session.ended` without a process. kSkip for the agent's own daemon, which
/// has no session.
atm::Status emit_session_file(const atm::json::Value& payload, atm::Attrs context,
                              const atm::ObservationHead& head, const atm::ObservationSink& sink);

/// The path of the transcript of a session that started in `cwd`. Empty if unknown: for a long directory name, which
/// Claude Code shortens with a hash.
[[nodiscard]] std::string transcript_path(std::string_view config_dir, std::string_view cwd,
                                          std::string_view session);

}  // namespace claude_code
