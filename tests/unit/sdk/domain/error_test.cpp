// SPDX-License-Identifier: MIT
#include <atm/domain/error.hpp>

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "support/catch.hpp"

using atm::Error;
using atm::ErrorCode;
using atm::Result;

TEST_CASE("error: every code has a unique name") {
  std::set<std::string_view> names;
  for (int code = 0; code <= static_cast<int>(ErrorCode::kInternal); ++code) {
    names.insert(atm::error_name(static_cast<ErrorCode>(code)));
  }
  CHECK(names.size() == static_cast<std::size_t>(ErrorCode::kInternal) + 1);
  CHECK(atm::error_name(static_cast<ErrorCode>(250)) == "internal");
}

TEST_CASE("error: a message states what was found, what was expected, and the remedy") {
  CHECK(Error::invalid_field("pid", "-3", "a positive number").message ==
        "field pid is '-3', expected a positive number");
  CHECK(Error::parse_error("version", "no dot").message == "cannot read version: no dot");
  CHECK(Error::registry_full(100).message ==
        "registry holds 100 sessions, its limit; end one or raise the limit");
  CHECK(Error::session_not_found("x").message == "no session 'x'");
}

TEST_CASE("error: a failed registry has its own code") {
  CHECK(Error::registry_unavailable().code == ErrorCode::kRegistryUnavailable);
  CHECK(Error::registry_unavailable().code != Error::registry_full(1).code);
}

TEST_CASE("result: holds the value or the error, and refuses access to the other one") {
  const Result<int> good = 7;
  REQUIRE(good);
  CHECK(good.has_value());
  CHECK(*good == 7);
  CHECK_THROWS_AS(good.error(), std::bad_variant_access);

  const Result<int> bad = Error::session_not_found("x");
  CHECK_FALSE(bad);
  CHECK(bad.error() == Error::session_not_found("x"));
  CHECK_THROWS_AS(bad.value(), std::bad_variant_access);
}

TEST_CASE("result: a value that cannot be copied moves out") {
  Result<std::unique_ptr<int>> result = std::make_unique<int>(5);
  const std::unique_ptr<int> taken = std::move(result).value();
  CHECK(*taken == 5);
}

TEST_CASE("result: a void result is success unless it has an error") {
  const Result<void> good;
  CHECK(good);
  CHECK_THROWS_AS(good.error(), std::bad_optional_access);
  const Result<void> bad = Error::registry_unavailable();
  CHECK_FALSE(bad);
  CHECK(bad.error().code == ErrorCode::kRegistryUnavailable);
}
