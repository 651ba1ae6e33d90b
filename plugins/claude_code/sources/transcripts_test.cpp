// SPDX-License-Identifier: MIT
#include "sources/sources_fixture.hpp"
#include "sources/transcript_tail.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"

using namespace claude_code;
using atm::Status;
using atm::testing::OwnedValue;

namespace {

std::string started(const std::string& path) {
  return R"({"type":"session.started","attrs":{"source":"startup","transcript_path":")" + path + R"("}})";
}

struct NamedTranscript : RunningSource {
  NamedTranscript() {
    start_watching();
    name("one", "/t/one.jsonl");
    REQUIRE(follows({"/t/one.jsonl"}));
  }
  void name(const std::string& session, const std::string& path) {
    host.publish(ATM_EVENT_ACTIVITY, session, started(path), ++seq);
  }
  std::uint64_t seq = 0;
};

const std::string kLine = R"({"uuid":"u","type":"user","message":{"role":"user"}})";

}  // namespace

TEST_CASE("a transcript that a hook names is followed from its last part", "[claude_code][sources]") {
  NamedTranscript source;
  const auto followed = source.host.files().followed();
  CHECK(followed[0].start == ATM_FILE_FROM_TAIL);
  CHECK(followed[0].offset == TranscriptTail::kTailBytes);
  CHECK(followed[0].max_line_bytes == TranscriptTail::kMaxLineBytes);
  CHECK(comes_true([&] { return source.metric("transcripts_followed") == 1; }));
}

TEST_CASE("a path that is not an absolute path of a transcript is not followed", "[claude_code][sources]") {
  NamedTranscript source;
  for (const char* path : {"", "t/two.jsonl", "/etc/passwd", "~/two.jsonl"}) source.name("two", path);
  source.name("three", "/t/three.jsonl");
  CHECK(source.follows({"/t/one.jsonl", "/t/three.jsonl"}));
}

TEST_CASE("a line is ingested with its session; lines without a parser are skipped",
          "[claude_code][sources]") {
  NamedTranscript source;
  CHECK(source.host.files().tell_line("/t/one.jsonl", kLine) == ATM_OK);
  CHECK(source.host.files().tell_line("/t/one.jsonl", R"({"type":"file-history-snapshot"})") == ATM_OK);
  source.host.files().tell_event("/t/one.jsonl", ATM_FILE_LINE_SKIPPED);
  const auto records = source.host.records();
  REQUIRE(records.size() == 1);
  CHECK(records[0].channel == "claude_code/transcript");
  CHECK(records[0].payload == kLine);
  CHECK(records[0].context.at("session") == OwnedValue("one"));
  CHECK(source.metric("lines") == 1);
  CHECK(source.metric("lines_passed_over") == 2);
}

TEST_CASE("a line that the busy host refuses is read again", "[claude_code][sources]") {
  NamedTranscript source;
  source.host.set_ingest_status(Status::kBusy);
  CHECK(source.host.files().tell_line("/t/one.jsonl", kLine) == ATM_E_BUSY);
  source.host.set_ingest_status(Status::kOk);
  CHECK(source.host.files().tell_line("/t/one.jsonl", kLine) == ATM_OK);
  CHECK(source.metric("lines") == 1);
}

TEST_CASE("the type of a line decides whether it is ingested, at any position", "[claude_code][sources]") {
  CHECK(may_matter(R"({"message":{"content":[]},"type":"assistant"})"));
  CHECK(may_matter(R"({"type" : "system","subtype":"turn_duration"})"));
  CHECK(may_matter(R"({"type":"user"})"));
  CHECK_FALSE(may_matter(R"({"type":"last-prompt","userType":"external","text":"assistant user system"})"));
  CHECK_FALSE(may_matter(""));
}

