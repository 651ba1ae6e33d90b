// SPDX-License-Identifier: MIT
// Parses the lines of a client (docs/specs/protocol.md, section 3).
//
// It is lenient in form: hyphens or underscores in the type, a version as object or text, unknown members ignored. It
// is strict in content: a known member of another type is an error and is never guessed, because a wrong value in the
// registry is worse than a refused message.
#pragma once

#include <algorithm>
#include <atm/domain/ids.hpp>
#include <atm/json.hpp>
#include <atm/protocol/client_message.hpp>
#include <atm/protocol/error_code.hpp>
#include <atm/protocol/field_reader.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace atm::protocol {

/// The reason why a line is not a request, and the id for the error reply (absent if the line has none).
struct Rejection {
  /// The code of the error reply.
  WireError code = WireError::kInvalidMessage;
  /// For the user: what was found, what was expected.
  std::string message;
  /// The id of the request, if the line has a usable one.
  RequestId id{};
};

/// Parses one line at a time and reuses its memory.
///
/// The input is hostile: it may be of any length up to the line limit and of any form. Every fault gives a Rejection
/// with a message for the user. One thread at a time.
class ClientMessageReader final {
 public:
  /// The request of a line without its newline. invalid_json: not JSON; unknown_type: no such message; invalid_message:
  /// another fault of form or content. The result owns its texts.
  [[nodiscard]] std::variant<Request, Rejection> read(std::string_view line) {
    const json::Value* root = reader_.parse(line);
    if (root == nullptr) return Rejection{WireError::kInvalidJson, "line is not JSON: " + reader_.error()};
    if (!root->IsObject())
      return Rejection{WireError::kInvalidMessage, "line is not an object, expected a message"};
    FieldReader fields(*root);
    RequestId id = read_id(*root, fields);
    std::string type = fields.required_text("type", kMaxTypeBytes);
    // `get-stats` and `get_stats` are the same type (WIRE-F3).
    std::replace(type.begin(), type.end(), '-', '_');
    // Without a type, members cannot be checked.
    if (!fields.ok()) return Rejection{WireError::kInvalidMessage, fields.fault(), std::move(id)};
    // Faults of members are reported after the whole message is read; the first one counts.
    auto message = read_message(type, *root, fields);
    if (!message)
      return Rejection{WireError::kUnknownType, "no message of type '" + type + "'", std::move(id)};
    if (!fields.ok())
      return Rejection{WireError::kInvalidMessage, type + ": " + fields.fault(), std::move(id)};
    return Request{std::move(id), std::move(*message)};
  }

 private:
  /// Limits of texts, in bytes.
  static constexpr std::size_t kMaxTypeBytes = 64;
  /// Names: channel, agent, role.
  static constexpr std::size_t kMaxNameBytes = 256;
  /// PATH_MAX of Linux.
  static constexpr std::size_t kMaxPathBytes = 4096;
  /// Greatest pid that pid_t can hold.
  static constexpr std::uint64_t kMaxPid = 0x7FFF'FFFF;

  /// The value as JSON without white space.
  [[nodiscard]] static std::string compact(const json::Value& value) {
    json::Buffer buffer;
    json::Writer writer(buffer);
    value.Accept(writer);
    return std::string(json::text_of(buffer));
  }

  /// The id: a number, or a text of at most 256 bytes.
  [[nodiscard]] static RequestId read_id(const json::Value& root, FieldReader& fields) {
    const json::Value* id = json::find(root, "id");
    if (id == nullptr) return {};
    // Kept as JSON: the reply must repeat exactly this value.
    if (id->IsNumber() || (id->IsString() && id->GetStringLength() <= RequestId::kMaxBytes)) {
      return RequestId::raw(compact(*id));
    }
    fields.fail("id", "a number, or text of at most 256 bytes");
    return {};
  }

  /// The message of a type; absent for an unknown type. Faults of members are in `fields`.
  [[nodiscard]] static std::optional<ClientMessage> read_message(std::string_view type,
                                                                 const json::Value& root,
                                                                 FieldReader& fields) {
    if (type == Hello::kType) return read_hello(root, fields);
    if (type == Register::kType) return read_register(fields);
    if (type == UpdateContext::kType) return read_update_context(fields);
    if (type == EndSession::kType) return EndSession{session_id(fields)};
    if (type == Acknowledge::kType) return Acknowledge{session_id(fields)};
    if (type == GetSession::kType) return GetSession{session_id(fields)};
    if (type == GetAllSessions::kType) return read_get_all_sessions(fields);
    if (type == Subscribe::kType) return read_subscribe(root, fields);
    if (type == Seek::kType) return read_seek(root, fields);
    if (type == SetSpeed::kType) return SetSpeed{read_speed(fields)};
    if (type == Unsubscribe::kType) return Unsubscribe{};
    if (type == Ingest::kType) return read_ingest(root, fields);
    if (type == Ping::kType) return Ping{fields.count("seq").value_or(0)};
    if (type == GetStats::kType) return GetStats{};
    if (type == GetPlugins::kType) return GetPlugins{};
    if (type == Discover::kType) return Discover{};
    return std::nullopt;
  }

