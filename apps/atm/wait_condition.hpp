// SPDX-License-Identifier: MIT
// What atm wait waits for, decided from the daemon's messages (docs/operate/cli.md).
#pragma once

#include <atm/protocol/daemon_message_reader.hpp>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "command.hpp"
#include "watch_view.hpp"

namespace atm::cli {

/// Whether it is so now. A call counts from when it is announced, an error's at once, until it is acknowledged.
/// Rest counts where it is certain; background work is no rest.
[[nodiscard]] bool holds(Until until, const SessionDomain& session);

class WaitCondition final {
 public:
  /// `id`: of the session waited for; empty: whichever comes first.
  explicit WaitCondition(Until until, std::string id = {}) : until_(until), id_(std::move(id)) {}

  struct Decision {
    bool is_met = false;  // else the session was over before
    std::string id;
    std::optional<protocol::Session> session{};  // absent: the daemon knows it no more
    std::string reason{};                        // of its removal, where it was told
  };
  /// Absent: wait on. The first snapshot is what there was before the wait: a session over by then is not
  /// the first to end.
  [[nodiscard]] std::optional<Decision> apply(const protocol::DaemonMessage& message);

  /// Another daemon follows. It knows a session again when it is heard of, so that missing there is no end.
  void forget() { board_ = Board(); }

 private:
  [[nodiscard]] std::optional<Decision> of_one(const Board::Changes& changes) const;
  [[nodiscard]] std::optional<Decision> of_any(const Board::Changes& changes, bool is_first);

  Until until_;
  std::string id_;
  Board board_;
  std::set<std::string, std::less<>> over_;  // that have ended, so that none ends twice
  bool has_begun_ = false;
};

}  // namespace atm::cli
