// SPDX-License-Identifier: MIT
// The messages that a client sends, as values (docs/specs/protocol.md, section 3).
//
// client_message_reader.hpp parses them and client_message_writer.hpp writes them. `kType` is the member `type` on the
// wire. Texts are UTF-8.
#pragma once

#include <array>
#include <atm/domain/context_usage.hpp>
#include <atm/domain/money.hpp>
#include <atm/domain/timestamp.hpp>
#include <atm/protocol/request_id.hpp>
#include <atm/protocol/version.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace atm::protocol {

/// The kind of program that a client is. kOther: a word of a newer version, or none.
enum class ClientType : std::uint8_t { kSession, kTui, kCli, kSubscriber, kOther };

/// The names on the wire, in the order of ClientType.
inline constexpr std::array<std::string_view, 5> kClientTypeNames{"session", "tui", "cli", "subscriber",
                                                                  "other"};
/// The name on the wire. [any]
[[nodiscard]] constexpr std::string_view client_type_name(ClientType type) noexcept {
  return kClientTypeNames[static_cast<std::size_t>(type)];
}

/// The greeting; must be the first message. Reply: ServerHello.
struct Hello {
  static constexpr std::string_view kType = "hello";
  ProtocolVersion protocol_version{};
  ClientType client_type = ClientType::kOther;
  /// The client is an agent that reports about its own process as long as the connection lives: the end of the
  /// connection ends its sessions (section 12). Protocol 1.1.
  bool stream = false;
  friend bool operator==(const Hello&, const Hello&) = default;
};

/// Creates a session. Reply: Ok, or session_exists, registry_full, registration_failed.
struct Register {
  static constexpr std::string_view kType = "register";
  /// 1 to 256 bytes.
  std::string session_id;
  /// Role (AgentType), working directory and agent (`claude_code`).
  std::optional<std::string> agent_type{};
  std::optional<std::string> working_dir{};
  std::optional<std::string> agent{};
  /// Process of the session, 1 to 2^31 - 1.
  std::optional<std::int64_t> pid{};
  friend bool operator==(const Register&, const Register&) = default;
};

/// Reports figures of a session. An absent figure keeps its last value. Reply: Ok, or not_found, update_failed.
struct UpdateContext {
  static constexpr std::string_view kType = "update_context";
  std::string session_id;
  ContextUsage usage{};
  /// Total cost so far.
  std::optional<Money> cost{};
  std::optional<Timestamp> time{};  ///< time of the figures; absent: the time of arrival
  friend bool operator==(const UpdateContext&, const UpdateContext&) = default;
};

/// Ends a session. Reply: Ok, or not_found, end_failed.
struct EndSession {
  static constexpr std::string_view kType = "end_session";
  std::string session_id;
  friend bool operator==(const EndSession&, const EndSession&) = default;
};

/// Acknowledges the attention of a session and clears `finished`: the user has seen it. Reply: Ok, or not_found.
/// Protocol 1.1.
struct Acknowledge {
  static constexpr std::string_view kType = "acknowledge";
  std::string session_id;
  friend bool operator==(const Acknowledge&, const Acknowledge&) = default;
};

/// Requests one session. Reply: SessionReply, or not_found.
struct GetSession {
  static constexpr std::string_view kType = "get_session";
  std::string session_id;
  friend bool operator==(const GetSession&, const GetSession&) = default;
};

/// Conditions for sessions; each member that is present must equal the session's value.
struct SessionFilter {
  /// Vendor: `claude_code`.
  std::optional<std::string> agent{};
  /// Wire form of AgentType.
  std::optional<std::string> agent_type{};
  /// Wire name of StatusKind.
  std::optional<std::string> status{};
  /// Exact path.
  std::optional<std::string> working_directory{};
  friend bool operator==(const SessionFilter&, const SessionFilter&) = default;
};

/// Requests all sessions at one sequence number. Reply: Sessions.
struct GetAllSessions {
  static constexpr std::string_view kType = "get_all_sessions";
  SessionFilter filter{};
  friend bool operator==(const GetAllSessions&, const GetAllSessions&) = default;
};

/// Subscribes to events, instead of an earlier subscription. Reply: Ok with `seq`, or too_many_clients; then a snapshot
/// and events (section 7). With `at`, a replay of the daemon's history (section 14); not_found: it lacks this time.
struct Subscribe {
  static constexpr std::string_view kType = "subscribe";
  std::optional<std::string> session_id{};  ///< only this session; absent: all
  bool activity = false;                    ///< observations, too, not only changes of sessions
  std::optional<Timestamp> at{};            ///< start of a replay; absent: the present. Protocol 1.2.
  double speed = 1;  ///< of a replay, 0 to 1,000,000 seconds of the history in one second; 0: it stands still
  friend bool operator==(const Subscribe&, const Subscribe&) = default;
};

/// Continues a replay at another time. Reply: Ok with `seq`, then a snapshot and events; not_found: the history lacks
/// this time, and the replay stands still until another Seek. Protocol 1.2.
struct Seek {
  static constexpr std::string_view kType = "seek";
  Timestamp at{};
  friend bool operator==(const Seek&, const Seek&) = default;
};

/// Changes the speed of a replay: 0 to 1,000,000; 0: it stands still. Reply: Ok. Protocol 1.2.
struct SetSpeed {
  static constexpr std::string_view kType = "set_speed";
  double speed = 1;
  friend bool operator==(const SetSpeed&, const SetSpeed&) = default;
};

/// Ends the subscription. Reply: Ok.
struct Unsubscribe {
  static constexpr std::string_view kType = "unsubscribe";
  friend bool operator==(const Unsubscribe&, const Unsubscribe&) = default;
};

/// Passes a record to the parser of its channel. Reply: Ok if `ack`; an error always.
struct Ingest {
  static constexpr std::string_view kType = "ingest";
  std::string channel;  ///< `claude_code/hook`, 1 to 256 bytes
  /// The agent's JSON text without newlines; with payload_is_text, any text.
  std::string payload;
  /// Whether the payload travels as a JSON string.
  bool payload_is_text = false;
  std::string context{};  ///< JSON text of an object (WIRE-M7); empty: none
  bool ack = false;       ///< request a reply
  friend bool operator==(const Ingest&, const Ingest&) = default;
};

/// Tests the connection. Reply: Pong with the same number.
struct Ping {
  static constexpr std::string_view kType = "ping";
  std::uint64_t seq = 0;
  friend bool operator==(const Ping&, const Ping&) = default;
};

/// Requests the statistics. Reply: Stats.
struct GetStats {
  static constexpr std::string_view kType = "get_stats";
  friend bool operator==(const GetStats&, const GetStats&) = default;
};

/// Requests the list of plugins. Reply: Plugins.
struct GetPlugins {
  static constexpr std::string_view kType = "get_plugins";
  friend bool operator==(const GetPlugins&, const GetPlugins&) = default;
};

/// Runs the discovery of all sources. Reply: Ok with `found` and `failed`.
struct Discover {
  static constexpr std::string_view kType = "discover";
  friend bool operator==(const Discover&, const Discover&) = default;
};

/// Any message of a client.
using ClientMessage =
    std::variant<Hello, Register, UpdateContext, EndSession, Acknowledge, GetSession, GetAllSessions,
                 Subscribe, Seek, SetSpeed, Unsubscribe, Ingest, Ping, GetStats, GetPlugins, Discover>;

/// A message with the id that its reply repeats; the id may be absent.
struct Request {
  RequestId id{};
  ClientMessage message{};
  friend bool operator==(const Request&, const Request&) = default;
};

}  // namespace atm::protocol
