// SPDX-License-Identifier: MIT
// Binds a session to the process that sent a record.
#pragma once

#include <atm/vocabulary.h>

#include <atm/plugin/interfaces.hpp>
#include <atm/plugin/values.hpp>
#include <string_view>

namespace atm {

/// Emits `process.bound` with the process and the terminal in the context of a record. The registry then ends the
/// session when the process ends, and clients can show its pane. `head` holds the session; its type is ignored. Call it
/// in parse() for each record of a session. kSkip: the context names neither a process nor a pane. [the caller of
/// parse]
inline Status emit_process_bound(const Record& record, ObservationHead head,
                                 const ObservationSink& sink) noexcept {
  AttrList<8> attrs;
  if (const auto pid = record.context.integer(ATM_KEY_PID)) {
    attrs.add(ATM_KEY_PID, pid);
    attrs.add(ATM_KEY_START_TICKS, record.context.integer(ATM_KEY_START_TICKS));
  }
  for (const std::string_view key : {std::string_view(ATM_KEY_TTY), std::string_view(ATM_KEY_TMUX_PANE),
                                     std::string_view(ATM_KEY_TMUX_SOCKET), std::string_view(ATM_KEY_HOST),
                                     std::string_view(ATM_KEY_BOOT_ID)}) {
    const auto text = record.context.text(key);
    if (text && !text->empty()) attrs.add(key, text);
  }
  const Attrs found = attrs.view();
  if (found.find(ATM_KEY_PID) == nullptr && found.find(ATM_KEY_TMUX_PANE) == nullptr) return Status::kSkip;
  head.type = ATM_TYPE_PROCESS_BOUND;
  return sink.emit(head, found);
}

}  // namespace atm
