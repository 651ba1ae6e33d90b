// SPDX-License-Identifier: MIT
// What a client says to the daemon, as values (docs/specs/protocol.md §3). client_message_reader.hpp
// parses them, client_message_writer.hpp makes them.
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

/// What kind of program a client is. kOther: a word of a newer version, or none given.
enum class ClientType : std::uint8_t { kSession, kTui, kCli, kSubscriber, kOther };

inline constexpr std::array<std::string_view, 5> kClientTypeNames{"session", "tui", "cli", "subscriber",
                                                                  "other"};
[[nodiscard]] constexpr std::string_view client_type_name(ClientType type) noexcept {
  return kClientTypeNames[static_cast<std::size_t>(type)];
}

struct Hello {
  static constexpr std::string_view kType = "hello";
  ProtocolVersion protocol_version{};
  ClientType client_type = ClientType::kOther;
  /// The client tells of its own process as long as that lives: the end of the connection is news.
  bool stream = false;
  friend bool operator==(const Hello&, const Hello&) = default;
};

struct Register {
  static constexpr std::string_view kType = "register";
  std::string session_id;
  std::optional<std::string> agent_type{};
  std::optional<std::string> working_dir{};
  std::optional<std::string> agent{};
  std::optional<std::int64_t> pid{};
  friend bool operator==(const Register&, const Register&) = default;
};

struct UpdateContext {
  static constexpr std::string_view kType = "update_context";
  std::string session_id;
  ContextUsage usage{};
  std::optional<Money> cost{};
  std::optional<Timestamp> time{};  ///< when it was so; else: on arrival
  friend bool operator==(const UpdateContext&, const UpdateContext&) = default;
};

struct EndSession {
  static constexpr std::string_view kType = "end_session";
  std::string session_id;
  friend bool operator==(const EndSession&, const EndSession&) = default;
};

/// Silences the session's call, and takes its finished mark away: its person has seen it. Protocol 1.1.
struct Acknowledge {
  static constexpr std::string_view kType = "acknowledge";
  std::string session_id;
  friend bool operator==(const Acknowledge&, const Acknowledge&) = default;
};

struct GetSession {
  static constexpr std::string_view kType = "get_session";
  std::string session_id;
  friend bool operator==(const GetSession&, const GetSession&) = default;
};

/// Each field that is given must be equal in the session.
struct SessionFilter {
  std::optional<std::string> agent{};
  std::optional<std::string> agent_type{};
  std::optional<std::string> status{};
  std::optional<std::string> working_directory{};
  friend bool operator==(const SessionFilter&, const SessionFilter&) = default;
};

struct GetAllSessions {
  static constexpr std::string_view kType = "get_all_sessions";
  SessionFilter filter{};
  friend bool operator==(const GetAllSessions&, const GetAllSessions&) = default;
};

struct Subscribe {
  static constexpr std::string_view kType = "subscribe";
  std::optional<std::string> session_id{};  ///< only this one
  bool activity = false;                    ///< observations too, not only what changed of sessions
  friend bool operator==(const Subscribe&, const Subscribe&) = default;
};

struct Unsubscribe {
  static constexpr std::string_view kType = "unsubscribe";
  friend bool operator==(const Unsubscribe&, const Unsubscribe&) = default;
};

struct Ingest {
  static constexpr std::string_view kType = "ingest";
  std::string channel;  ///< `claude_code/hook`
  std::string payload;  ///< the agent's own JSON; or its text, when it was given as a JSON string
  bool payload_is_text = false;
  std::string context{};  ///< a JSON object; empty: none
  bool ack = false;       ///< answer `ok`; an error is answered always
  friend bool operator==(const Ingest&, const Ingest&) = default;
};

struct Ping {
  static constexpr std::string_view kType = "ping";
  std::uint64_t seq = 0;
  friend bool operator==(const Ping&, const Ping&) = default;
};

struct GetStats {
  static constexpr std::string_view kType = "get_stats";
  friend bool operator==(const GetStats&, const GetStats&) = default;
};

struct GetPlugins {
  static constexpr std::string_view kType = "get_plugins";
  friend bool operator==(const GetPlugins&, const GetPlugins&) = default;
};

struct Discover {
  static constexpr std::string_view kType = "discover";
  friend bool operator==(const Discover&, const Discover&) = default;
};

using ClientMessage =
    std::variant<Hello, Register, UpdateContext, EndSession, Acknowledge, GetSession, GetAllSessions,
                 Subscribe, Unsubscribe, Ingest, Ping, GetStats, GetPlugins, Discover>;

struct Request {
  RequestId id{};
  ClientMessage message{};
  friend bool operator==(const Request&, const Request&) = default;
};

}  // namespace atm::protocol
