// SPDX-License-Identifier: MIT
// C++ views of the values of the ABI: what a plugin reads from the host and passes to it.
//
// No type here owns memory. A view is valid as long as the memory that it points to, usually for the duration of one
// call.
#pragma once

#include <atm/abi.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

namespace atm {

/// The result of a call; the C++ form of atm_status. Negative values are failures. `atm/abi.h` defines each code.
enum class Status : std::int32_t {
  kOk = ATM_OK,
  kSkip = ATM_SKIP,
  kInvalid = ATM_E_INVALID,
  kBusy = ATM_E_BUSY,
  kUnsupported = ATM_E_UNSUPPORTED,
  kInternal = ATM_E_INTERNAL,
  kNotFound = ATM_E_NOT_FOUND,
  kExists = ATM_E_EXISTS,
  kFull = ATM_E_FULL,
  kClosed = ATM_E_CLOSED,
  kTooLarge = ATM_E_TOO_LARGE,
  kPaused = ATM_E_PAUSED,
};

/// Conversions between the C++ and the C form; they copy no text. [any]
[[nodiscard]] constexpr atm_status to_c(Status status) noexcept {
  return static_cast<atm_status>(status);
}

[[nodiscard]] constexpr atm_str to_c(std::string_view text) noexcept {
  return {text.data(), text.size()};
}

/// The text as a view; {NULL, 0} gives the empty view. [any]
[[nodiscard]] constexpr std::string_view to_view(atm_str text) noexcept {
  return text.data == nullptr ? std::string_view{}
                              : std::string_view{text.data, static_cast<std::size_t>(text.size)};
}

/// The callee's side of an atm_error: writes the text of a failure into the caller's buffer.
///
/// The buffer is small and belongs to the caller, so a long text is cut, on a character boundary. Without a buffer the
/// text is discarded; a caller need not check.
class ErrorText final {
 public:
  /// Wraps the caller's buffer; NULL is allowed.
  explicit ErrorText(atm_error* error) noexcept : error_(error) {}

  /// Replaces the text. `text` is UTF-8: lower case, no full stop, with the remedy after a semicolon.
  void set(std::string_view text) noexcept {
    if (error_ == nullptr || error_->data == nullptr) return;
    // Cut before the first byte of the character that does not fit.
    std::size_t n = std::min<std::size_t>(text.size(), error_->capacity);
    if (n < text.size()) {
      while (n > 0 && (static_cast<unsigned char>(text[n]) & 0xC0u) == 0x80u) --n;
    }
    if (n > 0) std::memcpy(error_->data, text.data(), n);
    error_->length = static_cast<std::uint32_t>(n);
  }

  /// The wrapped buffer, for a further call.
  [[nodiscard]] atm_error* c() const noexcept { return error_; }

 private:
  atm_error* error_;
};

/// The caller's side of an atm_error: a buffer of 512 bytes. It can be neither copied nor moved, because the C struct
/// points into it.
class ErrorBuffer final {
 public:
  ErrorBuffer() noexcept = default;
  ErrorBuffer(const ErrorBuffer&) = delete;
  ErrorBuffer& operator=(const ErrorBuffer&) = delete;

  /// The buffer to pass to a call.
  [[nodiscard]] atm_error* c() noexcept { return &error_; }
  /// The text that the callee wrote; empty if it wrote none. Valid while this buffer lives.
  [[nodiscard]] std::string_view view() const noexcept {
    return {text_.data(), std::min<std::size_t>(error_.length, text_.size())};
  }

 private:
  std::array<char, 512> text_{};
  atm_error error_{sizeof(atm_error), 512, 0, 0, text_.data()};
};

namespace detail {

/// Set a value, member by member: a copy of a whole value would wait for these writes.
constexpr void set(atm_value& to, std::string_view value) noexcept {
  to.kind = ATM_VALUE_STR;
  to.reserved = 0;
  to.as.s = to_c(value);
}
constexpr void set(atm_value& to, const char* value) noexcept {
  set(to, std::string_view(value));
}
constexpr void set(atm_value& to, std::int64_t value) noexcept {
  to.kind = ATM_VALUE_INT;
  to.reserved = 0;
  to.as.i = value;
}
constexpr void set(atm_value& to, bool value) noexcept {
  to.kind = ATM_VALUE_BOOL;
  to.reserved = 0;
  to.as.i = value ? 1 : 0;
}
constexpr void set(atm_value& to, double value) noexcept {
  to.kind = ATM_VALUE_DOUBLE;
  to.reserved = 0;
  to.as.d = value;
}

}  // namespace detail

/// Make an attribute. Key and text are borrowed, not copied. A separate overload for `const char*` prevents the
/// conversion to bool. [any]
[[nodiscard]] constexpr atm_attr attr(std::string_view key, std::string_view value) noexcept {
  atm_attr a{to_c(key), {ATM_VALUE_NONE, 0, {0}}};
  detail::set(a.value, value);
  return a;
}
[[nodiscard]] constexpr atm_attr attr(std::string_view key, const char* value) noexcept {
  return attr(key, std::string_view(value));
}
[[nodiscard]] constexpr atm_attr attr(std::string_view key, std::int64_t value) noexcept {
  return {to_c(key), {ATM_VALUE_INT, 0, {value}}};
}
[[nodiscard]] constexpr atm_attr attr(std::string_view key, bool value) noexcept {
  return {to_c(key), {ATM_VALUE_BOOL, 0, {value ? 1 : 0}}};
}
[[nodiscard]] constexpr atm_attr attr(std::string_view key, double value) noexcept {
  atm_attr a{to_c(key), {ATM_VALUE_NONE, 0, {0}}};
  detail::set(a.value, value);
  return a;
}

/// A borrowed list of attributes.
///
/// Lists are short and are read once, so a look-up searches linearly. A look-up gives nothing if the key is absent or
/// the value has another type: a number written as text is not a number. If a key occurs twice, the first one counts.
class Attrs final {
 public:
  constexpr Attrs() noexcept = default;
  constexpr Attrs(const atm_attr* data, std::uint64_t count) noexcept : data_(data), count_(count) {}

