// SPDX-License-Identifier: MIT
#include <atm/domain/rare.hpp>

#include <optional>
#include <string>
#include <utility>

#include "support/catch.hpp"

using Text = atm::Rare<std::string>;

TEST_CASE("rare: an absent value takes one pointer and differs from every value") {
  static_assert(sizeof(Text) == sizeof(void*));
  const Text absent;
  CHECK_FALSE(absent);
  CHECK(absent == Text(std::nullopt));
  CHECK_FALSE(absent == Text(""));
  CHECK_FALSE(absent == "");
}

TEST_CASE("rare: a copy has a value of its own") {
  Text first = "one";
  Text second = first;
  second->append(" more");
  CHECK(first == "one");
  CHECK(second == "one more");
  first = second;
  CHECK(*first == "one more");
  first = Text();
  CHECK_FALSE(first.has_value());
  CHECK(second.has_value());
}

TEST_CASE("rare: it takes the value of an optional, and a move leaves nothing") {
  Text text = std::optional<std::string>("one");
  CHECK(text == "one");
  const Text moved = std::move(text);
  CHECK(moved == "one");
  CHECK(Text(std::optional<std::string>()) == Text());
  Text other;
  other.emplace(3, 'x');
  CHECK(other == "xxx");
  other.reset();
  CHECK_FALSE(other);
}
