// SPDX-License-Identifier: MIT
#include "cost/spent.hpp"

#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

#include "session_details.hpp"
#include "session_samples.hpp"
#include "spent_gap.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"
#include "support/text.hpp"

using namespace atm;
using namespace atm::cli;
using atm::test::contains;
using atm::test::TempDir;

namespace {

std::string response(const std::string& id, unsigned output) {
  return R"({"type":"assistant","sessionId":"s1","timestamp":"2026-10-20T09:00:00Z","message":{"id":")" + id +
         R"(","model":"claude-sonnet-4-6","usage":{"input_tokens":0,"output_tokens":)" +
         std::to_string(output) + "}}}\n";
}

struct Files {
  TempDir dir;
  CostPaths paths{{(dir.path() / "config").string()}, "", (dir.path() / "ledger.db").string()};
  std::filesystem::path transcript = dir.file("config/projects/-home-dev-p/s1.jsonl",
                                              response("msg_1", 100'000) +
                                                  "{\"type\":\"system\",\"subtype\":\"compact_boundary\"}\n"
                                                  "{\"type\":\"user\",\"message\":\"compact_boundary\"}\n");
};

std::string details(double own_usd, const SpentBySession& spent) {
  protocol::Session session = sample_session("s1", SessionStatus::idle());
  session.domain.cost = Money::from_usd(own_usd);
  session.domain.cost_source = "agent";
  Scene scene = kScene;
  scene.spent = spent;
  return session_details(session, scene);
}

}  // namespace

TEST_CASE("sessions have the amounts of the ledger once there is one", "[cost]") {
  Files files;
  CHECK(spent_by_session(files.paths).empty());
  CHECK_FALSE(std::filesystem::exists(files.paths.ledger));
  static_cast<void>(Books(files.paths));
  // What is new since then counts.
  std::ofstream(files.transcript, std::ios::app) << response("msg_2", 100'000);
  const SpentBySession all = spent_by_session(files.paths);
  REQUIRE(all.size() == 1);
  CHECK(all.at("s1").amount == "$3.00");
  CHECK(all.at("s1").micros == 3'000'000);
  CHECK(all.at("s1").responses == 2);
  CHECK(spent_by_session(files.paths, "s2").empty());
  CHECK(spent_by_session(files.paths, "s1").at("s1").compactions == std::nullopt);
  CHECK(spent_by_session(files.paths, "s1", true).at("s1").compactions == 1);
}

TEST_CASE("a ledger that is far behind reads nothing and shows nothing", "[cost]") {
  const Files files;
  Books books(files.paths, 10);
  CHECK(books.is_behind());
  std::size_t entries = 0;
  REQUIRE(books.visit(false, [&](std::string_view, const ledger::Entry&) { ++entries; }));
  CHECK(entries == 0);
  CHECK_FALSE(Books(files.paths).is_behind());
  CHECK_FALSE(Books(files.paths, 10).is_behind());
}

TEST_CASE("show has the agent's own figure beside that of the ledger and names the difference", "[cost]") {
  const Files files;
  static_cast<void>(Books(files.paths));
  const SpentBySession spent = spent_by_session(files.paths, "s1", true);
  const std::string more = details(1.75, spent);
  CHECK(contains(more, "$1.50 list price, 1 response\n"));
  CHECK(contains(more, "$1.75 (source: agent)"));
  CHECK(contains(more, "$0.25 more, in no transcript: 1 compaction, session titles, interrupted responses"));
  CHECK(contains(details(1, spent), "$0.50 less: the agent's figure begins again when its process restarts"));
  CHECK_FALSE(contains(details(1.5, spent), "difference"));
  CHECK_FALSE(contains(details(1.5, {}), "list price"));
}

TEST_CASE("the JSON of a session has both figures, the gap and its likely parts", "[cost]") {
  const Files files;
  static_cast<void>(Books(files.paths));
  protocol::Session session = sample_session("s1", SessionStatus::idle());
  session.domain.cost_source = "agent";
  const auto json_of = [&](double own_usd, bool with_compactions) {
    session.domain.cost = Money::from_usd(own_usd);
    const Spent spent = spent_by_session(files.paths, "s1", with_compactions).at("s1");
    return with_ledger(R"({"id":"s1"})", session.domain, spent);
  };
  const std::string ours =
      R"({"id":"s1","ledger":{"list_usd":"1.500000000000","responses":1,"unpriced_responses":0)";
  CHECK(json_of(1.75, true) ==
        ours +
            R"(,"agent_usd":"1.750000","gap_usd":"0.250000","gap_parts":[{"part":"compactions","count":1},)"
            R"({"part":"session_titles"},{"part":"interrupted_responses"}]}})");
  CHECK(contains(json_of(1.75, false), R"("gap_parts":[{"part":"compactions"},{"part":"session_titles"},)"));
  CHECK(json_of(1, true) == ours + R"(,"agent_usd":"1.000000","gap_usd":"-0.500000",)"
                                   R"("gap_parts":[{"part":"process_restarts"}]}})");
  CHECK(json_of(1.5, true) == ours + R"(,"agent_usd":"1.500000","gap_usd":"0.000000","gap_parts":[]}})");
  session.domain.cost_source.clear();
  CHECK(json_of(0, true) == ours + "}}");
}
