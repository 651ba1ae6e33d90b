// SPDX-License-Identifier: MIT
// Parses a line of the daemon, for clients. Unknown fields are passed over, so a newer daemon of the same
// major can be read; a message type this SDK does not know is kUnsupported, to be passed over too.
#pragma once

#include <atm/domain/error.hpp>
#include <atm/json.hpp>
#include <atm/protocol/error_code.hpp>
#include <atm/protocol/observation_json.hpp>
#include <atm/protocol/request_id.hpp>
#include <atm/protocol/session.hpp>
#include <atm/protocol/session_reader.hpp>
#include <atm/protocol/version.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace atm::protocol {

struct ServerHello {
  ProtocolVersion protocol_version{};
  bool accepted = false;
  std::string reason{};
  std::string daemon_version{};
  std::optional<std::uint64_t> epoch{};
};
struct Ok {
  std::optional<std::uint64_t> seq{};     ///< of `subscribe`
  std::optional<std::uint64_t> found{};   ///< of `discover`
  std::optional<std::uint64_t> failed{};  ///< of `discover`
};
struct ErrorReply {
  WireError code = WireError::kInternalError;  ///< kInternalError stands for a code this SDK does not know
  std::string code_text{};
  std::string message{};
};
struct SessionReply {
  Session session;
};
struct Sessions {
  std::vector<Session> sessions{};
  std::uint64_t seq = 0;
  bool more = false;  ///< further `sessions` messages of the same snapshot follow
};
struct SessionRegistered {
  Session session;
  std::uint64_t seq = 0;
  std::uint64_t rev = 0;
};
struct SessionUpdated {
  Session session;
  std::uint64_t seq = 0;
  std::uint64_t rev = 0;
};
struct SessionRemoved {
  std::string session_id{};
  std::string reason{};
  std::uint64_t seq = 0;
};
struct Activity {
  ObservationData observation{};
  std::uint64_t seq = 0;
  std::uint64_t rev = 0;
};
struct Gap {
  std::uint64_t missed = 0;
};
struct Pong {
  std::uint64_t seq = 0;
};
struct Stats {
  std::string json{};
};
struct Plugins {
  std::string json{};
};

using DaemonMessage = std::variant<ServerHello, Ok, ErrorReply, SessionReply, Sessions, SessionRegistered,
                                   SessionUpdated, SessionRemoved, Activity, Gap, Pong, Stats, Plugins>;

struct Reply {
  RequestId id{};
  DaemonMessage message{};
};

/// Reuses its memory from line to line.
class DaemonMessageReader final {
 public:
  /// kParseError for what is no message, kUnsupported for a type of a newer daemon.
  [[nodiscard]] Result<Reply> read(std::string_view line) {
    const json::Value* root = reader_.parse(line);
    if (root == nullptr) return Error::parse_error("daemon message", reader_.error());
    const auto type = json::get_string(*root, "type");
    if (!type) return Error::parse_error("daemon message", "no type");
    auto message = read_message(*type, *root);
    if (!message) return message.error();
    return Reply{read_id(*root), std::move(*message)};
  }

 private:
  [[nodiscard]] static std::string compact(const json::Value* value) {
    if (value == nullptr) return {};
    json::Buffer buffer;
    json::Writer writer(buffer);
    value->Accept(writer);
    return std::string(json::text_of(buffer));
  }
  [[nodiscard]] static RequestId read_id(const json::Value& root) {
    const json::Value* id = json::find(root, "id");
    return id != nullptr && (id->IsNumber() || id->IsString()) ? RequestId::raw(compact(id)) : RequestId{};
  }
  [[nodiscard]] static std::uint64_t number(const json::Value& root, std::string_view name) {
    return detail::read_count(root, name).value_or(0);
  }
  [[nodiscard]] static std::string text(const json::Value& root, std::string_view name) {
    return detail::read_text(root, name).value_or("");
  }

  [[nodiscard]] static Result<DaemonMessage> read_message(std::string_view type, const json::Value& root) {
    if (type == "session_updated") return with_session<SessionUpdated>(root);
    if (type == "session_registered") return with_session<SessionRegistered>(root);
    if (type == "session") return with_session<SessionReply>(root);
    if (type == "sessions") return read_sessions(root);
    if (type == "session_removed") {
      return DaemonMessage(
          SessionRemoved{text(root, "session_id"), text(root, "reason"), number(root, "seq")});
    }
    if (type == "activity") return read_activity(root);
    if (type == "gap") return DaemonMessage(Gap{number(root, "missed")});
    if (type == "pong") return DaemonMessage(Pong{number(root, "seq")});
    if (type == "ok") {
      return DaemonMessage(Ok{detail::read_count(root, "seq"), detail::read_count(root, "found"),
                              detail::read_count(root, "failed")});
    }
    if (type == "error") {
      const std::string code = text(root, "code");
      return DaemonMessage(ErrorReply{parse_wire_error(code).value_or(WireError::kInternalError), code,
                                      text(root, "message")});
    }
    if (type == "server_hello") return read_server_hello(root);
    if (type == "stats") return DaemonMessage(Stats{compact(json::find(root, "stats"))});
    if (type == "plugins") return DaemonMessage(Plugins{compact(json::find(root, "plugins"))});
    return Error{ErrorCode::kUnsupported, "no daemon message of type '" + std::string(type) + "'"};
  }

  template <class Message>
  [[nodiscard]] static Result<DaemonMessage> with_session(const json::Value& root) {
    const json::Value* from = json::get_object(root, "session");
    if (from == nullptr) return Error::parse_error("daemon message", "no session");
    auto session = read_session(*from);
    if (!session) return session.error();
    if constexpr (std::is_same_v<Message, SessionReply>) {
      return DaemonMessage(SessionReply{std::move(*session)});
    } else {
      return DaemonMessage(Message{std::move(*session), number(root, "seq"), number(root, "rev")});
    }
  }
  [[nodiscard]] static Result<DaemonMessage> read_sessions(const json::Value& root) {
    const json::Value* from = json::get_array(root, "sessions");
    if (from == nullptr) return Error::parse_error("daemon message", "no sessions");
    Sessions message{{}, number(root, "seq"), json::get_bool(root, "more").value_or(false)};
    message.sessions.reserve(from->Size());
    for (const json::Value& item : from->GetArray()) {
      auto session = read_session(item);
      if (!session) return session.error();
      message.sessions.push_back(std::move(*session));
    }
    return DaemonMessage(std::move(message));
  }
  [[nodiscard]] static Result<DaemonMessage> read_activity(const json::Value& root) {
    const json::Value* observation = json::get_object(root, "observation");
    if (observation == nullptr) return Error::parse_error("daemon message", "no observation");
    return DaemonMessage(Activity{read_observation(*observation), number(root, "seq"), number(root, "rev")});
  }
  [[nodiscard]] static Result<DaemonMessage> read_server_hello(const json::Value& root) {
    ServerHello hello;
    if (const json::Value* version = json::get_object(root, "protocol_version")) {
      hello.protocol_version = {static_cast<std::uint16_t>(number(*version, "major")),
                                static_cast<std::uint16_t>(number(*version, "minor"))};
    }
    hello.accepted = json::get_bool(root, "accepted").value_or(false);
    hello.reason = text(root, "reason");
    hello.daemon_version = text(root, "daemon_version");
    hello.epoch = detail::read_count(root, "epoch");
    return DaemonMessage(std::move(hello));
  }

  json::Reader reader_;
};

}  // namespace atm::protocol
