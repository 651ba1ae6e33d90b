// SPDX-License-Identifier: MIT
// The recorded sessions of the agents besides Claude Code, read as their manifests say.
#include <cstdlib>
#include <string>

#include "cost/books.hpp"
#include "ledger/summary.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"

using namespace atm;
using namespace atm::cli;
using atm::test::TempDir;
using ledger::Dimension;

namespace {

CostPaths recorded_agents(const TempDir& dir) {
  REQUIRE(::setenv("HOME", ATM_TEST_AGENT_FILES, 1) == 0);  // NOLINT(concurrency-mt-unsafe): no other thread
  CostPaths paths;
  paths.prices = (dir.path() / "prices").string();
  paths.ledger = (dir.path() / "state/ledger.db").string();
  paths.sources = manifest_sources({ATM_TEST_MANIFESTS, {}});
  paths.sources.push_back(codex_source(std::string(ATM_TEST_AGENT_FILES) + "/codex"));
  return paths;
}

ledger::Groups groups_of(Books& books, std::vector<Dimension> by) {
  const ledger::Zone zone = ledger::Zone::open("UTC").value();
  ledger::Summer summer(std::move(by), {}, books.names(), zone);
  REQUIRE(books.visit(false, [&](std::string_view, const ledger::Entry& entry) { summer.add(entry); }));
  return summer.groups();
}

using Tokens = std::array<std::uint64_t, ledger::kTokenKinds>;

}  // namespace

TEST_CASE("the ledger has the recorded responses of every agent", "[cost]") {
  const TempDir dir;
  Books books(recorded_agents(dir));
  CHECK(books.problems().empty());
  CHECK(books.files() == 11);
  const ledger::Groups agents = groups_of(books, {Dimension::kAgent});
  CHECK(agents.size() == 4);
  CHECK(agents.at({"codex"}).responses == 15);
  // Written twice when it grows, and once more without tokens after a compression.
  CHECK(agents.at({"gemini"}).responses == 9);
  CHECK(agents.at({"gemini"}).tokens == Tokens{25'700, 540, 0, 0, 3'600});
  CHECK(ledger::exact_dollars(agents.at({"gemini"}).amount) == "0.021570000000");
  CHECK(agents.at({"qwen"}).responses == 7);
  CHECK(agents.at({"qwen"}).tokens == Tokens{15'400, 350, 0, 0, 2'800});
  CHECK(agents.at({"pi"}).responses == 5);
  CHECK(agents.at({"pi"}).tokens == Tokens{10'500, 250, 0, 0, 2'000});
  CHECK(agents.at({"pi"}).unpriced_responses == 5);
  CHECK(agents.at({"pi"}).agent_priced == 5);
  CHECK(ledger::exact_dollars(agents.at({"pi"}).agent_amount) == "0.024000000000");
  CHECK(agents.at({"gemini"}).agent_priced == 0);

  const ledger::Groups sessions = groups_of(books, {Dimension::kAgent, Dimension::kSession});
  // A subagent's file belongs to the session that the path or the line names.
  CHECK(sessions.at({"gemini", "4b1af9a6-50b1-4bce-8299-31137e3dada2"}).responses == 5);
  CHECK(sessions.at({"qwen", "9a7f435d-2d11-4e92-9524-87b411b265a4"}).responses == 2);
  CHECK(sessions.at({"pi", "01a20330-6e1d-7435-aedd-f9e88396d499"}).responses == 5);
  const ledger::Groups projects = groups_of(books, {Dimension::kProject});
  CHECK(projects.size() == 2);
  CHECK(projects.at({"proj"}).responses == 9);

  const ledger::LineCounts lines = books.lines();
  Books second(recorded_agents(dir));
  CHECK(second.lines() == lines);
  CHECK(groups_of(second, {Dimension::kAgent}) == agents);
}

TEST_CASE("the counts of each recorded response add up to the agent's own total", "[cost]") {
  const TempDir dir;
  Books books(recorded_agents(dir));
  const ledger::Groups agents = groups_of(books, {Dimension::kAgent});
  const auto sum = [&](const char* agent) {
    std::uint64_t total = 0;
    for (const std::uint64_t count : agents.at({agent}).tokens) total += count;
    return total;
  };
  // The sums of `total`, `totalTokenCount` and `totalTokens` in the files, each response once.
  CHECK(sum("gemini") == 29'840);
  CHECK(sum("qwen") == 18'550);
  CHECK(sum("pi") == 12'750);
}
