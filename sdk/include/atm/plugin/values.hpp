// SPDX-License-Identifier: MIT
// C++ views of the ABI's values: what a plugin reads from the host and hands to it. Nothing here owns memory.
#pragma once

#include <atm/abi.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

namespace atm {

/// What a call came to; the C++ face of atm_status.
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
};

[[nodiscard]] constexpr atm_status to_c(Status status) noexcept {
  return static_cast<atm_status>(status);
}

[[nodiscard]] constexpr atm_str to_c(std::string_view text) noexcept {
  return {text.data(), text.size()};
}

[[nodiscard]] constexpr std::string_view to_view(atm_str text) noexcept {
  return text.data == nullptr ? std::string_view{}
                              : std::string_view{text.data, static_cast<std::size_t>(text.size)};
}

/// The caller's buffer for the text of a failure; text that does not fit is cut on a character boundary.
class ErrorText final {
 public:
  explicit ErrorText(atm_error* error) noexcept : error_(error) {}

  void set(std::string_view text) noexcept {
    if (error_ == nullptr || error_->data == nullptr) return;
    std::size_t n = std::min<std::size_t>(text.size(), error_->capacity);
    if (n < text.size()) {
      while (n > 0 && (static_cast<unsigned char>(text[n]) & 0xC0u) == 0x80u) --n;
    }
    if (n > 0) std::memcpy(error_->data, text.data(), n);
    error_->length = static_cast<std::uint32_t>(n);
  }

  [[nodiscard]] atm_error* c() const noexcept { return error_; }

 private:
  atm_error* error_;
};

/// An error buffer with room for a sentence, for the calling side.
class ErrorBuffer final {
 public:
  ErrorBuffer() noexcept = default;
  ErrorBuffer(const ErrorBuffer&) = delete;
  ErrorBuffer& operator=(const ErrorBuffer&) = delete;

  [[nodiscard]] atm_error* c() noexcept { return &error_; }
  [[nodiscard]] std::string_view view() const noexcept {
    return {text_.data(), std::min<std::size_t>(error_.length, text_.size())};
  }

 private:
  std::array<char, 512> text_{};
  atm_error error_{sizeof(atm_error), 512, 0, 0, text_.data()};
};

[[nodiscard]] constexpr atm_attr attr(std::string_view key, std::string_view value) noexcept {
  atm_attr a{to_c(key), {ATM_VALUE_STR, 0, {0}}};
  a.value.as.s = to_c(value);
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
  atm_attr a{to_c(key), {ATM_VALUE_DOUBLE, 0, {0}}};
  a.value.as.d = value;
  return a;
}

/// A borrowed list of attributes; look-ups give nothing when the key is missing or of another type.
class Attrs final {
 public:
  constexpr Attrs() noexcept = default;
  constexpr Attrs(const atm_attr* data, std::uint64_t count) noexcept : data_(data), count_(count) {}

  [[nodiscard]] constexpr const atm_attr* begin() const noexcept { return data_; }
  [[nodiscard]] constexpr const atm_attr* end() const noexcept { return data_ + count_; }
  [[nodiscard]] constexpr std::size_t size() const noexcept { return static_cast<std::size_t>(count_); }

  [[nodiscard]] const atm_value* find(std::string_view key) const noexcept {
    for (const atm_attr& a : *this) {
      if (to_view(a.key) == key) return &a.value;
    }
    return nullptr;
  }
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
  /// A number of either kind.
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

/// Attributes being put together, without allocation; what does not fit is dropped and counted.
template <std::size_t Capacity = 64>
class AttrList final {
 public:
  template <class T>
  void add(std::string_view key, T value) noexcept {
    push(attr(key, value));
  }
  /// Absent stays absent.
  template <class T>
  void add(std::string_view key, const std::optional<T>& value) noexcept {
    if (value) push(attr(key, *value));
  }
  void push(const atm_attr& a) noexcept {
    if (count_ == Capacity) {
      ++dropped_;
    } else {
      items_[count_++] = a;
    }
  }
  [[nodiscard]] Attrs view() const noexcept { return {items_.data(), count_}; }
  [[nodiscard]] std::size_t dropped() const noexcept { return dropped_; }

 private:
  // Not zeroed: a parser makes one of these for each record.
  std::array<atm_attr, Capacity> items_;
  std::size_t count_ = 0;
  std::size_t dropped_ = 0;
};

/// A record as a parser sees it.
struct Record {
  explicit Record(const atm_record& r) noexcept
      : time_ns(r.time_ns),
        channel(to_view(r.channel)),
        payload(to_view(r.payload)),
        context(r.context, r.context_count) {}

  std::int64_t time_ns;  ///< Unix time, nanoseconds
  std::string_view channel;
  std::string_view payload;
  Attrs context;
};

}  // namespace atm
