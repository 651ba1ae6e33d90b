// SPDX-License-Identifier: MIT
// The only header that includes RapidJSON: its configuration, a reader that is safe for hostile input, and typed
// look-ups.
//
// RapidJSON recurses once for each nesting level, trusts its input to be UTF-8, and produces ill-formed UTF-8 for an
// escaped half of a surrogate pair. Reader limits the depth, checks the encoding, repairs such halves first, and reuses
// its buffers, so that a loop over many texts does not allocate after its first iterations.
#pragma once

#define RAPIDJSON_HAS_STDSTRING 1
#if defined(__SSE4_2__)
#define RAPIDJSON_SSE42 1
#elif defined(__SSE2__)
#define RAPIDJSON_SSE2 1
#endif
#include <rapidjson/document.h>
#include <rapidjson/error/en.h>
#include <rapidjson/internal/dtoa.h>
#include <rapidjson/stringbuffer.h>

#include <atm/domain/utf8.hpp>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace atm::json {

/// Types of RapidJSON under short names.
using Value = rapidjson::Value;
using Document = rapidjson::Document;
using Buffer = rapidjson::StringBuffer;

namespace detail {

/// Whether a JSON string contains this text as it is: no control character, quotation mark or backslash.
[[nodiscard]] inline bool is_plain(const char* at, std::size_t size) noexcept {
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  constexpr std::uint64_t kTops = 0x80 * kOnes;
  // The top bit of each byte that is zero; a byte above the first such one may be set by mistake.
  const auto zero = [](std::uint64_t word) { return (word - kOnes) & ~word & kTops; };
  const auto is_clean = [&zero](std::uint64_t word) {
    const std::uint64_t control = (word - 0x20 * kOnes) & ~word & kTops;
    return (control | zero(word ^ ('"' * kOnes)) | zero(word ^ ('\\' * kOnes))) == 0;
  };
  std::uint64_t word = 0;
  for (; size >= sizeof word; at += sizeof word, size -= sizeof word) {
    std::memcpy(&word, at, sizeof word);
    if (!is_clean(word)) return false;
  }
  word = ' ' * kOnes;
  std::memcpy(&word, at, size);
  return is_clean(word);
}

}  // namespace detail

/// Writes JSON to a Buffer. Text must be UTF-8. The calls must form a JSON value; they are the events of RapidJSON, so that
/// Value::Accept() can make them. Most texts need no escape and are copied as a whole.
class Writer final {
 public:
  using Ch = char;

  /// `buffer` must outlive this object.
  explicit Writer(Buffer& buffer) noexcept : to_(&buffer) {}

  // NOLINTBEGIN(readability-identifier-naming): the names of RapidJSON
  /// Begins another text.
  void Reset(Buffer& buffer) noexcept {
    to_ = &buffer;
    is_after_value_ = false;
  }
  bool Null() { return word("null"); }
  bool Bool(bool value) { return word(value ? "true" : "false"); }
  bool Int(int value) { return whole(value); }
  bool Uint(unsigned value) { return whole(value); }
  bool Int64(std::int64_t value) { return whole(value); }
  bool Uint64(std::uint64_t value) { return whole(value); }
  /// JSON has no infinity and no NaN: null.
  bool Double(double value) {
    if (!std::isfinite(value)) return Null();
    begin_value();
    constexpr std::size_t kMostBytes = 25;
    char* const at = to_->Push(kMostBytes);
    to_->Pop(kMostBytes - static_cast<std::size_t>(rapidjson::internal::dtoa(value, at) - at));
    return true;
  }
  bool RawNumber(const char* text, rapidjson::SizeType size, bool /*copy*/ = false) {
    return word({text, size});
  }
  bool String(const char* text, rapidjson::SizeType size, bool /*copy*/ = false) {
    begin_value();
    quote(text, size);
    return true;
  }
  bool Key(const char* text, rapidjson::SizeType size, bool /*copy*/ = false) {
    String(text, size);
    to_->Put(':');
    is_after_value_ = false;
    return true;
  }
  bool String(std::string_view text) {
    return String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
  }
  bool Key(std::string_view text) { return Key(text.data(), static_cast<rapidjson::SizeType>(text.size())); }
  bool StartObject() { return begin('{'); }
  bool EndObject(rapidjson::SizeType /*members*/ = 0) { return end('}'); }
  bool StartArray() { return begin('['); }
  bool EndArray(rapidjson::SizeType /*elements*/ = 0) { return end(']'); }
  // NOLINTEND(readability-identifier-naming)

