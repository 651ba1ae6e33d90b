// SPDX-License-Identifier: MIT
#include "bound_session.hpp"

#include "support/catch.hpp"

using processes::process_of;
using processes::ProcessId;

namespace {

std::optional<ProcessId> read(std::string_view session) {
  atm::json::Reader reader;
  const atm::json::Value* value = reader.parse(session);
  REQUIRE(value != nullptr);
  return process_of(*value, "here");
}

}  // namespace

TEST_CASE("a session's process is its pid and its start together", "[processes]") {
  CHECK(read(R"({"process":{"pid":7,"start_ticks":70}})") == ProcessId{7, 70});
  CHECK(read(R"({"process":{"pid":7,"start_ticks":70,"host":"here"}})") == ProcessId{7, 70});
  CHECK(read(R"({"status":{"status":"idle"},"process":{"pid":7,"start_ticks":70}})") == ProcessId{7, 70});
}

TEST_CASE("what cannot be told from here is not watched", "[processes]") {
  CHECK_FALSE(read(R"({})"));
  CHECK_FALSE(read(R"({"process":{}})"));
  CHECK_FALSE(read(R"({"process":{"pid":7}})"));
  CHECK_FALSE(read(R"({"process":{"start_ticks":70}})"));
  CHECK_FALSE(read(R"({"process":{"pid":0,"start_ticks":70}})"));
  CHECK_FALSE(read(R"({"process":{"pid":7,"start_ticks":-1}})"));
  CHECK_FALSE(read(R"({"process":{"pid":7,"start_ticks":70,"host":"there"}})"));
  CHECK_FALSE(read(R"({"process":{"pid":7,"start_ticks":70,"pid_ns":4026532177}})"));
}

TEST_CASE("an ended session is watched no more", "[processes]") {
  CHECK_FALSE(read(R"({"status":{"status":"ended"},"process":{"pid":7,"start_ticks":70}})"));
}
