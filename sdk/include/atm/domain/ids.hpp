// SPDX-License-Identifier: MIT
// Names that agents give to things. They are the agents' own text: compared bytewise, never interpreted.
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

/// The agent's own session id. Never empty, at most 256 bytes; not a UUID as far as anybody here knows.
class SessionId final {
 public:
  static constexpr std::size_t kMaxBytes = kDefaultLimits.session_id_bytes;

  /// For text that is known to be an id. What comes from outside goes through parse().
  explicit SessionId(std::string text) : text_(std::move(text)) { assert(is_valid(text_)); }

  /// Absent if the text is empty, over 256 bytes, or not UTF-8.
  [[nodiscard]] static std::optional<SessionId> parse(std::string_view text) {
    if (!is_valid(text) || !utf8_valid(text)) return std::nullopt;
    return SessionId(std::string(text));
  }

  /// The id of a session whose process was found before its own id is known: `pending-<pid>`.
  [[nodiscard]] static SessionId pending(std::int64_t pid) {
    assert(pid >= 0);
    return SessionId(std::string(kPendingPrefix) + std::to_string(pid));
  }
  [[nodiscard]] bool is_pending() const noexcept { return view().starts_with(kPendingPrefix); }
  /// Absent if this is no pending id, or if what follows the prefix is not a number a process can have.
  [[nodiscard]] std::optional<std::int64_t> pending_pid() const noexcept {
    if (!is_pending()) return std::nullopt;
    const std::string_view digits = view().substr(kPendingPrefix.size());
    std::int64_t pid = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), pid);
    if (error != std::errc{} || end != digits.data() + digits.size() || digits.front() == '-')
      return std::nullopt;
    return pid;
  }

  [[nodiscard]] const std::string& str() const noexcept { return text_; }
  [[nodiscard]] std::string_view view() const noexcept { return text_; }
  /// The first 8 bytes where a character ends there, else the whole id: a cut id must not be broken text.
  [[nodiscard]] std::string_view short_form() const noexcept {
    constexpr std::size_t kShort = 8;
    return utf8_is_boundary(text_, kShort) ? view().substr(0, kShort) : view();
  }

  friend bool operator==(const SessionId&, const SessionId&) = default;
  friend auto operator<=>(const SessionId&, const SessionId&) = default;

 private:
  static constexpr std::string_view kPendingPrefix = "pending-";
  [[nodiscard]] static bool is_valid(std::string_view text) noexcept {
    return !text.empty() && text.size() <= kMaxBytes;
  }

  std::string text_;
};

/// The agent's id of one use of a tool (`toolu_...`).
class ToolUseId final {
 public:
  explicit ToolUseId(std::string text) : text_(std::move(text)) {}

  [[nodiscard]] const std::string& str() const noexcept { return text_; }
  [[nodiscard]] std::string_view view() const noexcept { return text_; }

  friend bool operator==(const ToolUseId&, const ToolUseId&) = default;
  friend auto operator<=>(const ToolUseId&, const ToolUseId&) = default;

 private:
  std::string text_;
};

/// Where an agent writes a session's transcript. The file may not exist yet.
class TranscriptPath final {
 public:
  explicit TranscriptPath(std::string path) : path_(std::move(path)) {}

  [[nodiscard]] const std::string& str() const noexcept { return path_; }
  [[nodiscard]] std::string_view view() const noexcept { return path_; }
  /// The last component, trailing slashes aside; empty for `/` and for an empty path.
  [[nodiscard]] std::string_view filename() const noexcept {
    std::string_view path = path_;
    while (path.ends_with('/')) path.remove_suffix(1);
    return path.substr(path.rfind('/') + 1);  // npos + 1 is 0: no slash, the whole
  }

  friend bool operator==(const TranscriptPath&, const TranscriptPath&) = default;
  friend auto operator<=>(const TranscriptPath&, const TranscriptPath&) = default;

 private:
  std::string path_;
};

}  // namespace atm

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