 private:
  void begin_value() {
    if (is_after_value_) to_->Put(',');
    is_after_value_ = true;
  }
  bool begin(char bracket) {
    begin_value();
    to_->Put(bracket);
    is_after_value_ = false;
    return true;
  }
  bool end(char bracket) {
    to_->Put(bracket);
    is_after_value_ = true;
    return true;
  }
  bool word(std::string_view text) {
    begin_value();
    std::memcpy(to_->Push(text.size()), text.data(), text.size());
    return true;
  }
  template <class Integer>
  bool whole(Integer value) {
    begin_value();
    constexpr std::size_t kMostBytes = 20;
    char* const at = to_->Push(kMostBytes);
    to_->Pop(static_cast<std::size_t>(at + kMostBytes - std::to_chars(at, at + kMostBytes, value).ptr));
    return true;
  }
  void quote(const char* text, std::size_t size) {
    if (!detail::is_plain(text, size)) return quote_with_escapes({text, size});
    char* const at = to_->Push(size + 2);
    at[0] = '"';
    std::memcpy(at + 1, text, size);
    at[size + 1] = '"';
  }
  void quote_with_escapes(std::string_view text) {
    constexpr std::string_view kHex = "0123456789ABCDEF";
    to_->Put('"');
    for (const char c : text) {
      if (static_cast<unsigned char>(c) >= 0x20) {
        if (c == '"' || c == '\\') to_->Put('\\');
        to_->Put(c);
        continue;
      }
      constexpr std::string_view kShort = "btnvfr";  // 8 to 13; \v is no escape of JSON
      to_->Put('\\');
      if (c >= '\b' && c <= '\r' && c != '\v') {
        to_->Put(kShort[static_cast<std::size_t>(c - '\b')]);
        continue;
      }
      for (const char digit : {'u', '0', '0', kHex[static_cast<unsigned char>(c) >> 4], kHex[c & 0xF]})
        to_->Put(digit);
    }
    to_->Put('"');
  }

  Buffer* to_;
  bool is_after_value_ = false;  // a comma precedes the next value or key
};

/// Greatest nesting depth of arrays and objects in a document.
inline constexpr unsigned kMaxDepth = 64;

namespace detail {

/// The UTF-16 code unit of the escape `\uXXXX` at `at`; 0 if there is no such escape.
[[nodiscard]] inline unsigned escaped_unit(const char* at, const char* end) noexcept {
  if (end - at < 6 || at[0] != '\\' || at[1] != 'u') return 0;
  unsigned unit = 0;
  const auto [stop, fault] = std::from_chars(at + 2, at + 6, unit, 16);
  return fault == std::errc() && stop == at + 6 ? unit : 0;
}

/// Replaces each escaped single half of a surrogate pair by U+FFFD, in place.
///
/// Agents cut text between the halves of a pair and write the remaining half as an escape. The replacement has the same
/// length, so no byte moves.
inline void replace_half_surrogates(char* at, const char* end) noexcept {
  const auto is_high = [](unsigned unit) { return unit >= 0xD800 && unit < 0xDC00; };
  const auto is_low = [](unsigned unit) { return unit >= 0xDC00 && unit < 0xE000; };
  while ((at = static_cast<char*>(std::memchr(at, '\\', static_cast<std::size_t>(end - at)))) != nullptr) {
    const unsigned unit = escaped_unit(at, end);
    if (is_high(unit) && is_low(escaped_unit(at + 6, end))) {
      at += 12;
    } else if (is_high(unit) || is_low(unit)) {
      std::memcpy(at + 2, "fffd", 4);  // NOLINT(bugprone-not-null-terminated-result): within a text
      at += 6;
    } else {
      at += end - at < 2 ? 1 : 2;
    }
  }
}

}  // namespace detail

