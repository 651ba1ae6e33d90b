// SPDX-License-Identifier: MIT
// Parses the lines of the daemon, for clients (docs/specs/protocol.md, section 4).
//
// Unknown members are ignored, so that the messages of a newer daemon with the same major version are readable. A
// message type that this SDK does not know is kUnsupported; a client must skip it (WIRE-V3).
#pragma once

#include <atm/domain/error.hpp>
#include <atm/json.hpp>
#include <atm/protocol/error_code.hpp>
#include <atm/protocol/observation_json.hpp>
#include <atm/protocol/received_message.hpp>
#include <atm/protocol/request_id.hpp>
#include <atm/protocol/session_reader.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace atm::protocol {

/// Parses one line at a time and reuses its memory. One thread at a time.
class DaemonMessageReader final {
 public:
  /// The message of a line without its newline. kParseError: not a message; kUnsupported: a type of a newer daemon. The
  /// result owns its texts. [the caller's]
  [[nodiscard]] Result<Reply> read(std::string_view line) {
    const json::Value* root = reader_->parse(line);
    if (root == nullptr) return Error::parse_error("daemon message", reader_->error());
    const auto type = json::get_string(*root, "type");
    if (!type) return Error::parse_error("daemon message", "no type");
    auto message = read_message(*type, *root);
    if (!message) return message.error();
    Reply reply{read_id(*root), std::move(*message)};
    // A reader keeps the memory of its largest text, and snapshots are rare.
    if (line.size() > kLarge) reader_.emplace();
    return reply;
  }

 private:
  static constexpr std::size_t kLarge = 64 * 1024;

  /// The value as JSON without white space; empty for nullptr.
  [[nodiscard]] static std::string compact(const json::Value* value) {
    if (value == nullptr) return {};
    json::Buffer buffer;
    json::Writer writer(buffer);
    value->Accept(writer);
    return std::string(json::text_of(buffer));
  }
  /// The id; absent if it is neither a number nor a text.
  [[nodiscard]] static RequestId read_id(const json::Value& root) {
    const json::Value* id = json::find(root, "id");
    // The id is kept as JSON, as the request had it.
    return id != nullptr && (id->IsNumber() || id->IsString()) ? RequestId::raw(compact(id)) : RequestId{};
  }
  /// A missing or ill-typed number is 0; a missing text is empty.
  [[nodiscard]] static std::uint64_t number(const json::Value& root, std::string_view name) {
    return detail::read_count(root, name).value_or(0);
  }
  [[nodiscard]] static std::string text(const json::Value& root, std::string_view name) {
    return detail::read_text(root, name).value_or("");
  }

  /// A missing or malformed time is absent.
  [[nodiscard]] static std::optional<Timestamp> time(const json::Value& root, std::string_view name) {
    return parse_rfc3339(text(root, name));
  }

  /// The message of a type.
  [[nodiscard]] static Result<DaemonMessage> read_message(std::string_view type, const json::Value& root) {
    // The most frequent types come first.
    if (type == "session_updated") return with_session<SessionUpdated>(root);
    if (type == "session_registered") return with_session<SessionRegistered>(root);
    if (type == "session") return with_session<SessionReply>(root);
    if (type == "sessions") return read_sessions(root);
    if (type == "session_removed") {
      return DaemonMessage(
          SessionRemoved{text(root, "session_id"), text(root, "reason"), number(root, "seq")});
    }
    if (type == "activity") return read_activity(root);
    if (type == "gap") return DaemonMessage(Gap{number(root, "missed"), text(root, "reason")});
    if (type == "replay") return DaemonMessage(Replay{time(root, "at"), text(root, "reason")});
    if (type == "pong") return DaemonMessage(Pong{number(root, "seq")});
    if (type == "ok") {
      return DaemonMessage(Ok{detail::read_count(root, "seq"), detail::read_count(root, "found"),
                              detail::read_count(root, "failed")});
    }
    if (type == "error") {
      // An unknown code keeps its text, so that the user sees it.
      const std::string code = text(root, "code");
      return DaemonMessage(ErrorReply{parse_wire_error(code).value_or(WireError::kInternalError), code,
                                      text(root, "message")});
    }
    if (type == "server_hello") return read_server_hello(root);
    if (type == "stats") return DaemonMessage(Stats{compact(json::find(root, "stats"))});
    if (type == "plugins") return DaemonMessage(Plugins{compact(json::find(root, "plugins"))});
    return Error{ErrorCode::kUnsupported, "no daemon message of type '" + std::string(type) + "'"};
  }

  /// A message with the member `session`, which is required.
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
  /// One unreadable session makes the whole message unreadable: a snapshot must be complete.
  [[nodiscard]] static Result<DaemonMessage> read_sessions(const json::Value& root) {
    const json::Value* from = json::get_array(root, "sessions");
    if (from == nullptr) return Error::parse_error("daemon message", "no sessions");
    Sessions message{{}, number(root, "seq"), json::get_bool(root, "more").value_or(false), time(root, "at")};
    message.sessions.reserve(from->Size());
    for (const json::Value& item : from->GetArray()) {
      auto session = read_session(item);
      if (!session) return session.error();
      message.sessions.push_back(std::move(*session));
    }
    return DaemonMessage(std::move(message));
  }
  /// The member `observation` is required.
  [[nodiscard]] static Result<DaemonMessage> read_activity(const json::Value& root) {
    const json::Value* observation = json::get_object(root, "observation");
    if (observation == nullptr) return Error::parse_error("daemon message", "no observation");
    return DaemonMessage(Activity{read_observation(*observation), number(root, "seq"), number(root, "rev")});
  }
  /// A missing `accepted` counts as a refusal.
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

  std::optional<json::Reader> reader_{std::in_place};
};

}  // namespace atm::protocol
