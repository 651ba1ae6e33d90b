// SPDX-License-Identifier: MIT
// The measurements, one file each. Every scenario starts its own daemons and ends within about a minute.
#pragma once

#include <cstdint>
#include <string>

#include "daemon.hpp"
#include "table.hpp"

namespace atm::bench {

/// atm-hook, spawn to exit, in every state of the daemon, compared with /bin/true and an equivalent shell script.
void measure_hook(const Programs& programs, Table& table);
/// Recorded payloads through the command line of an agent's settings, run as the agent does.
void measure_hook_line(const Programs& programs, Table& table);
/// Status lines into the registry, through 1 and 16 connections, compared with a loop that splits and parses them.
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
/// Messages a second to 1, 10 and 100 subscribers of the Unix socket, compared with a loop that only writes them.
void measure_subscribers(const Programs& programs, Table& table);
/// The effect of hostile clients on ten subscribers and on the daemon's memory.
void measure_hostile(const Programs& programs, Table& table);
/// Messages a second and delay over ZeroMQ, compared with a bare PUB socket.
void measure_zmq(const Programs& programs, Table& table);
/// The file of the history: its size, and the rate at which it is written and indexed.
void measure_history(const Programs& programs, Table& table);
/// With and without a history: status lines into the registry, CPU time of the registry's thread; a paced writer.
void measure_history_ingest(const Programs& programs, Table& table);
/// Memory with and without a history, and writes in an idle minute. Takes two and a half minutes.
void measure_history_idle(const Programs& programs, Table& table);
/// A history of 30 days: start of a daemon, seek, step, questions.
void measure_history_month(const Programs& programs, Table& table);
/// Steps back in a history of that time, whose directory `config` has a configuration `atm/atm.toml` that names it.
void measure_history_steps(const Programs& programs, const std::string& config, std::int64_t begin_ns,
                           std::int64_t end_ns, Table& table);
/// The dashboard on a pseudo-terminal: start, keys, memory, and bytes and wake-ups without and with changes, compared
/// with htop and btop if they are installed.
void measure_tui(const Programs& programs, Table& table);
/// The same hooks by a parser in C++, by a manifest, and as observations of the agent.
void measure_agents(const Programs& programs, Table& table);

}  // namespace atm::bench
