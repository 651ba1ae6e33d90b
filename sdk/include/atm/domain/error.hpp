// SPDX-License-Identifier: MIT
// Expected failures as values: what went wrong, as a code a program can test and a sentence a person can act
// on.
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

enum class ErrorCode : std::uint8_t {
  kInvalidField,         ///< a known field holds a value it may not hold
  kInvalidFormat,        ///< a text does not have the form of its type, for example a version
  kParseError,           ///< input could not be read at all
  kSessionNotFound,      ///< no session has this id
  kSessionExists,        ///< the id is already registered
  kSessionEnded,         ///< the session is over and takes no more of this
  kRegistryFull,         ///< the limit of sessions is reached and none can be evicted
  kRegistryUnavailable,  ///< the registry has stopped; never reported as full
  kBusy,                 ///< a queue is full now; the same request may succeed later
  kUnsupported,          ///< a version or feature this side does not have; do not retry
  kIo,                   ///< the operating system refused
  kInternal,             ///< a defect of ours
};

/// The code's snake case name, for logs and JSON. Total: an unlisted value is "internal".
[[nodiscard]] constexpr std::string_view error_name(ErrorCode code) noexcept {
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

/// `message`: lower case, no full stop; what was found, what was wanted; the remedy after a semicolon.
struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string message;

  [[nodiscard]] static Error invalid_field(std::string_view field, std::string_view value,
                                           std::string_view expected) {
    return {ErrorCode::kInvalidField, join({"field ", field, " is '", value, "', wanted ", expected})};
  }
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

/// A value or the Error that prevented it. Asking for the side that is not there throws
/// std::bad_variant_access.
template <class T>
class [[nodiscard]] Result final {
  static_assert(!std::is_same_v<std::remove_cv_t<T>, Error>, "a Result of Error cannot tell its sides apart");

 public:
  // Both conversions are implicit on purpose: `return value;` and `return Error{...};` read as they mean.
  Result(T value) : side_(std::in_place_index<0>, std::move(value)) {}  // NOLINT(google-explicit-constructor)
  // NOLINTNEXTLINE(google-explicit-constructor)
  Result(Error error) : side_(std::in_place_index<1>, std::move(error)) {}

  [[nodiscard]] bool has_value() const noexcept { return side_.index() == 0; }
  [[nodiscard]] explicit operator bool() const noexcept { return has_value(); }

  [[nodiscard]] T& value() & { return std::get<0>(side_); }
  [[nodiscard]] const T& value() const& { return std::get<0>(side_); }
  [[nodiscard]] T&& value() && { return std::get<0>(std::move(side_)); }
  [[nodiscard]] T& operator*() & { return value(); }
  [[nodiscard]] const T& operator*() const& { return value(); }
  [[nodiscard]] T&& operator*() && { return std::move(*this).value(); }
  [[nodiscard]] T* operator->() { return &value(); }
  [[nodiscard]] const T* operator->() const { return &value(); }

  [[nodiscard]] const Error& error() const& { return std::get<1>(side_); }
  [[nodiscard]] Error&& error() && { return std::get<1>(std::move(side_)); }

 private:
  std::variant<T, Error> side_;
};

/// Success without a value, or an Error. error() on success throws std::bad_optional_access.
template <>
class [[nodiscard]] Result<void> final {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}  // NOLINT(google-explicit-constructor)

  [[nodiscard]] bool has_value() const noexcept { return !error_.has_value(); }
  [[nodiscard]] explicit operator bool() const noexcept { return has_value(); }
  [[nodiscard]] const Error& error() const& { return error_.value(); }
  [[nodiscard]] Error&& error() && { return std::move(error_).value(); }

 private:
  std::optional<Error> error_;
};

}  // namespace atm
