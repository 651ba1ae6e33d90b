// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>
#include <vector>

#include "kernel/registry/event_output.hpp"
#include "kernel/registry/registry_state.hpp"

namespace atm::kernel {

/// Applies the effects of a change to a session: it counts revision and seq, emits the events, and plans the timeout.
class SessionChanges final {
 public:
  /// All arguments outlive it.
  SessionChanges(const RegistryOptions& options, RegistryState& state, EventOutput& events)
      : options_(options), state_(state), events_(events) {}

  /// Counts a new revision and emits its event.
  void revise(SessionEntry& entry, bool registered = false);
  /// Emits the changes of the session's attention and plans its next timeout.
  void follow_up(SessionEntry& entry, const Change& change, Timestamp at);
  /// Plans the session's next timeout.
  void plan(SessionEntry& entry);
  /// Removes an exited process from the session. False: the session is removed, and `entry` is gone.
  bool leave(SessionEntry& entry, const ProcessKey& process, const Inference& inference);
  /// Afterwards, `entry` is gone.
  void remove(SessionEntry& entry, std::string_view reason);
  /// Removes a session if the table is full. False: no session may be removed.
  [[nodiscard]] bool make_room();

  /// The user has acknowledged what the session shows. A question of a child is then acknowledged there, too.
  void acknowledge_child(const SessionEntry& entry, Timestamp at);

 private:
  /// The sessions above this one, nearest first; at most four.
  [[nodiscard]] std::vector<SessionEntry*> ancestors_of(const SessionEntry& entry);
  /// Copies the session's own wait to its ancestors.
  void tell_ancestors(const SessionEntry& entry, Timestamp at, bool is_gone);
  void announce(SessionEntry& entry, std::string_view type, std::string_view reason, Timestamp at);

  const RegistryOptions& options_;
  RegistryState& state_;
  EventOutput& events_;
};

}  // namespace atm::kernel
