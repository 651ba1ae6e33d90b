// SPDX-License-Identifier: MIT
// The members of a transcript's line that say what a response used (COST-U9 to COST-U23). Only claude_code.cpp includes
// this file.
#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

#include "ledger/json_cursor.hpp"
#include "ledger/usage.hpp"
#include "ledger/usage_reader.hpp"

namespace atm::ledger {

namespace transcript {

using Kind = JsonCursor::Kind;

inline constexpr std::size_t kMaxIterations = 64;

// A text member. Each has memory of its own, so that several stay valid together.
class Text final {
 public:
  /// A value of another kind gives an empty text.
  [[nodiscard]] bool read(JsonCursor& at) {
    value_ = {};
    return at.kind() == Kind::kString ? at.string(value_, scratch_) : at.skip();
  }
  void clear() { value_ = {}; }
  [[nodiscard]] std::string_view operator*() const noexcept { return value_; }

 private:
  std::string_view value_;
  std::string scratch_;
};

inline bool read_flag(JsonCursor& at, bool& flag) {
  flag = at.kind() == Kind::kTrue;
  return at.skip();
}

// A count of tokens (COST-U20). Another value sets `is_malformed`.
inline bool read_count(JsonCursor& at, std::uint64_t& count, bool& is_malformed) {
  count = 0;
  const Kind kind = at.kind();
  if (kind != Kind::kNumber) {
    is_malformed = is_malformed || kind != Kind::kNull;
    return at.skip();
  }
  std::string_view text;
  if (!at.number(text)) return false;
  if (text == "-0") return true;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (failed != std::errc() || end != text.data() + text.size() || count > kMaxCount) {
    is_malformed = true;
    count = 0;
  }
  return true;
}

// Reads an object with `on_member`. Null is as good as absent; another kind sets `is_malformed`.
template <class OnMember>
bool read_object(JsonCursor& at, bool& is_malformed, OnMember&& on_member) {
  const Kind kind = at.kind();
  if (kind == Kind::kObject) return at.object(on_member);
  is_malformed = is_malformed || kind != Kind::kNull;
  return at.skip();
}

struct Counts {
  std::uint64_t input = 0;
  std::uint64_t output = 0;
  std::uint64_t write = 0;
  std::uint64_t write_5m = 0;
  std::uint64_t write_1h = 0;
  std::uint64_t read = 0;
  std::uint64_t searches = 0;

  // COST-U13. Each part is at most 2 * kMaxCount, which fits.
  [[nodiscard]] Usage usage() const {
    Usage usage;
    const std::uint64_t parts = write_5m + write_1h;
    usage[TokenKind::kInput] = static_cast<std::uint32_t>(input);
    usage[TokenKind::kOutput] = static_cast<std::uint32_t>(output);
    usage[TokenKind::kCacheWrite] =
        static_cast<std::uint32_t>(write_5m + (write > parts ? write - parts : 0));
    usage[TokenKind::kCacheWriteLong] = static_cast<std::uint32_t>(write_1h);
    usage[TokenKind::kCacheRead] = static_cast<std::uint32_t>(read);
    usage.web_searches = static_cast<std::uint32_t>(searches);
    return usage;
  }

  // Reads the member `key` if it is a count; `is_known` says whether it was.
  bool read_member(JsonCursor& at, std::string_view key, bool& is_known, bool& is_malformed) {
    is_known = true;
    if (key == "input_tokens") return read_count(at, input, is_malformed);
    if (key == "output_tokens") return read_count(at, output, is_malformed);
    if (key == "cache_creation_input_tokens") return read_count(at, write, is_malformed);
    if (key == "cache_read_input_tokens") return read_count(at, read, is_malformed);
    if (key == "cache_creation") {
      write_5m = write_1h = 0;
      return read_object(at, is_malformed, [&](std::string_view inner) {
        if (inner == "ephemeral_5m_input_tokens") return read_count(at, write_5m, is_malformed);
        if (inner == "ephemeral_1h_input_tokens") return read_count(at, write_1h, is_malformed);
        return at.skip();
      });
    }
    if (key == "server_tool_use") {
      searches = 0;
      return read_object(at, is_malformed, [&](std::string_view inner) {
        if (inner == "web_search_requests") return read_count(at, searches, is_malformed);
        return at.skip();
      });
    }
    is_known = false;
    return true;
  }
};

struct Iteration {
  Text type;
  Text model;
  Counts counts;

