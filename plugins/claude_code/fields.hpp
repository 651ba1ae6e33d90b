// SPDX-License-Identifier: MIT
// Tables of the fields that are read, and the function that reads them.
#pragma once

#include <atm/json.hpp>
#include <atm/plugin/values.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace claude_code {

/// The accepted type of a field. Any other value except null is malformed.
enum class Take : std::uint8_t {
  kText,    ///< text; an empty one is left out
  kBool,    ///< true or false
  kCount,   ///< a whole number, not negative
  kNumber,  ///< a number, not negative; always a double, so that 10 and 10.5 are one type
  kMillis,  ///< milliseconds, a whole number, not negative; becomes nanoseconds
  kMicros,  ///< US dollars, not negative; becomes microdollars
  kLength,  ///< an array; becomes the number of its elements
  kObject,  ///< an object with fields of its own
};

struct Field;

/// Further tools of a record are ignored: no response of the model has as many.
inline constexpr std::size_t kMaxToolsOfARecord = 64;

/// A table of fields; at most 64.
struct Fields {
  const Field* first = nullptr;
  std::size_t count = 0;
};

struct Field {
  std::string_view name;  ///< the name in the payload
  Take take;
  std::string_view key = {};  ///< of the attribute; empty for kObject
  Fields inner = {};          ///< of kObject
};

template <std::size_t N>
constexpr Fields table(const Field (&fields)[N]) noexcept {
  static_assert(N <= 64, "collect() marks the fields found in 64 bits");
  return {fields, N};
}

/// The attributes of one observation, and how many fields had a value of the wrong type.
class Attributes final {
 public:
  template <class T>
  void add(std::string_view key, const T& value) noexcept {
    list_.add(key, value);
  }
  void count_malformed() noexcept { ++malformed_; }
  [[nodiscard]] atm::Attrs view() const noexcept { return list_.view(); }

  /// Appends `malformed` if the count is not zero.
  [[nodiscard]] atm::Attrs finish() noexcept {
    if (malformed_ > 0) list_.add("malformed", malformed_);
    malformed_ = 0;
    return list_.view();
  }

 private:
  atm::AttrList<80> list_;
  std::int64_t malformed_ = 0;
};

/// Adds the `fields` of `object` in its order. Null counts as absent; the first of a repeated name counts; unknown
/// names are skipped. Text borrows from `object`.
void collect(const atm::json::Value& object, Fields fields, Attributes& out) noexcept;

/// A member that must be text: empty if it is absent or malformed; the latter is counted.
[[nodiscard]] std::string_view text_member(const atm::json::Value& object, std::string_view name,
                                           Attributes& out) noexcept;

/// The same for a non-negative integer.
[[nodiscard]] std::optional<std::int64_t> count_member(const atm::json::Value& object, std::string_view name,
                                                       Attributes& out) noexcept;

/// The same for milliseconds, converted to nanoseconds.
[[nodiscard]] std::optional<std::int64_t> millis_member(const atm::json::Value& object, std::string_view name,
                                                        Attributes& out) noexcept;

}  // namespace claude_code
