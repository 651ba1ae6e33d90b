// SPDX-License-Identifier: MIT
#include "bound_session.hpp"

#include "support/catch.hpp"

using processes::processes_of;
using processes::ProcessId;
using Ids = std::set<ProcessId>;

namespace {

Ids read(std::string_view session) {
  atm::json::Reader reader;
  const atm::json::Value* value = reader.parse(session);
  REQUIRE(value != nullptr);
  return processes_of(*value, "here");
}

}  // namespace

TEST_CASE("a session's process consists of its PID and its start time", "[processes]") {
  CHECK(read(R"({"process":{"pid":7,"start_ticks":70}})") == Ids{{7, 70}});
  CHECK(read(R"({"process":{"pid":7,"start_ticks":70,"host":"here"}})") == Ids{{7, 70}});
  CHECK(read(R"({"status":{"status":"idle"},"process":{"pid":7,"start_ticks":70}})") == Ids{{7, 70}});
}

TEST_CASE("a session in two processes is watched in both", "[processes]") {
  CHECK(
      read(
          R"({"process":{"pid":7,"start_ticks":70},"processes":[{"pid":7,"start_ticks":70},{"pid":8,"start_ticks":80}]})") ==
      Ids{{7, 70}, {8, 80}});
}

TEST_CASE("a process that cannot be observed from here is not watched", "[processes]") {
  CHECK(read(R"({})").empty());
  CHECK(read(R"({"process":{}})").empty());
  CHECK(read(R"({"process":{"pid":7}})").empty());
  CHECK(read(R"({"process":{"start_ticks":70}})").empty());
  CHECK(read(R"({"process":{"pid":0,"start_ticks":70}})").empty());
  CHECK(read(R"({"process":{"pid":7,"start_ticks":-1}})").empty());
  CHECK(read(R"({"process":{"pid":7,"start_ticks":70,"host":"there"}})").empty());
  CHECK(read(R"({"process":{"pid":7,"start_ticks":70,"pid_ns":4026532177}})").empty());
}

TEST_CASE("an ended session is no longer watched", "[processes]") {
  CHECK(read(R"({"status":{"status":"ended"},"process":{"pid":7,"start_ticks":70}})").empty());
}
