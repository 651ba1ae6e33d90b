// SPDX-License-Identifier: MIT
#include "ingest/record_context.hpp"

#include "support/catch.hpp"

using unix_socket::RecordContext;

TEST_CASE("a context becomes the attributes of a record", "[unix]") {
  RecordContext context;
  REQUIRE(context.read(
      R"({"time_ns":5,"event":"Stop","pid":42,"start_ticks":99,"pid_ns":4026531836,"boot_id":"b","tty":"pts/1","tmux_pane":"%3","tmux_socket":"/t/s",)"
      R"("cwd":"/w","host":"h","ppids":[{"pid":1,"comm":"x"}],"env":{"CLAUDE_PID":"42","X":null},)"
      R"("cut":{"":7,"/tool_input/content":4096},"cut_count":2,"future":{}})"));
  const atm::Attrs attrs = context.attrs();
  CHECK(context.time_ns() == 5);
  CHECK(attrs.integer("pid") == 42);
  CHECK(attrs.integer("start_ticks") == 99);
  CHECK(attrs.text("tty") == "pts/1");
  CHECK(attrs.text("tmux.pane") == "%3");
  CHECK(attrs.text("tmux.socket") == "/t/s");
  CHECK(attrs.text("cwd") == "/w");
  CHECK(attrs.text("host") == "h");
  CHECK(attrs.text("event") == "Stop");
  CHECK(attrs.text("ppids") == R"([{"pid":1,"comm":"x"}])");
  CHECK(attrs.text("env.CLAUDE_PID") == "42");
  CHECK(attrs.integer("cut./tool_input/content") == 4096);
  CHECK(attrs.integer("cut.") == 7);
  CHECK(attrs.integer("cut_count") == 2);
  CHECK(attrs.text("boot_id") == "b");
  CHECK(attrs.integer("pid_ns") == 4026531836);
  CHECK(attrs.size() == 15);
}

TEST_CASE("the peer's PID is added unless the record names a process or a namespace", "[unix]") {
  RecordContext context;
  REQUIRE(context.read("{}"));
  context.add_process(7, 70);
  CHECK(context.attrs().integer("pid") == 7);
  REQUIRE(context.read(R"({"pid_ns":4026532177})"));
  context.add_process(7, 70);
  CHECK_FALSE(context.attrs().integer("pid"));
}

TEST_CASE("a context has no effect on the next one", "[unix]") {
  RecordContext context;
  REQUIRE(context.read(R"({"pid":1,"env":{"A":"1","B":"2"},"time_ns":3})"));
  REQUIRE(context.read(R"({"env":{"C":"3"}})"));
  CHECK(context.attrs().size() == 1);
  CHECK(context.attrs().text("env.C") == "3");
  CHECK_FALSE(context.time_ns().has_value());
}

TEST_CASE("a context of another type is refused, and the error names the member", "[unix]") {
  RecordContext context;
  const std::string json =
      GENERATE(R"({"pid":"42"})", R"({"pid":-1})", R"({"pid":1.5})", R"({"tty":7})", R"({"env":[]})",
               R"({"env":{"A":1}})", R"({"cut":{"/a":"x"}})", R"({"ppids":{}})", R"({"time_ns":"now"})");
  CHECK_FALSE(context.read(json));
  CHECK(context.fault().find("context.") != std::string::npos);
  CHECK_FALSE(context.read("[]"));
  CHECK_FALSE(context.read("{"));
}

TEST_CASE("a context with ten thousand variables is limited to fewer attributes", "[unix]") {
  std::string json = R"({"env":{)";
  for (int i = 0; i < 10'000; ++i) json += (i == 0 ? "\"V" : ",\"V") + std::to_string(i) + "\":\"x\"";
  json += "}}";
  RecordContext context;
  REQUIRE(context.read(json));
  CHECK(context.attrs().size() < 128);
}
