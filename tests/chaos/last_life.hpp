// SPDX-License-Identifier: MIT
// The end of a run: the resources of one daemon are compared, then the final state of each agent.
#pragma once

#include "chaos/fixture.hpp"

namespace atm::test {

/// One daemon survives all faults until `end`, and then holds no more resources than at its begin.
void play_last_life(Fixture& run, Clock::time_point end);
/// Each agent sends one more record, half of them to the spool, and the daemon must know all of them.
void check_last_records(Fixture& run);

}  // namespace atm::test
