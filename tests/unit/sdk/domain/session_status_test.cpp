// SPDX-License-Identifier: MIT
#include <atm/domain/session_status.hpp>

#include <string>
#include <string_view>
#include <vector>

#include "support/catch.hpp"

using atm::SessionStatus;
using atm::StatusKind;
using atm::Timestamp;

namespace {

struct Row {
  SessionStatus status;
  std::string_view name, label;
  bool is_active, needs_attention, is_removable;
};

std::vector<Row> every_status() {
  return {
      {SessionStatus::active(), "active", "active", true, false, false},
      {SessionStatus::thinking(), "thinking", "thinking", true, false, false},
      {SessionStatus::running_tool("Bash"), "running_tool", "running", true, false, false},
      {SessionStatus::waiting_for_permission("Bash"), "waiting_for_permission", "waiting", false, true,
       false},
      {SessionStatus::waiting_for_input("question"), "waiting_for_input", "needs input", false, true, false},
      {SessionStatus::compacting(), "compacting", "compacting", true, false, false},
      {SessionStatus::background(2), "background", "background", false, false, false},
      {SessionStatus::error("rate_limit"), "error", "error", false, true, false},
      {SessionStatus::idle(), "idle", "idle", false, false, false},
      {SessionStatus::stale(), "stale", "stale", false, false, true},
      {SessionStatus::ended(), "ended", "ended", false, false, true}};
}

}  // namespace

TEST_CASE("status: names, labels and properties") {
  for (const Row& row : every_status()) {
    CAPTURE(row.name);
    CHECK(row.status.name() == row.name);
    CHECK(row.status.label() == row.label);
    CHECK(row.status.is_active() == row.is_active);
    CHECK(row.status.needs_attention() == row.needs_attention);
    CHECK(row.status.is_removable() == row.is_removable);
    CHECK(atm::parse_status_kind(row.name) == row.status.kind());
    CHECK(SessionStatus::of(row.status.kind()).kind() == row.status.kind());
  }
  CHECK(every_status().size() == atm::detail::kStatusTexts.size());
  CHECK_FALSE(atm::parse_status_kind("running").has_value());
  CHECK_FALSE(atm::parse_status_kind("").has_value());
}

TEST_CASE("status: a session without evidence is active") {
  CHECK(SessionStatus() == SessionStatus::active());
}

TEST_CASE("status: each payload belongs to one kind only") {
  for (const Row& row : every_status()) {
    const StatusKind kind = row.status.kind();
    CAPTURE(row.name);
    const bool has_tool = kind == StatusKind::kRunningTool || kind == StatusKind::kWaitingForPermission;
    CHECK(row.status.tool_name().has_value() == has_tool);
    CHECK(row.status.reason().has_value() == (kind == StatusKind::kWaitingForInput));
    CHECK(row.status.error_kind().has_value() == (kind == StatusKind::kError));
    CHECK((row.status.background_tasks() > 0) == (kind == StatusKind::kBackground));
  }
  CHECK(SessionStatus::running_tool("Bash").tool_name() == "Bash");
  CHECK(SessionStatus::waiting_for_input("plan").reason() == "plan");
  CHECK(SessionStatus::error("rate_limit").error_kind() == "rate_limit");
  CHECK(SessionStatus::background(2).background_tasks() == 2);
}

TEST_CASE("status: an unnamed tool, reason or error is absent, not empty") {
  CHECK_FALSE(SessionStatus::waiting_for_permission().tool_name().has_value());
  CHECK_FALSE(SessionStatus::waiting_for_input().reason().has_value());
  CHECK_FALSE(SessionStatus::error().error_kind().has_value());
}

TEST_CASE("status: two are equal if kind and payload are") {
  const Timestamp noon{std::chrono::hours(12)};
  CHECK(SessionStatus::running_tool("Bash", noon).tool_started_at() == noon);
  CHECK(SessionStatus::running_tool("Bash", noon) == SessionStatus::running_tool("Bash", noon));
  CHECK_FALSE(SessionStatus::running_tool("Bash", noon) == SessionStatus::running_tool("Bash"));
  CHECK_FALSE(SessionStatus::running_tool("Bash") == SessionStatus::running_tool("Read"));
  CHECK_FALSE(SessionStatus::running_tool("Bash") == SessionStatus::waiting_for_permission("Bash"));
}
