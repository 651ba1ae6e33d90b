// SPDX-License-Identifier: MIT
// An optional value that takes little memory while it is absent.
#pragma once

#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace atm {

/// An optional value on the heap. While it is absent, it takes one pointer; std::optional takes the size of the value.
///
/// For members that few of thousands of sessions have. Each function means the same as that of std::optional; a copy
/// copies the value. A value type: not synchronised.
template <class T>
class Rare final {
 public:
  using value_type = T;

  Rare() = default;
  // NOLINTBEGIN(google-explicit-constructor): as std::optional
  Rare(std::nullopt_t) noexcept {}
  Rare(std::optional<T> value) : value_(value ? std::make_unique<T>(*std::move(value)) : nullptr) {}
  template <class U = T>
  requires(std::is_constructible_v<T, U> && !std::is_same_v<std::remove_cvref_t<U>, Rare>) Rare(U&& value)
      : value_(std::make_unique<T>(std::forward<U>(value))) {}
  // NOLINTEND(google-explicit-constructor)
  Rare(const Rare& other) : value_(other ? std::make_unique<T>(*other) : nullptr) {}
  Rare(Rare&&) noexcept = default;
  Rare& operator=(const Rare& other) { return *this = Rare(other); }
  Rare& operator=(Rare&&) noexcept = default;
  ~Rare() = default;

  [[nodiscard]] bool has_value() const noexcept { return value_ != nullptr; }
  explicit operator bool() const noexcept { return has_value(); }
  /// The value must be present.
  [[nodiscard]] const T& operator*() const noexcept { return *value_; }
  [[nodiscard]] T& operator*() noexcept { return *value_; }
  [[nodiscard]] const T* operator->() const noexcept { return value_.get(); }
  [[nodiscard]] T* operator->() noexcept { return value_.get(); }

  /// Replaces the value by a new one.
  template <class... Args>
  T& emplace(Args&&... args) {
    value_ = std::make_unique<T>(std::forward<Args>(args)...);
    return *value_;
  }
  void reset() noexcept { value_.reset(); }

  friend bool operator==(const Rare& a, const Rare& b) {
    return a && b ? *a == *b : a.has_value() == b.has_value();
  }
  /// Whether the value is present and equal to `other`.
  template <class U>
  requires(!std::is_same_v<U, Rare> && std::is_constructible_v<T, const U&>) friend bool operator==(
      const Rare& a, const U& other) {
    return a && *a == other;
  }

 private:
  std::unique_ptr<T> value_;
};

}  // namespace atm
