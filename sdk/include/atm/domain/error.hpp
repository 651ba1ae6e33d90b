// SPDX-License-Identifier: MIT
// Expected failures as values: a code that a program tests, and a sentence for the user.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

namespace atm {

/// The kinds of failure. Codes are stable: programs may test them.
enum class ErrorCode : std::uint8_t {
  /// A known field has a value that is not allowed.
  kInvalidField,
  /// A text does not have the form of its type, for example a version.
  kInvalidFormat,
  /// The input is not readable at all.
  kParseError,
  /// No session has this id.
  kSessionNotFound,
  /// The id is already registered.
  kSessionExists,
  /// The session has ended and accepts no more of this.
  kSessionEnded,
  /// The session limit is reached and no session can be evicted.
  kRegistryFull,
  /// The registry has stopped; never reported as full.
  kRegistryUnavailable,
  /// A queue is full now; the same request may succeed later.
  kBusy,
  /// A version or feature that this side lacks; do not retry.
  kUnsupported,
  /// The operating system reported an error.
  kIo,
  /// A defect of ATM.
  kInternal,
};

/// The snake case name of a code, for logs and JSON. A value outside the enumeration gives "internal". [any]
[[nodiscard]] constexpr std::string_view error_name(ErrorCode code) noexcept {
  // A switch without default: the compiler reports an enumerator that is not handled.
  switch (code) {
    case ErrorCode::kInvalidField:
      return "invalid_field";
    case ErrorCode::kInvalidFormat:
      return "invalid_format";
    case ErrorCode::kParseError:
      return "parse_error";
    case ErrorCode::kSessionNotFound:
      return "session_not_found";
    case ErrorCode::kSessionExists:
      return "session_exists";
    case ErrorCode::kSessionEnded:
      return "session_ended";
    case ErrorCode::kRegistryFull:
      return "registry_full";
    case ErrorCode::kRegistryUnavailable:
      return "registry_unavailable";
    case ErrorCode::kBusy:
      return "busy";
    case ErrorCode::kUnsupported:
      return "unsupported";
    case ErrorCode::kIo:
      return "io";
    case ErrorCode::kInternal:
      break;
  }
  return "internal";
}

/// A failure. `message` is lower case without a full stop: what was found, what was expected, and after a semicolon the
/// remedy.
struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string message;

  /// `field F is 'V', expected E`. `expected` completes the sentence, for example `a number below 10`.
  [[nodiscard]] static Error invalid_field(std::string_view field, std::string_view value,
                                           std::string_view expected) {
    return {ErrorCode::kInvalidField, join({"field ", field, " is '", value, "', expected ", expected})};
  }
  /// `cannot read F: REASON`.
  [[nodiscard]] static Error parse_error(std::string_view field, std::string_view reason) {
    return {ErrorCode::kParseError, join({"cannot read ", field, ": ", reason})};
  }
  [[nodiscard]] static Error session_not_found(std::string_view id) {
    return {ErrorCode::kSessionNotFound, join({"no session '", id, "'"})};
  }
  [[nodiscard]] static Error session_exists(std::string_view id) {
    return {ErrorCode::kSessionExists, join({"session '", id, "' is already registered"})};
  }
  [[nodiscard]] static Error session_ended(std::string_view id) {
    return {ErrorCode::kSessionEnded, join({"session '", id, "' has ended"})};
  }
  /// The message names the limit `max`, in sessions, and the remedy.
  [[nodiscard]] static Error registry_full(std::uint64_t max) {
    return {ErrorCode::kRegistryFull, join({"registry holds ", std::to_string(max),
                                            " sessions, its limit; end one or raise the limit"})};
  }
  [[nodiscard]] static Error registry_unavailable() {
    return {ErrorCode::kRegistryUnavailable, "registry has stopped; restart the daemon"};
  }

  friend bool operator==(const Error&, const Error&) = default;

 private:
  [[nodiscard]] static std::string join(std::initializer_list<std::string_view> parts) {
    std::string text;
    for (const std::string_view part : parts) text += part;
    return text;
  }
};

/// A value, or the Error that prevented it.
///
/// Failures that callers expect are values, so that a caller cannot overlook them ([[nodiscard]]) and no exception
/// crosses a thread or plugin boundary. Access to the side that is absent throws std::bad_variant_access. A value type:
/// not synchronised.
template <class T>
class [[nodiscard]] Result final {
  static_assert(!std::is_same_v<std::remove_cv_t<T>, Error>, "a Result of Error is ambiguous");

 public:
  // Both conversions are implicit on purpose: `return value;` and `return Error{...};` stay readable.
  Result(T value) : side_(std::in_place_index<0>, std::move(value)) {}  // NOLINT(google-explicit-constructor)
  // NOLINTNEXTLINE(google-explicit-constructor)
  Result(Error error) : side_(std::in_place_index<1>, std::move(error)) {}

  /// Whether there is a value; otherwise error() is valid.
  [[nodiscard]] bool has_value() const noexcept { return side_.index() == 0; }
  [[nodiscard]] explicit operator bool() const noexcept { return has_value(); }

  /// The value. Throws std::bad_variant_access if there is none; so do * and ->.
  [[nodiscard]] T& value() & { return std::get<0>(side_); }
  [[nodiscard]] const T& value() const& { return std::get<0>(side_); }
  [[nodiscard]] T&& value() && { return std::get<0>(std::move(side_)); }
  [[nodiscard]] T& operator*() & { return value(); }
  [[nodiscard]] const T& operator*() const& { return value(); }
  [[nodiscard]] T&& operator*() && { return std::move(*this).value(); }
  [[nodiscard]] T* operator->() { return &value(); }
  [[nodiscard]] const T* operator->() const { return &value(); }

  /// The error. Throws std::bad_variant_access if there is a value.
  [[nodiscard]] const Error& error() const& { return std::get<1>(side_); }
  [[nodiscard]] Error&& error() && { return std::get<1>(std::move(side_)); }

 private:
  std::variant<T, Error> side_;
};

/// Success without a value, or an Error.
template <>
class [[nodiscard]] Result<void> final {
 public:
  /// Success.
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}  // NOLINT(google-explicit-constructor)

  [[nodiscard]] bool has_value() const noexcept { return !error_.has_value(); }
  [[nodiscard]] explicit operator bool() const noexcept { return has_value(); }
  /// The error. Throws std::bad_optional_access on success.
  [[nodiscard]] const Error& error() const& { return error_.value(); }
  [[nodiscard]] Error&& error() && { return std::move(error_).value(); }

 private:
  std::optional<Error> error_;
};

}  // namespace atm
