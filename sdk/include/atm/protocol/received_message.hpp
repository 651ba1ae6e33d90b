// SPDX-License-Identifier: MIT
// The messages of the daemon as a client reads them (docs/specs/protocol.md, section 4). Value types: not synchronised.
#pragma once

#include <atm/domain/facts.hpp>
#include <atm/domain/timestamp.hpp>
#include <atm/protocol/error_code.hpp>
#include <atm/protocol/request_id.hpp>
#include <atm/protocol/session.hpp>
#include <atm/protocol/version.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace atm::protocol {

/// An observation as a client reads it. It owns its texts. A value type: not synchronised.
struct ObservationData {
  /// `tool.started`; a type of one vendor only has a prefix. Empty if the message lacks it.
  std::string type;
  /// The agent's session id.
  std::string session_id;
  /// Vendor: `claude_code`.
  std::string agent{};
  /// Id of the subagent; empty: the main thread.
  std::string actor{};
  /// The channel.
  std::string origin{};
  /// Time of the fact; 1970-01-01 if it is missing.
  Timestamp time{};
  /// The attributes by dotted key.
  Facts attrs{};

  friend bool operator==(const ObservationData&, const ObservationData&) = default;
};

/// Reply to `hello`.
struct ServerHello {
  /// The daemon's version of the protocol.
  ProtocolVersion protocol_version{};
  /// False: another major version; the daemon closes the connection.
  bool accepted = false;
  /// Why the client was refused; for the user.
  std::string reason{};
  /// Version of atmd, for the user.
  std::string daemon_version{};
  /// Identifies this start of the daemon; sequence numbers of two epochs do not compare.
  std::optional<std::uint64_t> epoch{};
};
/// Success of a request, with its numbers.
struct Ok {
  /// `subscribe`: the point of the snapshot.
  std::optional<std::uint64_t> seq{};
  /// `discover`: sessions seen.
  std::optional<std::uint64_t> found{};
  /// `discover`: candidates that could not be read.
  std::optional<std::uint64_t> failed{};
};
/// Failure of a request, or of the connection if it has no id.
struct ErrorReply {
  /// kInternalError also stands for a code that this SDK does not know; code_text has its name.
  WireError code = WireError::kInternalError;
  /// The code as it was sent.
  std::string code_text{};
  /// For the user.
  std::string message{};
};
/// Reply to `get_session`.
struct SessionReply {
  Session session;
};
/// All sessions at one sequence number, or a part of them.
struct Sessions {
  /// The sessions of this message.
  std::vector<Session> sessions{};
  /// The point of the snapshot: later events have a higher number.
  std::uint64_t seq = 0;
  /// More `sessions` messages of this snapshot follow.
  bool more = false;
  /// Time of the sessions of a replay; absent: the present.
  std::optional<Timestamp> at{};
};
/// A new session. `seq` numbers the events of the daemon; `rev` is the session's revision.
struct SessionRegistered {
  Session session;
  std::uint64_t seq = 0;
  std::uint64_t rev = 0;
};
/// A changed session, whole.
struct SessionUpdated {
  Session session;
  std::uint64_t seq = 0;
  std::uint64_t rev = 0;
};
/// The session no longer exists.
struct SessionRemoved {
  std::string session_id{};
  std::string reason{};
  std::uint64_t seq = 0;
};
/// An observation about a session, as it was folded in.
struct Activity {
  ObservationData observation{};
  std::uint64_t seq = 0;
  std::uint64_t rev = 0;
};
/// Events were lost; a snapshot follows.
struct Gap {
  std::uint64_t missed = 0;
  /// In a replay, why the history lacks inputs; for the user.
  std::string reason{};
};
/// The time of the later events of a replay, or its end.
struct Replay {
  /// Absent: the replay waits for a seek or its end.
  std::optional<Timestamp> at{};
  /// Why the replay cannot continue; empty: it goes on, or has reached the newest input.
  std::string reason{};
};
/// Reply to `ping`, with its number.
struct Pong {
  std::uint64_t seq = 0;
};
/// Reply to `get_stats`: a JSON object as text.
struct Stats {
  std::string json{};
};
/// Reply to `get_plugins`: a JSON array as text.
struct Plugins {
  std::string json{};
};

/// Any message of the daemon.
using DaemonMessage =
    std::variant<ServerHello, Ok, ErrorReply, SessionReply, Sessions, SessionRegistered, SessionUpdated,
                 SessionRemoved, Activity, Gap, Replay, Pong, Stats, Plugins>;

/// A message with the id of its request; no id: an event.
struct Reply {
  RequestId id{};
  DaemonMessage message{};
};

}  // namespace atm::protocol
