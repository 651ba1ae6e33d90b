// SPDX-License-Identifier: MIT
// The version of the wire protocol (docs/specs/protocol.md, WIRE-V1 to WIRE-V3).
#pragma once

#include <atm/domain/error.hpp>
#include <charconv>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace atm::protocol {

/// Major changes break, minor changes add. Two sides talk when their majors are equal, whatever the minors.
struct ProtocolVersion {
  std::uint16_t major = 1;
  std::uint16_t minor = 0;

  /// Exactly `major.minor`, both decimal and below 65,536; anything else is kInvalidFormat.
  [[nodiscard]] static Result<ProtocolVersion> parse(std::string_view text) {
    ProtocolVersion version;
    const std::size_t dot = text.find('.');
    if (dot == std::string_view::npos || !read(text.substr(0, dot), version.major) ||
        !read(text.substr(dot + 1), version.minor)) {
      return Error{
          ErrorCode::kInvalidFormat,
          "protocol version is '" + std::string(text.substr(0, kShownBytes)) + "', wanted major.minor"};
    }
    return version;
  }

  [[nodiscard]] std::string str() const { return std::to_string(major) + '.' + std::to_string(minor); }
  [[nodiscard]] constexpr bool compatible(const ProtocolVersion& other) const noexcept {
    return major == other.major;
  }

  friend constexpr auto operator<=>(const ProtocolVersion&, const ProtocolVersion&) = default;

 private:
  static constexpr std::size_t kShownBytes = 32;
  [[nodiscard]] static bool read(std::string_view digits, std::uint16_t& value) noexcept {
    const char* const end = digits.data() + digits.size();
    const auto [stop, error] = std::from_chars(digits.data(), end, value);
    return !digits.empty() && error == std::errc{} && stop == end;
  }
};

/// What this SDK speaks.
inline constexpr ProtocolVersion kProtocolVersion{1, 1};

}  // namespace atm::protocol
