// SPDX-License-Identifier: MIT
#include "ingest/envelope.hpp"

#include <cstddef>

#include "ingest/brackets.hpp"

namespace unix_socket {

namespace {

class Cursor final {
 public:
  explicit Cursor(std::string_view text) noexcept : at_(text.data()), end_(text.data() + text.size()) {}

  void skip_space() noexcept {
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\t' || *at_ == '\r' || *at_ == '\n')) ++at_;
  }
  [[nodiscard]] bool at_end() const noexcept { return at_ == end_; }
  /// The next byte, or NUL at the end.
  [[nodiscard]] char peek() const noexcept { return at_ == end_ ? '\0' : *at_; }
  [[nodiscard]] bool take(char c) noexcept {
    if (peek() != c) return false;
    ++at_;
    return true;
  }
  [[nodiscard]] bool take(std::string_view word) noexcept {
    if (std::string_view(at_, static_cast<std::size_t>(end_ - at_)).substr(0, word.size()) != word)
      return false;
    at_ += word.size();
    return true;
  }

  /// A string without escapes and control characters; returns the text between the quotes.
  [[nodiscard]] bool take_plain_string(std::string_view& out) noexcept {
    if (!take('"')) return false;
    const char* const begin = at_;
    while (at_ != end_ && *at_ != '"') {
      if (*at_ == '\\' || static_cast<unsigned char>(*at_) < 0x20) return false;
      ++at_;
    }
    out = {begin, static_cast<std::size_t>(at_ - begin)};
    return take('"');
  }

  /// An object or array; its content is not parsed.
  [[nodiscard]] bool take_brackets(std::string_view& out) noexcept {
    out = {at_, bracketed_size({at_, static_cast<std::size_t>(end_ - at_)})};
    at_ += out.size();
    return !out.empty();
  }

  /// -?(0|[1-9][0-9]*) that fits into 64 bits.
  [[nodiscard]] bool take_integer(std::string_view& out) noexcept {
    constexpr std::size_t kMostDigits = 18;
    const char* const begin = at_;
    static_cast<void>(take('-'));
    const char* const digits = at_;
    while (peek() >= '0' && peek() <= '9') ++at_;
    const auto count = static_cast<std::size_t>(at_ - digits);
    out = {begin, static_cast<std::size_t>(at_ - begin)};
    return count > 0 && count <= kMostDigits && (*digits != '0' || count == 1);
  }

  [[nodiscard]] const char* position() const noexcept { return at_; }

 private:
  const char* at_;
  const char* end_;
};

bool take_id(Cursor& cursor, std::string_view& out) noexcept {
  constexpr std::size_t kMostBytes = 256;
  if (cursor.peek() != '"') return cursor.take_integer(out);
  const char* const begin = cursor.position();
  std::string_view text;
  if (!cursor.take_plain_string(text) || text.size() > kMostBytes) return false;
  out = {begin, text.size() + 2};
  return true;
}

/// The members found so far; a repeated member is left to the full parse.
class SeenMembers final {
 public:
  [[nodiscard]] bool first(unsigned bit) noexcept {
    const bool is_first = (bits_ & (1U << bit)) == 0;
    bits_ |= 1U << bit;
    return is_first;
  }
  [[nodiscard]] bool has(unsigned bit) const noexcept { return (bits_ & (1U << bit)) != 0; }

 private:
  unsigned bits_ = 0;
};

enum Member : unsigned { kType, kChannel, kPayload, kContext, kAck, kId };

bool take_member(Cursor& cursor, std::string_view name, Envelope& out, SeenMembers& seen) noexcept {
  std::string_view text;
  if (name == "payload") {
    const char next = cursor.peek();
    return seen.first(kPayload) && (next == '{' || next == '[') && cursor.take_brackets(out.payload);
  }
  if (name == "context")
    return seen.first(kContext) && cursor.peek() == '{' && cursor.take_brackets(out.context);
  if (name == "type") return seen.first(kType) && cursor.take_plain_string(text) && text == "ingest";
  if (name == "channel") return seen.first(kChannel) && cursor.take_plain_string(out.channel);
  if (name == "id") return seen.first(kId) && take_id(cursor, out.id);
  if (name != "ack" || !seen.first(kAck)) return false;
  out.ack = cursor.take("true");
  return out.ack || cursor.take("false");
}

}  // namespace

std::optional<Envelope> parse_ingest_envelope(std::string_view line) noexcept {
  constexpr std::size_t kMostChannelBytes = 256;
  Cursor cursor(line);
  Envelope out;
  SeenMembers seen;
  cursor.skip_space();
  if (!cursor.take('{')) return std::nullopt;
  do {
    std::string_view name;
    cursor.skip_space();
    if (!cursor.take_plain_string(name)) return std::nullopt;
    cursor.skip_space();
    if (!cursor.take(':')) return std::nullopt;
    cursor.skip_space();
    if (!take_member(cursor, name, out, seen)) return std::nullopt;
    cursor.skip_space();
  } while (cursor.take(','));
  if (!cursor.take('}')) return std::nullopt;
  cursor.skip_space();
  const bool is_whole = cursor.at_end() && seen.has(kType) && seen.has(kChannel) && seen.has(kPayload);
  if (!is_whole || out.channel.empty() || out.channel.size() > kMostChannelBytes) return std::nullopt;
  return out;
}

}  // namespace unix_socket
