// SPDX-License-Identifier: MIT
// What atm wait waits for, decided from the daemon's messages (docs/operate/cli.md).
#pragma once

#include <atm/client/session_copy.hpp>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "command.hpp"

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
  using Changes = client::SessionCopy::Changes;
  /// To be called after each change of the copy, which may be another of the same daemon than before. Absent: wait on.
  /// The first is what there was before the wait: a session over by then is not the first to end.
  [[nodiscard]] std::optional<Decision> decide(const Changes& changes, const client::SessionCopy& copy);

  /// Another daemon follows. It knows a session again when it is heard of, so that missing there is no end.
  void forget() { known_.clear(); }

 private:
  using Removals = std::vector<client::SessionCopy::Removal>;
  // Also those that the copy has no more, and of which it did not say that they went.
  [[nodiscard]] Removals removals(const Changes& changes, const client::SessionCopy& copy);
  [[nodiscard]] std::optional<Decision> of_one(const client::SessionCopy& copy,
                                               const Removals& removed) const;
  [[nodiscard]] std::optional<Decision> of_any(const Changes& changes, const client::SessionCopy& copy,
                                               const Removals& removed);

  Until until_;
  std::string id_;
  std::set<std::string, std::less<>> known_;
  std::set<std::string, std::less<>> over_;  // that have ended, so that none ends twice
  bool has_begun_ = false;
};

}  // namespace atm::cli
