// SPDX-License-Identifier: MIT
#pragma once

#include <atm/domain/session.hpp>
#include <atm/domain/session_infrastructure.hpp>

namespace atm::protocol {

/// A session as it travels: what it is and where it runs. Of the infrastructure only the process travels.
struct Session {
  SessionDomain domain;
  SessionInfrastructure infrastructure{};
};

}  // namespace atm::protocol