/// Parses one document at a time into memory that it keeps.
///
/// A parsed value lives until the next parse() of the same Reader, or until its end. Each string in it is well-formed
/// UTF-8. Not synchronised: use one Reader for each thread.
class Reader final {
 public:
  /// Parses `text`, which need not be terminated. Returns the root, or nullptr if the text is not JSON, not UTF-8,
  /// nested deeper than kMaxDepth, or has anything after the document; error() then describes the problem.
  [[nodiscard]] const Value* parse(std::string_view text) {
    // A text that fails leaves no document: Reader never returns a value of an earlier text.
    error_.clear();
    if (!utf8_valid(text)) return fail("not valid UTF-8");
    // RapidJSON's SIMD scan reads whole blocks of 16 bytes, so the copy ends in padding.
    scratch_.resize(text.size() + kPadding);
    std::memcpy(scratch_.data(), text.data(), text.size());
    std::memset(scratch_.data() + text.size(), 0, kPadding);
    detail::replace_half_surrogates(scratch_.data(), scratch_.data() + text.size());
    // All values of the previous document end here.
    pool_.Clear();
    document_.emplace(&pool_, kStackBytes - kHeaderBytes, &stack_pool_);
    Generator generator{scratch_.data()};
    document_->Populate(generator);
    // The stack of a large document was larger.
    stack_pool_.Clear();
    // The depth limit aborts the parse with an error of its own, so it is tested first.
    if (generator.too_deep) return fail("nested deeper than " + std::to_string(kMaxDepth) + " levels");
    // The part before the NUL was a complete document.
    if (!generator.result.IsError() && generator.read != text.size())
      return fail("a NUL ends the document at byte " + std::to_string(generator.read));
    if (generator.result.IsError())
      return fail(reason(generator.result.Code()) + " at byte " + std::to_string(generator.result.Offset()));
    return &*document_;
  }

  /// The reason of the last nullptr, with a byte offset where possible. Valid until the next parse().
  [[nodiscard]] const std::string& error() const noexcept { return error_; }

 private:
  /// Sizes in bytes. The pool's first block covers a usual hook input.
  static constexpr std::size_t kPadding = 32;
  static constexpr std::size_t kStackBytes = 8 * 1024;
  static constexpr std::size_t kPoolBytes = 16 * 1024;
  /// At least what RapidJSON stores at the begin of a pool.
  static constexpr std::size_t kHeaderBytes = 64;

  /// Its stack lies in a pool, too: the parse of a usual text allocates nothing.
  using Tree = rapidjson::GenericDocument<rapidjson::UTF8<>, rapidjson::MemoryPoolAllocator<>,
                                          rapidjson::MemoryPoolAllocator<>>;

  // A SAX handler that forwards every event to the document and aborts the parse at the depth limit.
  struct DepthGuard {
    Tree& to;
    bool& too_deep;
    unsigned depth = 0;  // NOLINTBEGIN(readability-identifier-naming): the names of RapidJSON
    bool Null() { return to.Null(); }
    bool Bool(bool b) { return to.Bool(b); }
    bool Int(int i) { return to.Int(i); }
    bool Uint(unsigned u) { return to.Uint(u); }
    bool Int64(std::int64_t i) { return to.Int64(i); }
    bool Uint64(std::uint64_t u) { return to.Uint64(u); }
    bool Double(double d) { return to.Double(d); }
    bool RawNumber(const char* s, rapidjson::SizeType n, bool copy) { return to.RawNumber(s, n, copy); }
    bool String(const char* s, rapidjson::SizeType n, bool copy) { return to.String(s, n, copy); }
    bool Key(const char* s, rapidjson::SizeType n, bool copy) { return to.Key(s, n, copy); }
    bool StartObject() { return enter() && to.StartObject(); }
    bool EndObject(rapidjson::SizeType n) { return --depth, to.EndObject(n); }
    bool StartArray() { return enter() && to.StartArray(); }
    bool EndArray(rapidjson::SizeType n) { return --depth, to.EndArray(n); }
    bool enter() {  // NOLINTEND(readability-identifier-naming)
      if (depth == kMaxDepth) return !(too_deep = true);
      return ++depth, true;
    }
  };

  /// Runs the parse inside Document::Populate() and keeps the result, which Populate() does not return.
  struct Generator {
    char* text;
    bool too_deep = false;
    rapidjson::ParseResult result{};
    // Bytes consumed; RapidJSON takes a NUL as the end of the text.
    std::size_t read = 0;
    bool operator()(Tree& document) {
      rapidjson::Reader reader;
      rapidjson::InsituStringStream stream(text);
      DepthGuard guard{document, too_deep};
      result = reader.Parse<rapidjson::kParseInsituFlag>(stream, guard);
      read = stream.Tell();
      return !result.IsError();
    }
  };

  /// RapidJSON's message in the form of an ATM message: no capital letter, no full stop.
  static std::string reason(rapidjson::ParseErrorCode code) {
    std::string text = rapidjson::GetParseError_En(code);
    if (!text.empty() && text.back() == '.') text.pop_back();
    if (!text.empty() && text[0] >= 'A' && text[0] <= 'Z') text[0] = static_cast<char>(text[0] - 'A' + 'a');
    return text;
  }

  /// Stores the reason and drops the document.
  const Value* fail(std::string why) {
    error_ = std::move(why);
    document_.reset();
    return nullptr;
  }

