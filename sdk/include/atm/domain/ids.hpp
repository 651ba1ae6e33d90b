// SPDX-License-Identifier: MIT
// Identifiers that agents assign. ATM compares them bytewise and does not interpret them.
#pragma once

#include <atm/domain/limits.hpp>
#include <atm/domain/utf8.hpp>
#include <cassert>
#include <charconv>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace atm {

/// The agent's own session id: 1 to 256 bytes of UTF-8, in no particular format.
///
/// A session can be found by its process before its id is known. Such a session gets a pending id, `pending-<pid>`,
/// until the agent reports the real one; is_pending() tells the two apart. Ordered and compared bytewise. A value type:
/// not synchronised.
class SessionId final {
 public:
  /// Longest id, in bytes.
  static constexpr std::size_t kMaxBytes = kDefaultLimits.session_id_bytes;

  /// For text that is known to be a valid id (asserted). External text goes through parse().
  explicit SessionId(std::string text) : text_(std::move(text)) { assert(is_valid(text_)); }

  /// The id; absent if the text is empty, longer than 256 bytes, or not UTF-8.
  [[nodiscard]] static std::optional<SessionId> parse(std::string_view text) {
    if (!is_valid(text) || !utf8_valid(text)) return std::nullopt;
    return SessionId(std::string(text));
  }

  /// The pending id `pending-<pid>`. `pid` must not be negative.
  [[nodiscard]] static SessionId pending(std::int64_t pid) {
    assert(pid >= 0);
    return SessionId(std::string(kPendingPrefix) + std::to_string(pid));
  }
  /// Whether the id begins with `pending-`.
  [[nodiscard]] bool is_pending() const noexcept { return view().starts_with(kPendingPrefix); }
  /// The pid of a pending id; absent for another id, or if the rest is not a decimal number of 64 bits without sign.
  [[nodiscard]] std::optional<std::int64_t> pending_pid() const noexcept {
    if (!is_pending()) return std::nullopt;
    const std::string_view digits = view().substr(kPendingPrefix.size());
    std::int64_t pid = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), pid);
    // from_chars() accepts a minus sign, which no pid has.
    if (error != std::errc{} || end != digits.data() + digits.size() || digits.front() == '-')
      return std::nullopt;
    return pid;
  }

  /// The id as text, valid while this object lives.
  [[nodiscard]] const std::string& str() const noexcept { return text_; }
  [[nodiscard]] std::string_view view() const noexcept { return text_; }
  /// The first 8 bytes if they end on a character boundary, else the whole id. For display only; not unique.
  [[nodiscard]] std::string_view short_form() const noexcept {
    constexpr std::size_t kShort = 8;
    // A cut character would be broken text.
    return utf8_is_boundary(text_, kShort) ? view().substr(0, kShort) : view();
  }

  friend bool operator==(const SessionId&, const SessionId&) = default;
  /// Bytewise order, as std::string compares.
  friend auto operator<=>(const SessionId&, const SessionId&) = default;

 private:
  /// An agent's own id that begins with it counts as pending.
  static constexpr std::string_view kPendingPrefix = "pending-";
  /// Checks the length only; parse() checks the encoding, too.
  [[nodiscard]] static bool is_valid(std::string_view text) noexcept {
    return !text.empty() && text.size() <= kMaxBytes;
  }

  std::string text_;
};

/// The agent's id of one tool use (`toolu_...`). Any text, also the empty one.
class ToolUseId final {
 public:
  /// Takes any text; it is not checked.
  explicit ToolUseId(std::string text) : text_(std::move(text)) {}

  [[nodiscard]] const std::string& str() const noexcept { return text_; }
  [[nodiscard]] std::string_view view() const noexcept { return text_; }

  friend bool operator==(const ToolUseId&, const ToolUseId&) = default;
  friend auto operator<=>(const ToolUseId&, const ToolUseId&) = default;

 private:
  std::string text_;
};

/// The path of a session's transcript, as the agent reports it. The file need not exist yet.
class TranscriptPath final {
 public:
  /// Takes any text; it is not checked, and no file is opened.
  explicit TranscriptPath(std::string path) : path_(std::move(path)) {}

  /// The path as it was given.
  [[nodiscard]] const std::string& str() const noexcept { return path_; }
  [[nodiscard]] std::string_view view() const noexcept { return path_; }
  /// The last component without trailing slashes; empty for `/` and for an empty path.
  [[nodiscard]] std::string_view filename() const noexcept {
    std::string_view path = path_;
    while (path.ends_with('/')) path.remove_suffix(1);
    // Without a slash, npos + 1 is 0: the whole path.
    return path.substr(path.rfind('/') + 1);
  }

  friend bool operator==(const TranscriptPath&, const TranscriptPath&) = default;
  friend auto operator<=>(const TranscriptPath&, const TranscriptPath&) = default;

 private:
  std::string path_;
};

}  // namespace atm

/// Hashes agree with ==, so that ids can be keys of unordered containers.
template <>
struct std::hash<atm::SessionId> {
  [[nodiscard]] std::size_t operator()(const atm::SessionId& id) const noexcept {
    return std::hash<std::string_view>{}(id.view());
  }
};

template <>
struct std::hash<atm::ToolUseId> {
  [[nodiscard]] std::size_t operator()(const atm::ToolUseId& id) const noexcept {
    return std::hash<std::string_view>{}(id.view());
  }
};
