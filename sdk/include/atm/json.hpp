// SPDX-License-Identifier: MIT
// The one door to RapidJSON: its configuration, a reader that is safe on hostile bytes, and typed look-ups.
//
// RapidJSON recurses once a nesting level, trusts its input to be UTF-8 and makes ill-formed UTF-8 of an escaped
// half of a surrogate pair. Reader bounds the depth, checks the encoding and mends the halves first, and reuses its
// buffers, so that a hot loop allocates nothing once it is warm.
#pragma once

#define RAPIDJSON_HAS_STDSTRING 1
#if defined(__SSE4_2__)
#define RAPIDJSON_SSE42 1
#elif defined(__SSE2__)
#define RAPIDJSON_SSE2 1
#endif
#include <rapidjson/document.h>
#include <rapidjson/error/en.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <atm/domain/utf8.hpp>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace atm::json {

using Value = rapidjson::Value;
using Document = rapidjson::Document;
using Buffer = rapidjson::StringBuffer;

/// RapidJSON 1.1.0's SSE2 code for Writer<StringBuffer> takes 0x1A to 0x1F for printable and writes them raw,
/// which is no JSON. It is specialised for exactly that type: any other allocator avoids it.
struct WriterAllocator : rapidjson::CrtAllocator {};
using Writer = rapidjson::Writer<Buffer, rapidjson::UTF8<>, rapidjson::UTF8<>, WriterAllocator>;

/// Levels of arrays and objects a document may have.
inline constexpr unsigned kMaxDepth = 64;

namespace detail {

/// The UTF-16 code unit that `\uXXXX` at `at` stands for, or 0 where no such escape is.
[[nodiscard]] inline unsigned escaped_unit(const char* at, const char* end) noexcept {
  if (end - at < 6 || at[0] != '\\' || at[1] != 'u') return 0;
  unsigned unit = 0;
  const auto [stop, fault] = std::from_chars(at + 2, at + 6, unit, 16);
  return fault == std::errc() && stop == at + 6 ? unit : 0;
}

/// Clients cut text between the two halves of a surrogate pair, and write the half they keep as an escape: it
/// becomes U+FFFD, in place.
inline void replace_half_surrogates(char* at, const char* end) noexcept {
  const auto is_high = [](unsigned unit) { return unit >= 0xD800 && unit < 0xDC00; };
  const auto is_low = [](unsigned unit) { return unit >= 0xDC00 && unit < 0xE000; };
  while ((at = static_cast<char*>(std::memchr(at, '\\', static_cast<std::size_t>(end - at)))) != nullptr) {
    const unsigned unit = escaped_unit(at, end);
    if (is_high(unit) && is_low(escaped_unit(at + 6, end))) {
      at += 12;
    } else if (is_high(unit) || is_low(unit)) {
      std::memcpy(at + 2, "fffd", 4);
      at += 6;
    } else {
      at += end - at < 2 ? 1 : 2;
    }
  }
}

}  // namespace detail

/// Parses one document at a time into memory it keeps. A parsed value lives until the next parse of the same
/// Reader. Every string of it is well-formed UTF-8: an escaped half of a surrogate pair is read as U+FFFD.
class Reader final {
 public:
  /// The root, or nullptr; error() then says what is wrong and where. `text` need not be terminated.
  [[nodiscard]] const Value* parse(std::string_view text) {
    error_.clear();
    if (!utf8_valid(text)) return fail("not valid UTF-8");
    // RapidJSON's SIMD scan reads whole 16-byte blocks: the copy ends in padding.
    scratch_.resize(text.size() + kPadding);
    std::memcpy(scratch_.data(), text.data(), text.size());
    std::memset(scratch_.data() + text.size(), 0, kPadding);
    detail::replace_half_surrogates(scratch_.data(), scratch_.data() + text.size());
    pool_.Clear();
    document_.emplace(&pool_, kStackBytes);
    Generator generator{scratch_.data()};
    document_->Populate(generator);
    if (generator.too_deep) return fail("nested deeper than " + std::to_string(kMaxDepth) + " levels");
    if (!generator.result.IsError() && generator.read != text.size())
      return fail("a NUL ends the document at byte " + std::to_string(generator.read));
    if (generator.result.IsError())
      return fail(reason(generator.result.Code()) + " at byte " + std::to_string(generator.result.Offset()));
    return &*document_;
  }

