// SPDX-License-Identifier: MIT
// The faults that a run injects. Each function chooses one at random.
#pragma once

#include "chaos/fixture.hpp"

namespace atm::test {

/// Injects one that the daemon must survive, and checks that it serves.
void disturb(Fixture& run);
/// Uses each kind of connection, so that the daemon holds the resources of a first use.
void connect_in_all_ways(Fixture& run);

/// Injects one that ends the daemon, and starts the next daemon, which must serve.
void end_and_start(Fixture& run);

}  // namespace atm::test
