// SPDX-License-Identifier: MIT
// Reads one JSON value in one pass over its bytes, without building a document.
//
// The cursor validates everything it passes over, accepts bytes in strings that are not UTF-8, and calls back for every
// member in the order of the text, so that a later member of the same name can replace an earlier one. A caller that
// does not need a value skips it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace atm::ledger {

class JsonCursor final {
 public:
  explicit JsonCursor(std::string_view text) noexcept : at_(text.data()), end_(at_ + text.size()) {}

  enum class Kind : std::uint8_t { kObject, kArray, kString, kNumber, kTrue, kFalse, kNull, kNone };

  /// The kind of the next value; kNone: there is no valid value. Blanks are passed over.
  [[nodiscard]] Kind kind() noexcept;

  /// Whether only blanks and NULs follow.
  [[nodiscard]] bool at_end() noexcept;

  /// Passes over the next value. False: the text is no JSON.
  [[nodiscard]] bool skip() noexcept;

  /// Reads the next value, a string. The result is valid until `scratch` changes: it points into the text if the string
  /// has no escape, else into `scratch`.
  [[nodiscard]] bool string(std::string_view& value, std::string& scratch);

  /// Reads the next value, a number, as text.
  [[nodiscard]] bool number(std::string_view& value) noexcept;

  /// Reads the next value, an object. `on_member(key)` must read or skip the value of the member and return whether it
  /// succeeded. `key` is valid until then.
  template <class OnMember>
  [[nodiscard]] bool object(OnMember&& on_member) {
    if (!open('{')) return false;
    if (close('}')) return true;
    do {
      std::string scratch;  // allocates only for a key with escapes
      std::string_view key;
      if (kind() != Kind::kString || !string(key, scratch) || !take(':') || !on_member(key)) return false;
    } while (take(','));
    return close('}');
  }

  /// Reads the next value, an array; `on_element()` as above.
  template <class OnElement>
  [[nodiscard]] bool array(OnElement&& on_element) {
    if (!open('[')) return false;
    if (close(']')) return true;
    do {
      if (!on_element()) return false;
    } while (take(','));
    return close(']');
  }

  /// The position in the text, for error messages.
  [[nodiscard]] const char* position() const noexcept { return at_; }

 private:
  void blanks() noexcept {
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\t' || *at_ == '\r' || *at_ == '\n')) ++at_;
  }
  [[nodiscard]] bool take(char c) noexcept {
    blanks();
    if (at_ == end_ || *at_ != c) return false;
    ++at_;
    return true;
  }
  [[nodiscard]] bool open(char c) noexcept { return take(c); }
  [[nodiscard]] bool close(char c) noexcept { return take(c); }
  [[nodiscard]] bool literal(std::string_view word) noexcept;
  [[nodiscard]] bool skip_scalar() noexcept;
  /// `at_` is behind the opening quote; afterwards it is behind the closing one.
  [[nodiscard]] bool skip_string(bool& has_escapes) noexcept;

  const char* at_;
  const char* end_;
};

}  // namespace atm::ledger