  /// Why the last parse gave nullptr.
  [[nodiscard]] const std::string& error() const noexcept { return error_; }

 private:
  static constexpr std::size_t kPadding = 32;
  static constexpr std::size_t kStackBytes = 8 * 1024;
  static constexpr std::size_t kPoolBytes = 16 * 1024;

  // A SAX handler that passes everything to the document and ends the parse when it is too deep.
  struct DepthGuard {
    Document& to;
    bool& too_deep;
    unsigned depth = 0;
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
    bool enter() {
      if (depth == kMaxDepth) return !(too_deep = true);
      return ++depth, true;
    }
  };

  struct Generator {
    char* text;
    bool too_deep = false;
    rapidjson::ParseResult result{};
    std::size_t read = 0;  // RapidJSON takes a NUL for the end of the text
    bool operator()(Document& document) {
      rapidjson::Reader reader;
      rapidjson::InsituStringStream stream(text);
      DepthGuard guard{document, too_deep};
      result = reader.Parse<rapidjson::kParseInsituFlag>(stream, guard);
      read = stream.Tell();
      return !result.IsError();
    }
  };

  /// RapidJSON's sentence as a part of one of ours: no capital, no full stop.
  static std::string reason(rapidjson::ParseErrorCode code) {
    std::string text = rapidjson::GetParseError_En(code);
    if (!text.empty() && text.back() == '.') text.pop_back();
    if (!text.empty() && text[0] >= 'A' && text[0] <= 'Z') text[0] = static_cast<char>(text[0] - 'A' + 'a');
    return text;
  }

  const Value* fail(std::string why) {
    error_ = std::move(why);
    document_.reset();
    return nullptr;
  }

  std::vector<char> scratch_;
  std::vector<char> pool_buffer_ = std::vector<char>(kPoolBytes);
  rapidjson::MemoryPoolAllocator<> pool_{pool_buffer_.data(), pool_buffer_.size()};
  std::optional<Document> document_;
  std::string error_;
};

/// A member of an object, or nullptr when `object` is none or has it not. Null counts as absent.
[[nodiscard]] inline const Value* find(const Value& object, std::string_view key) {
  if (!object.IsObject()) return nullptr;
  const auto it = object.FindMember(
      Value(rapidjson::StringRef(key.data(), static_cast<rapidjson::SizeType>(key.size()))));
  return it == object.MemberEnd() || it->value.IsNull() ? nullptr : &it->value;
}

[[nodiscard]] inline std::string_view text_of(const Value& value) {
  return {value.GetString(), value.GetStringLength()};
}

/// Typed members: absent when missing, null or of another type. A count that is text is not a number.
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
[[nodiscard]] inline std::optional<double> get_double(const Value& object, std::string_view key) {
  const Value* v = find(object, key);
  if (v == nullptr || !v->IsNumber()) return std::nullopt;
  const double d = v->GetDouble();
  return std::isfinite(d) ? std::optional(d) : std::nullopt;
}
/// Whole numbers only; 3.0 counts as 3.
[[nodiscard]] inline std::optional<std::int64_t> get_int(const Value& object, std::string_view key) {
  const Value* v = find(object, key);
  if (v == nullptr) return std::nullopt;
  if (v->IsInt64()) return v->GetInt64();
  if (!v->IsDouble()) return std::nullopt;
  const double d = v->GetDouble();
  constexpr double kExact = 9007199254740992.0;  // 2^53
  if (!(d >= -kExact && d <= kExact) || d != std::floor(d)) return std::nullopt;
  return static_cast<std::int64_t>(d);
}
[[nodiscard]] inline const Value* get_object(const Value& object, std::string_view key) {
  const Value* v = find(object, key);
  return v != nullptr && v->IsObject() ? v : nullptr;
}
[[nodiscard]] inline const Value* get_array(const Value& object, std::string_view key) {
  const Value* v = find(object, key);
  return v != nullptr && v->IsArray() ? v : nullptr;
}

/// Writer shorthands for string_view.
template <class W>
void key(W& writer, std::string_view text) {
  writer.Key(text.data(), static_cast<rapidjson::SizeType>(text.size()));
}
template <class W>
void string(W& writer, std::string_view text) {
  writer.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
}

[[nodiscard]] inline std::string_view text_of(const Buffer& buffer) {
  return {buffer.GetString(), buffer.GetSize()};
}

}  // namespace atm::json
