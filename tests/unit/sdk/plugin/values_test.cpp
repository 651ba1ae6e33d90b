// SPDX-License-Identifier: MIT
#include <rapidcheck.h>
#include <atm/domain/utf8.hpp>
#include <atm/plugin/values.hpp>

#include "support/catch.hpp"

TEST_CASE("an error text that does not fit is cut on a character boundary", "[sdk][values]") {
  CHECK(rc::check("every prefix of valid UTF-8 stays valid", [] {
    std::string text;
    const auto characters = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 4));
    static constexpr std::string_view kCharacters[] = {"a", "ß", "€", "𝄞"};
    for (int c : characters) text += kCharacters[c];
    std::string room(static_cast<std::size_t>(*rc::gen::inRange(0, 40)), '?');
    atm_error error{sizeof(atm_error), static_cast<std::uint32_t>(room.size()), 0, 0, room.data()};
    atm::ErrorText(&error).set(text);
    const std::string_view kept(room.data(), error.length);
    RC_ASSERT(text.substr(0, kept.size()) == kept);
    RC_ASSERT(atm::utf8_valid(kept));
    RC_ASSERT(kept.size() == text.size() || kept.size() + 4 > room.size());
  }));
}

TEST_CASE("an attribute of another type is not found", "[sdk][values]") {
  atm::AttrList<8> list;
  list.add("count", std::int64_t{3});
  list.add("share", 0.5);
  list.add("name", std::string_view("x"));
  list.add("open", true);
  const atm::Attrs attrs = list.view();
  CHECK(attrs.integer("count") == 3);
  CHECK(attrs.number("count") == 3.0);
  CHECK(attrs.number("share") == 0.5);
  CHECK(attrs.text("name") == "x");
  CHECK(attrs.boolean("open") == true);
  CHECK_FALSE(attrs.text("count"));
  CHECK_FALSE(attrs.integer("share"));
  CHECK_FALSE(attrs.number("name"));
  CHECK_FALSE(attrs.boolean("missing"));
}

TEST_CASE("attributes over the capacity are counted, not written", "[sdk][values]") {
  atm::AttrList<2> list;
  for (int i = 0; i < 5; ++i) list.add("k", std::int64_t{i});
  CHECK(list.view().size() == 2);
  CHECK(list.dropped() == 3);
}

TEST_CASE("a null text is an empty text", "[sdk][values]") {
  CHECK(atm::to_view({nullptr, 7}).empty());
}
