// SPDX-License-Identifier: MIT
#include "session_names.hpp"

#include <rapidcheck.h>

#include <algorithm>
#include <vector>

#include "lookup.hpp"
#include "session_samples.hpp"
#include "support/catch.hpp"

namespace atm::cli {
namespace {

TEST_CASE("a name is the beginning of an id, or the end of one that begins with a time", "[names]") {
  CHECK(short_name("0bb3f80d-a738-4ce2-9838-732658516426") == "0bb3f80d");
  CHECK(short_name("01890a5d-ac96-774b-bcce-b302099a8057") == "099a8057");
  CHECK(short_name("01890a5d-ac96-774b-bcce-b302099A8057") == "01890a5d");  // not in the form of a UUID
  CHECK(short_name("abc") == "abc");
  CHECK(short_name("1234567\u00E9-rest") == "1234567\u00E9");
  CHECK(short_name("pending-1234567") == "pending-1234567");
}

TEST_CASE("two sessions with the same eight characters have longer names", "[names]") {
  SessionNames names;
  names.add("deb8441e-0001");
  names.add("deb8441e-0002");
  names.add("01890a5d-ac96-774b-bcce-b302099a8057");
  names.add("01890a5d-ac97-774b-bcce-b402099a8057");
  CHECK(names.of("deb8441e-0001") == "deb8441e-0001");
  CHECK(names.of("01890a5d-ac96-774b-bcce-b302099a8057") == "302099a8057");
  names.add("02099a8057-x");  // an id that begins with the end of another one
  CHECK(names.of("01890a5d-ac96-774b-bcce-b302099a8057") == "302099a8057");
}

TEST_CASE("each name finds its session and only that one", "[names]") {
  CHECK(rc::check("names are unique", [] {
    const auto words = *rc::gen::container<std::vector<std::string>>(
        rc::gen::nonEmpty(rc::gen::container<std::string>(rc::gen::element('a', '7', '-'))));
    std::vector<protocol::Session> sessions;
    SessionNames names;
    for (const std::string& word : words) {
      const std::string id = "01890a5d-ac96-774b-bcce-" + word;
      names.add(id);
      const auto is_same = [&id](const protocol::Session& one) { return one.domain.id.view() == id; };
      if (std::none_of(sessions.begin(), sessions.end(), is_same)) sessions.push_back(idle(id.c_str()));
    }
    for (const protocol::Session& session : sessions) {
      const auto found = find_session(sessions, names.of(session.domain.id.view()));
      RC_ASSERT(bool(found));
      RC_ASSERT(*found == &session);
    }
  }));
}

TEST_CASE("a session is found by a unique beginning or end of its id", "[names]") {
  const std::vector<protocol::Session> sessions{idle("abc-17"), idle("abd-18"), idle("18")};
  CHECK(*find_session(sessions, "abc") == &sessions[0]);
  CHECK(*find_session(sessions, "7") == &sessions[0]);
  CHECK(*find_session(sessions, "18") == &sessions[2]);  // a whole id
  CHECK(*find_session(sessions, "d-18") == &sessions[1]);
  CHECK(find_session(sessions, "8").error().message.find("2 sessions begin or end with '8'") !=
        std::string::npos);
  CHECK_FALSE(find_session(sessions, "x"));
}

}  // namespace
}  // namespace atm::cli
