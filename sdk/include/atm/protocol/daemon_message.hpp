// SPDX-License-Identifier: MIT
// Writes the lines that the daemon sends, newline included (docs/specs/protocol.md, section 4).
//
// Sessions and observations arrive as JSON that the registry encoded once; each is copied once, here. Every function
// appends to `out`. Texts must be UTF-8; parameters named `json` must be valid JSON without newlines. All functions are
// [any].
#pragma once

#include <atm/domain/timestamp.hpp>
#include <atm/protocol/error_code.hpp>
#include <atm/protocol/json_text.hpp>
#include <atm/protocol/request_id.hpp>
#include <atm/protocol/version.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace atm::protocol {

/// Parts of a message. A message is begun, gets its members and is ended; nothing checks the order.
namespace detail {

/// `{"type":"TYPE"` and the id, if there is one.
inline void begin_message(std::string& out, std::string_view type, const RequestId& id = {}) {
  out += "{\"type\":\"";
  out += type;
  out += '"';
  // An event, or the reply to a request without id.
  if (id.absent()) return;
  append_name(out, "id");
  out += id.json();
}
/// Members, each with a leading comma.
inline void append_member(std::string& out, std::string_view name, std::uint64_t value) {
  append_name(out, name);
  append_number(out, value);
}
inline void append_raw(std::string& out, std::string_view name, std::string_view json) {
  append_name(out, name);
  out += json;
}
inline void append_text(std::string& out, std::string_view name, std::string_view text) {
  append_name(out, name);
  append_quoted(out, text);
}
/// Closes the object and the line.
inline void end_message(std::string& out) {
  out += "}\n";
}

}  // namespace detail

/// The reply to `hello`. An empty `reason` accepts the client; otherwise the code is unsupported_version. `epoch`
/// identifies this start of the daemon.
inline void append_server_hello(std::string& out, ProtocolVersion version, std::string_view reason,
                                std::string_view daemon_version, std::optional<std::uint64_t> epoch,
                                const RequestId& id = {}) {
  detail::begin_message(out, "server_hello", id);
  append_name(out, "protocol_version");
  out += "{\"major\":";
  append_number(out, version.major);
  detail::append_member(out, "minor", version.minor);
  out += '}';
  // `accepted` is a boolean; `code` and `reason` exist only in a refusal.
  detail::append_raw(out, "accepted", reason.empty() ? "true" : "false");
  if (!reason.empty()) {
    detail::append_text(out, "code", wire_error_name(WireError::kUnsupportedVersion));
    detail::append_text(out, "reason", reason);
  }
  detail::append_text(out, "daemon_version", daemon_version);
  if (epoch) detail::append_member(out, "epoch", *epoch);
  detail::end_message(out);
}

/// Names and values of numeric members.
using Numbers = std::initializer_list<std::pair<std::string_view, std::uint64_t>>;

/// `ok` with further numeric members, for example `seq`.
inline void append_ok(std::string& out, const RequestId& id = {}, Numbers numbers = {}) {
  detail::begin_message(out, "ok", id);
  // For example `found` and `failed` of `discover`.
  for (const auto& [name, value] : numbers) detail::append_member(out, name, value);
  detail::end_message(out);
}

/// `error`. `message` is for the user: lower case, no full stop, the remedy after a semicolon.
inline void append_error(std::string& out, WireError code, std::string_view message,
                         const RequestId& id = {}) {
  detail::begin_message(out, "error", id);
  detail::append_text(out, "code", wire_error_name(code));
  detail::append_text(out, "message", message);
  detail::end_message(out);
}

/// `session`, the reply to `get_session`.
inline void append_session(std::string& out, std::string_view session_json, const RequestId& id = {}) {
  detail::begin_message(out, "session", id);
  detail::append_raw(out, "session", session_json);
  detail::end_message(out);
}

/// A state event. `kind` is `session_registered` or `session_updated`.
inline void append_session_event(std::string& out, std::string_view kind, std::string_view session_json,
                                 std::uint64_t seq, std::uint64_t rev) {
  // Events have no id: they answer no request.
  detail::begin_message(out, kind);
  detail::append_member(out, "seq", seq);
  detail::append_member(out, "rev", rev);
  detail::append_raw(out, "session", session_json);
  detail::end_message(out);
}

/// `session_removed`, with the reason of the removal.
inline void append_session_removed(std::string& out, std::string_view session_id, std::string_view reason,
                                   std::uint64_t seq) {
  detail::begin_message(out, "session_removed");
  detail::append_text(out, "session_id", session_id);
  detail::append_text(out, "reason", reason);
  detail::append_member(out, "seq", seq);
  detail::end_message(out);
}

