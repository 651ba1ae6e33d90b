// SPDX-License-Identifier: MIT
// What is measured; one file each. Every scenario starts daemons of its own and ends within a minute or so.
#pragma once

#include "daemon.hpp"
#include "table.hpp"

namespace atm::bench {

/// atm-hook, spawn to exit, in every state of the daemon, against /bin/true and a shell script that does the
/// same.
void measure_hook(const Programs& programs, Table& table);
/// Recorded payloads through the command line that a client's settings hold, as the client runs it.
void measure_hook_line(const Programs& programs, Table& table);
/// Status lines into the registry, through 1 and 16 connections, against a loop that splits and parses them.
void measure_throughput(const Programs& programs, Table& table);
/// From a hook's write to a subscriber's read, at 200 a second.
void measure_latency(const Programs& programs, Table& table);
/// From a session file, a transcript line and a kill to a subscriber's read.
void measure_edges(const Programs& programs, Table& table);
/// Resident memory with 1, 100 and 10,000 sessions, and the snapshot of 10,000.
void measure_memory(const Programs& programs, Table& table);
/// 10,000 updates to 10 subscribers, with and without one that never reads.
void measure_burst(const Programs& programs, Table& table);
/// Start to listening; CPU time with 100 sessions and nothing to do.
void measure_rest(const Programs& programs, Table& table);
/// Messages a second to 1, 10 and 100 subscribers of the Unix socket, beside a loop that only writes them.
void measure_subscribers(const Programs& programs, Table& table);
/// What ten subscribers notice of others that do harm, and the daemon's memory meanwhile.
void measure_hostile(const Programs& programs, Table& table);
/// Messages a second and delay over ZeroMQ, beside a bare PUB socket.
void measure_zmq(const Programs& programs, Table& table);

}  // namespace atm::bench