  void clear() {
    type.clear();
    model.clear();
    counts = {};
  }
};

struct UsageFields {
  Counts counts;
  std::deque<Iteration> iterations;  // grown only: texts refer to their own memory and must not move
  std::size_t iteration_count = 0;
  bool is_fast = false;
  bool is_us_only = false;
  bool has_fallback_credit = false;
  Text tier;
  bool is_malformed = false;

  bool read(JsonCursor& at) {
    counts = {};
    iteration_count = 0;
    is_fast = is_us_only = has_fallback_credit = is_malformed = false;
    tier.clear();
    return at.object([&](std::string_view key) {
      bool is_count = false;
      if (!counts.read_member(at, key, is_count, is_malformed)) return false;
      if (is_count) return true;
      if (key == "speed") return read_word(at, "fast", is_fast);
      if (key == "inference_geo") return read_word(at, "us", is_us_only);
      if (key == "service_tier") return tier.read(at);
      if (key == "iterations") return read_iterations(at);
      if (key == "fallback_credit") {
        has_fallback_credit = at.kind() != Kind::kNull;
        return at.skip();
      }
      return at.skip();
    });
  }

 private:
  static bool read_word(JsonCursor& at, std::string_view word, bool& is_word) {
    Text text;
    if (!text.read(at)) return false;
    is_word = *text == word;
    return true;
  }

  bool read_iterations(JsonCursor& at) {
    iteration_count = 0;
    if (at.kind() != Kind::kArray) {
      is_malformed = is_malformed || at.kind() != Kind::kNull;
      return at.skip();
    }
    return at.array([&] {
      if (at.kind() != Kind::kObject || iteration_count == kMaxIterations) {
        is_malformed = true;
        return at.skip();
      }
      if (iteration_count == iterations.size()) iterations.emplace_back();
      Iteration& iteration = iterations[iteration_count++];
      iteration.clear();
      return at.object([&](std::string_view key) {
        bool is_count = false;
        if (!iteration.counts.read_member(at, key, is_count, is_malformed)) return false;
        if (is_count) return true;
        if (key == "type") return iteration.type.read(at);
        if (key == "model") return iteration.model.read(at);
        return at.skip();
      });
    });
  }
};

struct MessageFields {
  bool is_object = false;
  bool has_usage = false;
  Text id;
  Text model;
  Text stop_reason;
  std::string tool;  // name of the first tool use
  UsageFields usage;

  void clear() {
    is_object = has_usage = false;
    id.clear();
    model.clear();
    stop_reason.clear();
    tool.clear();
  }

  bool read(JsonCursor& at) {
    clear();
    if (at.kind() != Kind::kObject) return at.skip();
    is_object = true;
    return at.object([&](std::string_view key) {
      if (key == "id") return id.read(at);
      if (key == "model") return model.read(at);
      if (key == "stop_reason") return stop_reason.read(at);
      if (key == "content") return read_content(at);
      if (key == "usage") {
        has_usage = at.kind() == Kind::kObject;
        return has_usage ? usage.read(at) : at.skip();
      }
      return at.skip();
    });
  }

 private:
  bool read_content(JsonCursor& at) {
    tool.clear();
    if (at.kind() != Kind::kArray) return at.skip();
    return at.array([&] {
      if (at.kind() != Kind::kObject) return at.skip();
      Text type;
      Text name;
      const bool is_valid = at.object([&](std::string_view key) {
        if (key == "type") return type.read(at);
        if (key == "name") return name.read(at);
        return at.skip();
      });
      if (tool.empty() && *type == "tool_use") tool = (*name).substr(0, kMaxName);
      return is_valid;
    });
  }
};

// The members of a line, and those of the record inside a progress record.
struct RecordFields {
  Text type;
  Text uuid;
  Text timestamp;
  Text request;
  MessageFields message;

  void clear() {
    type.clear();
    uuid.clear();
    timestamp.clear();
    request.clear();
    message.clear();
  }
  bool read_member(JsonCursor& at, std::string_view key, bool& is_known) {
    is_known = true;
    if (key == "type") return type.read(at);
    if (key == "uuid") return uuid.read(at);
    if (key == "timestamp") return timestamp.read(at);
    if (key == "requestId") return request.read(at);
    if (key == "message") return message.read(at);
    is_known = false;
    return true;
  }
};

}  // namespace transcript

}  // namespace atm::ledger
