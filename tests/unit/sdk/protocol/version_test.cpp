// SPDX-License-Identifier: MIT
#include <rapidcheck.h>

#include <atm/protocol/version.hpp>
#include <string>

#include "support/catch.hpp"

using atm::protocol::ProtocolVersion;

TEST_CASE("a protocol version is read from exactly two numbers of 16 bits", "[protocol]") {
  const auto version = ProtocolVersion::parse("1.65535");
  REQUIRE(version);
  CHECK(*version == ProtocolVersion{1, 65535});
}

TEST_CASE("any other text is an invalid format, and the error contains it", "[protocol]") {
  const std::string text = GENERATE("", "1", "1.", ".1", "1.2.3", "1.65536", "65536.0", "-1.0", "+1.0",
                                    " 1.0", "1.0 ", "1,0", "a.b", "1.0x");
  const auto version = ProtocolVersion::parse(text);
  REQUIRE_FALSE(version);
  CHECK(version.error().code == atm::ErrorCode::kInvalidFormat);
  CHECK(version.error().message.find("'" + text + "'") != std::string::npos);
}

TEST_CASE("every version survives its text form", "[protocol]") {
  CHECK(rc::check([](std::uint16_t major, std::uint16_t minor) {
    const ProtocolVersion version{major, minor};
    RC_ASSERT(*ProtocolVersion::parse(version.str()) == version);
  }));
}

TEST_CASE("versions are compatible exactly if their major numbers are equal", "[protocol]") {
  CHECK(rc::check([](std::uint16_t a, std::uint16_t b, std::uint16_t x, std::uint16_t y) {
    const ProtocolVersion left{a, x};
    const ProtocolVersion right{b, y};
    RC_ASSERT(left.compatible(right) == (a == b));
    RC_ASSERT(left.compatible(right) == right.compatible(left));
  }));
}