TEST_CASE("a transcript is closed with its session", "[claude_code][sources]") {
  NamedTranscript source;
  source.name("two", "/t/two.jsonl");
  REQUIRE(source.follows({"/t/one.jsonl", "/t/two.jsonl"}));
  SECTION("removed") {
    source.host.publish(ATM_EVENT_SESSION_REMOVED, "one", "", ++source.seq);
  }
  SECTION("not in the snapshot that follows a gap") {
    source.host.publish(ATM_EVENT_GAP, "", "", 0);
    source.host.publish(ATM_EVENT_SNAPSHOT_BEGIN, "", "", ++source.seq);
    source.host.publish(ATM_EVENT_SNAPSHOT_ITEM, "two", "{}", source.seq);
    source.host.publish(ATM_EVENT_SNAPSHOT_END, "", "", source.seq);
  }
  CHECK(source.follows({"/t/two.jsonl"}));
}

TEST_CASE("a session that began before the subscription is followed", "[claude_code][sources]") {
  NamedTranscript source;
  source.host.publish(ATM_EVENT_SNAPSHOT_BEGIN, "", "", ++source.seq);
  source.host.publish(ATM_EVENT_SNAPSHOT_ITEM, "early",
                      R"({"id":"early","status":{"status":"idle"},"transcript_path":"/t/early.jsonl"})",
                      source.seq);
  source.host.publish(ATM_EVENT_SNAPSHOT_ITEM, "late",
                      R"({"id":"late","status":{"status":"ended"},"transcript_path":"/t/late.jsonl"})",
                      source.seq);
  source.host.publish(ATM_EVENT_SNAPSHOT_END, "", "", source.seq);
  CHECK(source.follows({"/t/one.jsonl", "/t/early.jsonl"}));
}

TEST_CASE("a session that continues in another transcript is followed there", "[claude_code][sources]") {
  NamedTranscript source;
  source.name("one", "/t/moved.jsonl");
  CHECK(source.follows({"/t/moved.jsonl"}));
}

TEST_CASE("the transcript of a session with a session file is found, and closed when the file is removed",
          "[claude_code][sources]") {
  const atm::test::TempDir dir;
  const std::string root = dir.path().string();
  RunningSource source(R"({"config_dirs":[")" + root + R"("],"discover_seconds":0})");
  source.start_watching();
  const auto tell = [&](std::optional<std::string_view> content) {
    return source.host.files().tell_file(root + "/sessions", "7.json", content);
  };
  const std::string expected = root + "/projects/-home-dev-p/one.jsonl";
  SECTION("where its directory says, before it is there") {
    REQUIRE(tell(entry(7, 70)) == ATM_OK);
    CHECK(source.follows({expected}));
  }
  SECTION("where its directory says, though it is elsewhere too") {
    dir.file("projects/-another/one.jsonl", "");
    dir.file("projects/-home-dev-p/one.jsonl", "");
    REQUIRE(tell(entry(7, 70)) == ATM_OK);
    CHECK(source.follows({expected}));
  }
  SECTION("where it is, when the session has changed its directory since") {
    dir.file("projects/-another/one.jsonl", "");
    dir.file("projects/-another/two.jsonl", "");
    REQUIRE(tell(entry(7, 70)) == ATM_OK);
    CHECK(source.follows({root + "/projects/-another/one.jsonl"}));
    REQUIRE(tell(entry(7, 70, "one", "/home/dev/q")) == ATM_OK);
    REQUIRE(tell(entry(7, 70, "two")) == ATM_OK);
    CHECK(source.follows({root + "/projects/-another/two.jsonl"}));
  }
  SECTION("unless a hook names it") {
    REQUIRE(tell(entry(7, 70)) == ATM_OK);
    source.host.publish(ATM_EVENT_ACTIVITY, "one", started("/t/one.jsonl"), 1);
    REQUIRE(source.follows({"/t/one.jsonl"}));
    source.host.publish(ATM_EVENT_SESSION_REMOVED, "one", "", 2);
  }
  REQUIRE(tell(std::nullopt) == ATM_OK);
  CHECK(source.follows({}));
}
