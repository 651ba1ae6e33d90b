// SPDX-License-Identifier: MIT
// The condition of atm wait, evaluated on the daemon's messages (docs/operate/cli.md).
#pragma once

#include <atm/client/session_copy.hpp>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "command.hpp"

namespace atm::cli {

/// Returns true if the condition holds. Attention counts from its announcement (for an error at once) until it is
/// acknowledged. Idle counts only if it is certain; background work is not idle.
[[nodiscard]] bool holds(Until until, const SessionDomain& session);

class WaitCondition final {
 public:
  /// `id`: the session to wait for; empty: any.
  explicit WaitCondition(Until until, std::string id = {}) : until_(until), id_(std::move(id)) {}

  struct Decision {
    bool is_met = false;  // else the session had already ended
    std::string id;
    std::optional<protocol::Session> session{};  // absent: the daemon no longer knows it
    std::string reason{};                        // of its removal, if the daemon sent it
  };
  using Changes = client::SessionCopy::Changes;
  /// Call it after each change of the copy, which may be a new copy of the same daemon. Absent: keep waiting. The first
  /// call gets the state before the wait: a session that has ended by then is not the first to end.
  [[nodiscard]] std::optional<Decision> decide(const Changes& changes, const client::SessionCopy& copy);

  /// Another daemon is followed. It learns of a session with its next evidence, so a missing session has not ended.
  void forget() { known_.clear(); }

 private:
  using Removals = std::vector<client::SessionCopy::Removal>;
  // Includes sessions that are missing in the copy without an announced removal.
  [[nodiscard]] Removals removals(const Changes& changes, const client::SessionCopy& copy);
  [[nodiscard]] std::optional<Decision> of_one(const client::SessionCopy& copy,
                                               const Removals& removed) const;
  [[nodiscard]] std::optional<Decision> of_any(const Changes& changes, const client::SessionCopy& copy,
                                               const Removals& removed);

  Until until_;
  std::string id_;
  std::set<std::string, std::less<>> known_;
  std::set<std::string, std::less<>> over_;  // sessions that have ended, so that none ends twice
  bool has_begun_ = false;
};

}  // namespace atm::cli