  /// `session_id`: 1 to 256 bytes.
  [[nodiscard]] static std::string session_id(FieldReader& fields) {
    return fields.required_text("session_id", SessionId::kMaxBytes);
  }

  /// `protocol_version`: {"major":M,"minor":N} or "M.N"; `client_type`?: any text; `stream`?: boolean.
  [[nodiscard]] static Hello read_hello(const json::Value& root, FieldReader& fields) {
    Hello hello;
    constexpr std::string_view kWanted = "{\"major\":M,\"minor\":N} or \"M.N\"";
    // Both forms are in use.
    const json::Value* version = json::find(root, "protocol_version");
    if (version != nullptr && version->IsString()) {
      const auto parsed = ProtocolVersion::parse(json::text_of(*version));
      if (parsed) {
        hello.protocol_version = *parsed;
      } else {
        fields.fail("protocol_version", kWanted);
      }
    } else if (version != nullptr && version->IsObject()) {
      FieldReader parts(*version);
      const auto major = parts.count("major").value_or(kBadPart);
      const auto minor = parts.count("minor").value_or(kBadPart);
      // One test for missing parts and for parts over 16 bits.
      if (major > UINT16_MAX || minor > UINT16_MAX) fields.fail("protocol_version", kWanted);
      hello.protocol_version = {static_cast<std::uint16_t>(major), static_cast<std::uint16_t>(minor)};
    } else {
      fields.fail("protocol_version", kWanted);
    }
    const std::string type = fields.text("client_type").value_or("");
    // A word of a newer client is not an error: the client type is information only.
    const auto known = std::find(kClientTypeNames.begin(), kClientTypeNames.end(), type);
    if (known != kClientTypeNames.end()) {
      hello.client_type = static_cast<ClientType>(known - kClientTypeNames.begin());
    }
    hello.stream = fields.flag("stream");
    return hello;
  }
  /// Stands for a missing or wrong part of a version; above 16 bits, so that the range check reports it.
  static constexpr std::uint64_t kBadPart = UINT64_MAX;

  /// `session_id`; `agent_type`?, `agent`?: at most 256 bytes; `working_dir`?: at most 4,096 bytes; `pid`?: 1 to 2^31 -
  /// 1.
  [[nodiscard]] static Register read_register(FieldReader& fields) {
    Register message{session_id(fields)};
    message.agent_type = bounded(fields, "agent_type", kMaxNameBytes);
    message.working_dir = bounded(fields, "working_dir", kMaxPathBytes);
    message.agent = bounded(fields, "agent", kMaxNameBytes);
    if (const auto pid = fields.count("pid")) {
      if (*pid == 0 || *pid > kMaxPid) fields.fail("pid", "a process id");
      message.pid = static_cast<std::int64_t>(std::min(*pid, kMaxPid));
    }
    return message;
  }
  /// An optional text of at most `max` bytes.
  [[nodiscard]] static std::optional<std::string> bounded(FieldReader& fields, std::string_view name,
                                                          std::size_t max) {
    auto value = fields.text(name);
    if (value && value->size() > max) fields.fail(name, "text of at most " + std::to_string(max) + " bytes");
    return value;
  }

