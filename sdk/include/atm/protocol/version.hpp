// SPDX-License-Identifier: MIT
// The version of the wire protocol (WIRE-V1 to WIRE-V3).
#pragma once

#include <atm/domain/error.hpp>
#include <charconv>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace atm::protocol {

/// A version of the wire protocol. A change of the major number breaks clients; the minor number rises with additions.
/// Both sides communicate if their major numbers are equal.
struct ProtocolVersion {
  std::uint16_t major = 1;
  std::uint16_t minor = 0;

  /// Parses exactly `major.minor`, both decimal and below 65,536. kInvalidFormat for any other text; the message shows
  /// at most 32 bytes of it.
  [[nodiscard]] static Result<ProtocolVersion> parse(std::string_view text) {
    ProtocolVersion version;
    const std::size_t dot = text.find('.');
    if (dot == std::string_view::npos || !read(text.substr(0, dot), version.major) ||
        !read(text.substr(dot + 1), version.minor)) {
      return Error{
          ErrorCode::kInvalidFormat,
          "protocol version is '" + std::string(text.substr(0, kShownBytes)) + "', expected major.minor"};
    }
    return version;
  }

  /// `1.1`; parse(str()) gives an equal version.
  [[nodiscard]] std::string str() const { return std::to_string(major) + '.' + std::to_string(minor); }
  /// Whether the major numbers are equal.
  [[nodiscard]] constexpr bool compatible(const ProtocolVersion& other) const noexcept {
    return major == other.major;
  }

  /// Major number first.
  friend constexpr auto operator<=>(const ProtocolVersion&, const ProtocolVersion&) = default;

 private:
  /// Bytes of an invalid version that the message shows.
  static constexpr std::size_t kShownBytes = 32;
  /// Reads a whole decimal number of 16 bits without sign.
  [[nodiscard]] static bool read(std::string_view digits, std::uint16_t& value) noexcept {
    const char* const end = digits.data() + digits.size();
    const auto [stop, error] = std::from_chars(digits.data(), end, value);
    return !digits.empty() && error == std::errc{} && stop == end;
  }
};

/// The version of this SDK.
inline constexpr ProtocolVersion kProtocolVersion{1, 2};

}  // namespace atm::protocol
