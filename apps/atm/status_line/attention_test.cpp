// SPDX-License-Identifier: MIT
#include "attention.hpp"

#include "session_samples.hpp"
#include "support/catch.hpp"

namespace atm::cli {
namespace {

protocol::Session calling(std::string id, std::string directory, int seconds) {
  protocol::Session session = sample_session(std::move(id), SessionStatus::waiting_for_permission("Bash"));
  session.domain.working_directory = std::move(directory);
  session.domain.attention = Attention{"permission", kNow - std::chrono::seconds(seconds), false, true};
  return session;
}

TEST_CASE("without attention nothing is shown", "[status_line]") {
  CHECK(attention_text({}, "me").empty());
  CHECK(attention_text({sample_session("a", SessionStatus::idle())}, "me").empty());
}

TEST_CASE("a session with attention is named with its reason", "[status_line]") {
  CHECK(attention_text({calling("a", "/home/dev/api/", 5)}, "me") == "api needs you (permission)");
  CHECK(attention_text({calling("a", "/", 5)}, "me") == "/ needs you (permission)");
}

TEST_CASE("a session does not show its own attention", "[status_line]") {
  CHECK(attention_text({calling("me", "/api", 5)}, "me").empty());
}

TEST_CASE("the session that waits longest is named first, and at most three are named", "[status_line]") {
  CHECK(attention_text({calling("a", "/a", 5), calling("b", "/b", 9)}, "me") == "2 need you: b, a");
  CHECK(attention_text(
            {calling("a", "/a", 4), calling("b", "/b", 3), calling("c", "/c", 2), calling("d", "/d", 1)},
            "me") == "4 need you: a, b, c, …");
}

TEST_CASE("acknowledged or unannounced attention is not shown", "[status_line]") {
  auto seen = calling("a", "/a", 5);
  seen.domain.attention->acknowledged = true;
  auto young = calling("b", "/b", 5);
  young.domain.attention->confirmed = false;
  CHECK(attention_text({seen, young}, "me").empty());
}

TEST_CASE("a directory's name cannot control the terminal", "[status_line]") {
  CHECK(attention_text({calling("a", "/x/\x1b]0;owned\x07", 5)}, "me") ==
        "\uFFFD]0;owned\uFFFD needs you (permission)");
}

TEST_CASE("sessions of one directory are distinguished by name, else by pane, else by id", "[status_line]") {
  auto first = calling("1a2b3c4d", "/home/dev/web", 5);
  auto second = sample_session("9f8e7d6c", SessionStatus::idle());
  second.domain.working_directory = "/srv/web/";
  CHECK(attention_text({first, second}, "me") == "web:1a2b needs you (permission)");
  // The session of this status line counts as well.
  CHECK(attention_text({first, second}, "9f8e7d6c") == "web:1a2b needs you (permission)");
  first.runtime.tmux_pane = "%3";
  CHECK(attention_text({first, second}, "me") == "web:%3 needs you (permission)");
  first.domain.facts.set("agent.session.name", std::string("orders"));
  CHECK(attention_text({first, second}, "me") == "web:orders needs you (permission)");
  // A name that both have distinguishes nothing.
  second.domain.facts.set("agent.session.name", std::string("orders"));
  CHECK(attention_text({first, second}, "me") == "web:%3 needs you (permission)");
  second.runtime.tmux_pane = "%3";
  CHECK(attention_text({first, second}, "me") == "web:1a2b needs you (permission)");
}

TEST_CASE("a session that is the only running one in its directory has only the directory's name",
          "[status_line]") {
  auto first = calling("1a2b3c4d", "/home/dev/web", 5);
  first.runtime.tmux_pane = "%3";
  auto ended = sample_session("9f8e7d6c", SessionStatus::of(StatusKind::kEnded));
  ended.domain.working_directory = "/home/dev/web";
  CHECK(attention_text({first, ended}, "me") == "web needs you (permission)");
}

TEST_CASE("a session without a directory is named by its id", "[status_line]") {
  auto session = calling("0123456789abcdef", "", 5);
  session.domain.working_directory.reset();
  CHECK(attention_text({session}, "me") == "01234567 needs you (permission)");
}

}  // namespace
}  // namespace atm::cli