/// `activity`: an observation as an event.
inline void append_activity(std::string& out, std::string_view observation_json, std::uint64_t seq,
                            std::uint64_t rev) {
  detail::begin_message(out, "activity");
  detail::append_member(out, "seq", seq);
  detail::append_member(out, "rev", rev);
  detail::append_raw(out, "observation", observation_json);
  detail::end_message(out);
}

/// `gap`: the subscriber lost `missed` events; a snapshot follows. `reason`: why the history of a replay lacks inputs.
inline void append_gap(std::string& out, std::uint64_t missed, std::string_view reason = {}) {
  detail::begin_message(out, "gap");
  detail::append_member(out, "missed", missed);
  if (!reason.empty()) detail::append_text(out, "reason", reason);
  detail::end_message(out);
}

/// `replay`: the time of the later events of a replay; without a time, its end, for a reason or at the newest input.
inline void append_replay(std::string& out, std::optional<Timestamp> at, std::string_view reason = {}) {
  detail::begin_message(out, "replay");
  if (at) detail::append_text(out, "at", to_rfc3339(*at));
  if (!at) detail::append_raw(out, "ended", "true");
  if (!reason.empty()) detail::append_text(out, "reason", reason);
  detail::end_message(out);
}

/// `pong`, with the number of its `ping`.
inline void append_pong(std::string& out, std::uint64_t seq, const RequestId& id = {}) {
  detail::begin_message(out, "pong", id);
  detail::append_member(out, "seq", seq);
  detail::end_message(out);
}

/// A reply whose type and JSON member are both `name`: `stats` or `plugins`.
inline void append_report(std::string& out, std::string_view name, std::string_view json,
                          const RequestId& id = {}) {
  detail::begin_message(out, name, id);
  detail::append_raw(out, name, json);
  detail::end_message(out);
}

/// Writes one snapshot as `sessions` messages.
///
/// A snapshot can exceed the line limit, so it is split into several messages; all but the last have `"more":true`. A
/// single session that exceeds the limit is still sent whole. One thread at a time.
class SessionsWriter final {
 public:
  /// Receives each message, newline included, as soon as it is complete.
  using Emit = std::function<void(std::string&& message)>;

  /// `line_bytes` is the line limit without the newline; `seq` is the point of the snapshot; `id` is that of the
  /// request; `at` is the time of a replay.
  SessionsWriter(Emit emit, std::size_t line_bytes, std::uint64_t seq, RequestId id = {},
                 std::optional<Timestamp> at = {})
      : emit_(std::move(emit)), line_bytes_(line_bytes), seq_(seq), id_(std::move(id)), at_(at) {
    begin();
  }

  /// Adds a session object.
  void add(std::string_view session_json) {
    // A message has at least one session, even one that exceeds the limit: otherwise it would never be sent.
    if (!is_empty_ && out_.size() + session_json.size() + kTailBytes > line_bytes_) {
      end(true);
      begin();
    }
    if (!is_empty_) out_ += ',';
    out_ += session_json;
    is_empty_ = false;
  }
  /// Emits the last message. Call it exactly once, also for an empty snapshot.
  void finish() { end(false); }

 private:
  /// Room for the comma and `],"more":true}`.
  static constexpr std::size_t kTailBytes = 16;

  /// Begins a message with the same `seq` and id.
  void begin() {
    is_empty_ = true;
    detail::begin_message(out_, "sessions", id_);
    detail::append_member(out_, "seq", seq_);
    if (at_) {
      detail::append_raw(out_, "replay", "true");
      detail::append_text(out_, "at", to_rfc3339(*at_));
    }
    append_name(out_, "sessions");
    out_ += '[';
  }
  /// Ends a message and emits it.
  void end(bool more) {
    out_ += ']';
    if (more) detail::append_raw(out_, "more", "true");
    detail::end_message(out_);
    // The receiver owns the text.
    emit_(std::exchange(out_, {}));
    // The next message is usually as long: it grows without copies.
    if (more) out_.reserve(line_bytes_);
  }

  /// Called for each message.
  Emit emit_;
  std::size_t line_bytes_;
  std::uint64_t seq_;
  RequestId id_;
  std::optional<Timestamp> at_;
  /// The current message.
  std::string out_;
  /// Whether the current message has no session yet.
  bool is_empty_ = true;
};

}  // namespace atm::protocol