  [[nodiscard]] constexpr const atm_attr* begin() const noexcept { return data_; }
  [[nodiscard]] constexpr const atm_attr* end() const noexcept { return data_ + count_; }
  [[nodiscard]] constexpr std::size_t size() const noexcept { return static_cast<std::size_t>(count_); }

  /// The value of a key, or nullptr. Valid as long as the list.
  [[nodiscard]] const atm_value* find(std::string_view key) const noexcept {
    for (const atm_attr& a : *this) {
      if (to_view(a.key) == key) return &a.value;
    }
    return nullptr;
  }
  /// Typed look-ups. A text is valid as long as the list.
  [[nodiscard]] std::optional<std::string_view> text(std::string_view key) const noexcept {
    const atm_value* v = find(key);
    if (v == nullptr || v->kind != ATM_VALUE_STR) return std::nullopt;
    return to_view(v->as.s);
  }
  [[nodiscard]] std::optional<std::int64_t> integer(std::string_view key) const noexcept {
    const atm_value* v = find(key);
    if (v == nullptr || v->kind != ATM_VALUE_INT) return std::nullopt;
    return v->as.i;
  }
  [[nodiscard]] std::optional<bool> boolean(std::string_view key) const noexcept {
    const atm_value* v = find(key);
    if (v == nullptr || v->kind != ATM_VALUE_BOOL) return std::nullopt;
    return v->as.i != 0;
  }
  /// A number of either kind, integer or double.
  [[nodiscard]] std::optional<double> number(std::string_view key) const noexcept {
    const atm_value* v = find(key);
    if (v == nullptr) return std::nullopt;
    if (v->kind == ATM_VALUE_DOUBLE) return v->as.d;
    if (v->kind == ATM_VALUE_INT) return static_cast<double>(v->as.i);
    return std::nullopt;
  }

 private:
  const atm_attr* data_ = nullptr;
  std::uint64_t count_ = 0;
};

/// A list of attributes under construction, with room for `Capacity` of them and without allocation.
///
/// A parser builds one for each record on a hot path. Attributes beyond the capacity are dropped and counted. Keys and
/// texts are borrowed and must outlive the list.
template <std::size_t Capacity = 64>
class AttrList final {
 public:
  /// Adds an attribute.
  template <class T>
  void add(std::string_view key, T value) noexcept {
    if (count_ == Capacity) {
      ++dropped_;
      return;
    }
    atm_attr& to = items_[count_++];
    to.key = to_c(key);
    detail::set(to.value, value);
  }
  /// Adds an attribute if the value is present. An unknown value stays absent.
  template <class T>
  void add(std::string_view key, const std::optional<T>& value) noexcept {
    if (value) add(key, *value);
  }
  /// Adds an attribute that is already in C form.
  void push(const atm_attr& a) noexcept {
    if (count_ == Capacity) {
      ++dropped_;
    } else {
      items_[count_++] = a;
    }
  }
  /// The attributes so far. Valid as long as the list; it does not include later additions.
  [[nodiscard]] Attrs view() const noexcept { return {items_.data(), count_}; }
  /// Number of attributes that did not fit.
  [[nodiscard]] std::size_t dropped() const noexcept { return dropped_; }

 private:
  // Not zeroed: a parser creates one list for each record.
  std::array<atm_attr, Capacity> items_;
  std::size_t count_ = 0;
  /// Attributes beyond the capacity.
  std::size_t dropped_ = 0;
};

/// A record as a parser sees it. All members are borrowed for the duration of the call.
struct Record {
  /// The record must outlive this view.
  explicit Record(const atm_record& r) noexcept
      : time_ns(r.time_ns),
        channel(to_view(r.channel)),
        payload(to_view(r.payload)),
        context(r.context, r.context_count) {}

  /// Unix time at which the record was made, in nanoseconds.
  std::int64_t time_ns;
  /// For example `claude_code/hook`.
  std::string_view channel;
  /// The agent's own bytes; valid UTF-8.
  std::string_view payload;
  /// Attributes of the sender: pid, start_ticks, tty ... (see atm_record).
  Attrs context;
};

}  // namespace atm