  /// `context`: the members of ContextUsage, `cost_usd`?, `timestamp`?. Two spellings of the totals are in use; if both
  /// are given, the first of each pair counts (WIRE-M3).
  [[nodiscard]] static UpdateContext read_update_context(FieldReader& fields) {
    UpdateContext message{session_id(fields)};
    const json::Value* context = fields.object("context");
    if (context == nullptr) {
      fields.fail("context", "an object");
      return message;
    }
    // Member names in messages get the path of their object.
    FieldReader in(*context, "context.");
    const auto either = [&in](std::string_view name, std::string_view other) {
      const auto value = in.count(name);
      return value ? value : in.count(other);
    };
    // The totals are the agent's own figures and never the occupancy.
    message.usage.total_input_tokens = either("total_input_tokens", "input_tokens");
    message.usage.total_output_tokens = either("total_output_tokens", "output_tokens");
    message.usage.context_window_size = in.count("context_window_size");
    message.usage.current_input_tokens = in.count("current_input_tokens");
    message.usage.current_output_tokens = in.count("current_output_tokens");
    message.usage.cache_creation_tokens = in.count("cache_creation_tokens");
    message.usage.cache_read_tokens = in.count("cache_read_tokens");
    message.usage.used_percentage = in.number("used_percentage");
    // The sum so far, in dollars; the wire has no smaller unit here.
    if (const auto usd = in.number("cost_usd")) message.cost = Money::from_usd(*usd);
    message.time = read_time(*context, "timestamp", in);
    // The fault of the inner object becomes part of the outer one's message.
    if (!in.ok()) fields.fail("context", "a valid object (" + in.fault() + ")");
    return message;
  }
  /// An optional time: RFC 3339, or whole Unix seconds that are not negative.
  static std::optional<Timestamp> read_time(const json::Value& root, std::string_view name, FieldReader& in) {
    const json::Value* value = json::find(root, name);
    if (value == nullptr) return std::nullopt;
    std::optional<Timestamp> time;
    if (value->IsString()) {
      time = parse_rfc3339(json::text_of(*value));
    } else if (const auto seconds = json::get_int(root, name)) {
      // The seconds that 64 bits of nanoseconds can hold.
      constexpr std::int64_t kMost = 9'223'372'036;
      if (*seconds >= 0 && *seconds <= kMost) time = Timestamp(std::chrono::seconds(*seconds));
    }
    if (!time) in.fail(name, "an RFC 3339 time or Unix seconds");
    return time;
  }

  /// `filter`?: an object of texts.
  [[nodiscard]] static GetAllSessions read_get_all_sessions(FieldReader& fields) {
    GetAllSessions message;
    const json::Value* filter = fields.object("filter");
    // No filter: all sessions.
    if (filter == nullptr) return message;
    FieldReader in(*filter, "filter.");
    message.filter.agent = in.text("agent");
    message.filter.agent_type = in.text("agent_type");
    message.filter.status = in.text("status");
    message.filter.working_directory = in.text("working_directory");
    if (!in.ok()) fields.fail("filter", "an object of text (" + in.fault() + ")");
    return message;
  }

  /// `session_id`?: at most 256 bytes; `activity`?: boolean; `at`?: a time; `speed`?: see read_speed().
  [[nodiscard]] static Subscribe read_subscribe(const json::Value& root, FieldReader& fields) {
    Subscribe message{bounded(fields, "session_id", SessionId::kMaxBytes)};
    message.activity = fields.flag("activity");
    message.at = read_time(root, "at", fields);
    if (json::find(root, "speed") != nullptr) message.speed = read_speed(fields);
    if (message.at && message.activity)
      fields.fail("activity", "false, because a replay has state events only");
    return message;
  }
  /// `at`: a time.
  [[nodiscard]] static Seek read_seek(const json::Value& root, FieldReader& fields) {
    const auto at = read_time(root, "at", fields);
    if (!at) fields.fail("at", "an RFC 3339 time or Unix seconds");
    return Seek{at.value_or(Timestamp{})};
  }
  /// `speed`: a number from 0 to 1,000,000.
  [[nodiscard]] static double read_speed(FieldReader& fields) {
    constexpr double kMostSpeed = 1e6;
    const auto speed = fields.number("speed");
    if (!speed || *speed < 0 || *speed > kMostSpeed) fields.fail("speed", "a number from 0 to 1000000");
    return speed.value_or(0);
  }

  /// `channel`: 1 to 256 bytes; `payload`: any JSON, required; `context`?: object; `ack`?: boolean. A payload that is a
  /// string is text.
  [[nodiscard]] static Ingest read_ingest(const json::Value& root, FieldReader& fields) {
    Ingest message{fields.required_text("channel", kMaxNameBytes), {}};
    // A JSON payload is written again without white space, so that no newline remains in it.
    if (const json::Value* payload = json::find(root, "payload")) {
      message.payload_is_text = payload->IsString();
      message.payload = message.payload_is_text ? std::string(json::text_of(*payload)) : compact(*payload);
    } else {
      fields.fail("payload", "the agent's JSON or text");
    }
    if (const json::Value* context = fields.object("context")) message.context = compact(*context);
    message.ack = fields.flag("ack");
    return message;
  }

  /// Keeps its buffers from line to line.
  json::Reader reader_;
};

}  // namespace atm::protocol
