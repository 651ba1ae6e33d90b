// SPDX-License-Identifier: MIT
#pragma once

#include <atm/domain/session.hpp>
#include <atm/domain/session_runtime.hpp>

namespace atm::protocol {

/// A session as the wire protocol carries it. Of the runtime, the wire carries only the processes and the
/// transcript path.
struct Session {
  /// What the session does.
  SessionDomain domain;
  /// Where it runs.
  SessionRuntime runtime{};
};

}  // namespace atm::protocol
