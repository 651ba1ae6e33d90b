// SPDX-License-Identifier: MIT
#include <atm/domain/ids.hpp>

#include <rapidcheck.h>

#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <unordered_set>

#include "support/catch.hpp"

using atm::SessionId;

TEST_CASE("session id: an empty id, 257 bytes and invalid UTF-8 are refused") {
  CHECK_FALSE(SessionId::parse("").has_value());
  CHECK_FALSE(SessionId::parse(std::string(257, 'x')).has_value());
  CHECK_FALSE(SessionId::parse("id-\xC3").has_value());
  CHECK(SessionId::parse(std::string(256, 'x')).has_value());
  CHECK(SessionId::parse("not a uuid").has_value());
}

TEST_CASE("session id: the short form is eight bytes, unless they would cut a character") {
  CHECK(SessionId("8e11bfb5-7dc2-432b").short_form() == "8e11bfb5");
  CHECK(SessionId("abc").short_form() == "abc");
  CHECK(SessionId("12345678").short_form() == "12345678");
  CHECK(SessionId("1234567\u00E9-rest").short_form() == "1234567\u00E9-rest");
  CHECK(SessionId("123456\u00E9-rest").short_form() == "123456\u00E9");
}

TEST_CASE("session id: a pending id contains its pid if its suffix is a number") {
  CHECK(SessionId::pending(4321).str() == "pending-4321");
  CHECK(SessionId("pending-4321").is_pending());
  CHECK(SessionId("pending-4321").pending_pid() == 4321);
  CHECK(SessionId("pending-abc").is_pending());
  CHECK_FALSE(SessionId("pending-abc").pending_pid().has_value());
  CHECK_FALSE(SessionId("pending-").pending_pid().has_value());
  CHECK_FALSE(SessionId("pending--5").pending_pid().has_value());
  CHECK_FALSE(SessionId("pending-12x").pending_pid().has_value());
  CHECK_FALSE(SessionId("pending-99999999999999999999").pending_pid().has_value());
  CHECK_FALSE(SessionId("4321").is_pending());
  CHECK_FALSE(SessionId("4321").pending_pid().has_value());
}

TEST_CASE("session id: equality, order and hash are those of the text") {
  CHECK(SessionId("a") == SessionId("a"));
  CHECK(SessionId("a") < SessionId("b"));
  CHECK(std::hash<SessionId>{}(SessionId("a")) == std::hash<SessionId>{}(SessionId("a")));
  const std::unordered_set<SessionId> ids{SessionId("a"), SessionId("b"), SessionId("a")};
  CHECK(ids.size() == 2);
}

TEST_CASE("session id: laws") {
  CHECK(rc::check("the pending form of a pid is parsed back", [] {
    const auto pid = *rc::gen::inRange<std::int64_t>(0, std::numeric_limits<std::int32_t>::max());
    RC_ASSERT(SessionId::pending(pid).pending_pid() == pid);
  }));
  CHECK(rc::check(
      "a parsed id is unchanged, within the limit, and has a valid short form", [](const std::string& text) {
        const auto id = SessionId::parse(text);
        RC_ASSERT(id.has_value() == (!text.empty() && text.size() <= 256 && atm::utf8_valid(text)));
        if (!id) return;
        RC_ASSERT(id->view() == text);
        RC_ASSERT(text.starts_with(id->short_form()));
        RC_ASSERT(atm::utf8_valid(id->short_form()));
      }));
}

TEST_CASE("transcript path: the filename is the last component") {
  CHECK(atm::TranscriptPath("/home/me/.claude/projects/x/8e11.jsonl").filename() == "8e11.jsonl");
  CHECK(atm::TranscriptPath("8e11.jsonl").filename() == "8e11.jsonl");
  CHECK(atm::TranscriptPath("/a/b/").filename() == "b");
  CHECK(atm::TranscriptPath("/").filename().empty());
  CHECK(atm::TranscriptPath("").filename().empty());
}