  /// The text is parsed in place: strings of the document point into this copy.
  std::vector<char> scratch_;
  /// Not zeroed: untouched pages use no memory.
  std::unique_ptr<char[]> buffer_ = std::make_unique_for_overwrite<char[]>(kStackBytes + kPoolBytes);
  /// Memory of the stack and of the document; Clear() keeps the first block.
  rapidjson::MemoryPoolAllocator<> stack_pool_{buffer_.get(), kStackBytes};
  rapidjson::MemoryPoolAllocator<> pool_{buffer_.get() + kStackBytes, kPoolBytes};
  /// Created anew for each text on the same pool.
  std::optional<Tree> document_;
  std::string error_;
};

/// The member of an object; nullptr if `object` is not an object, the member is missing, or it is null.
[[nodiscard]] inline const Value* find(const Value& object, std::string_view key) {
  if (!object.IsObject()) return nullptr;
  // A linear search: objects of the protocol have few members.
  const auto it = object.FindMember(
      Value(rapidjson::StringRef(key.data(), static_cast<rapidjson::SizeType>(key.size()))));
  return it == object.MemberEnd() || it->value.IsNull() ? nullptr : &it->value;
}

/// The text of a string value; valid as long as the value. `value` must be a string.
[[nodiscard]] inline std::string_view text_of(const Value& value) {
  return {value.GetString(), value.GetStringLength()};
}

/// The whole number of a value in the range of int64; 3.0 counts as 3, up to 2^53. Absent: the value is no such number.
[[nodiscard]] inline std::optional<std::int64_t> to_int(const Value& value) noexcept {
  if (value.IsInt64()) return value.GetInt64();
  if (!value.IsDouble()) return std::nullopt;
  const double d = value.GetDouble();
  // 2^53: every whole number up to here is exact.
  constexpr double kExact = 9007199254740992.0;
  // The negated form rejects NaN, too.
  if (!(d >= -kExact && d <= kExact) || d != std::floor(d)) return std::nullopt;
  return static_cast<std::int64_t>(d);
}
/// The same for a number that is not negative.
[[nodiscard]] inline std::optional<std::int64_t> to_count(const Value& value) noexcept {
  const std::optional<std::int64_t> number = to_int(value);
  return number.value_or(-1) >= 0 ? number : std::nullopt;
}

/// Typed members: absent if missing, null or of another type. Nothing is converted: a number written as text is absent.
/// A text is valid as long as the document.
[[nodiscard]] inline std::optional<std::string_view> get_string(const Value& object, std::string_view key) {
  const Value* v = find(object, key);
  if (v == nullptr || !v->IsString()) return std::nullopt;
  return text_of(*v);
}
[[nodiscard]] inline std::optional<bool> get_bool(const Value& object, std::string_view key) {
  const Value* v = find(object, key);
  if (v == nullptr || !v->IsBool()) return std::nullopt;
  return v->GetBool();
}
/// Any finite number.
[[nodiscard]] inline std::optional<double> get_double(const Value& object, std::string_view key) {
  const Value* v = find(object, key);
  if (v == nullptr || !v->IsNumber()) return std::nullopt;
  const double d = v->GetDouble();
  return std::isfinite(d) ? std::optional(d) : std::nullopt;
}
/// A whole number in the range of int64; 3.0 counts as 3, up to 2^53.
[[nodiscard]] inline std::optional<std::int64_t> get_int(const Value& object, std::string_view key) {
  const Value* v = find(object, key);
  return v == nullptr ? std::nullopt : to_int(*v);
}
/// A member that is an object, or an array; nullptr otherwise. Valid as long as the document.
[[nodiscard]] inline const Value* get_object(const Value& object, std::string_view key) {
  const Value* v = find(object, key);
  return v != nullptr && v->IsObject() ? v : nullptr;
}
[[nodiscard]] inline const Value* get_array(const Value& object, std::string_view key) {
  const Value* v = find(object, key);
  return v != nullptr && v->IsArray() ? v : nullptr;
}

/// Write a key or a string from a string_view, which RapidJSON's Writer does not accept.
template <class W>
void key(W& writer, std::string_view text) {
  writer.Key(text.data(), static_cast<rapidjson::SizeType>(text.size()));
}
template <class W>
void string(W& writer, std::string_view text) {
  writer.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
}
/// Writes a member of an object whose value is a string.
template <class W>
void member(W& writer, std::string_view name, std::string_view text) {
  key(writer, name);
  string(writer, text);
}

/// The text written so far; valid until the buffer changes.
[[nodiscard]] inline std::string_view text_of(const Buffer& buffer) {
  return {buffer.GetString(), buffer.GetSize()};
}

}  // namespace atm::json
