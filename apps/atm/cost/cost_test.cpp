// SPDX-License-Identifier: MIT
#include "cost/cost_text.hpp"

#include <atm/json.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "cost/audit.hpp"
#include "cost/sum_text.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"
#include "support/text.hpp"

using namespace atm;
using namespace atm::cli;
using atm::test::contains;
using atm::test::TempDir;
using ledger::Dimension;

namespace {

CostPaths recorded(const TempDir& dir) {
  CostPaths paths;
  for (const auto& version : std::filesystem::directory_iterator(ATM_TEST_RECORDED)) {
    if (!version.is_directory()) continue;
    for (const auto& flow : std::filesystem::directory_iterator(version))
      paths.config_directories.push_back(flow.path().string());
  }
  paths.prices = (dir.path() / "prices").string();
  paths.ledger = (dir.path() / "state/ledger.db").string();
  return paths;
}

CostView view_by(std::vector<Dimension> by) {
  CostView view;
  view.by = std::move(by);
  view.zone = "UTC";
  view.today = ledger::parse_day("2026-11-28").value();
  return view;
}

ledger::Groups groups_of(Books& books, const CostView& view, const ledger::Zone& zone) {
  ledger::Summer summer(view.by, view.range, books.names(), zone);
  REQUIRE(books.visit(false, [&](std::string_view, const ledger::Entry& entry) { summer.add(entry); }));
  return summer.groups();
}

std::string indented(const std::string& text) {
  std::string result;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    result += "    " + text.substr(begin, end - begin) + "\n";
    begin = end + 1;
  }
  return result;
}

}  // namespace

TEST_CASE("the README shows a day of the recorded sessions as atm cost prints it", "[cost]") {
  const TempDir dir;
  Books books(recorded(dir));
  const ledger::Zone zone = ledger::Zone::open("UTC").value();
  CostView view = view_by({Dimension::kModel});
  const ledger::Day day = ledger::parse_day("2026-11-22").value();
  view.range = {zone.begin(day), zone.begin(day + 1)};
  const std::string text = indented(cost_table(groups_of(books, view, zone), view, books, {}, true));
  std::ifstream file(ATM_TEST_README);
  const std::string readme{std::istreambuf_iterator<char>(file), {}};
  CAPTURE(text);
  CHECK(contains(readme, text));
}

TEST_CASE("COST-A7 the groups of the JSON output add up to its total", "[cost]") {
  const TempDir dir;
  Books books(recorded(dir));
  const ledger::Zone zone = ledger::Zone::open("UTC").value();
  const CostView view = view_by({Dimension::kProject, Dimension::kModel});
  const ledger::Groups groups = groups_of(books, view, zone);
  const std::string text = cost_json(groups, view, books);
  json::Reader reader;
  const json::Value* const root = reader.parse(text);
  REQUIRE(root != nullptr);
  CHECK(json::get_string(*root, "schema") == "atm.cost/1");
  ledger::Pico sum = 0;
  for (const json::Value& group : json::get_array(*root, "groups")->GetArray()) {
    CHECK(json::get_string(group, "project"));
    CHECK(json::get_string(group, "model"));
    const auto amount = ledger::parse_decimal(json::get_string(group, "usd").value(), 12);
    REQUIRE(amount);
    sum += *amount;
  }
  const json::Value& total = *json::get_object(*root, "total");
  CHECK(ledger::exact_dollars(sum) == json::get_string(total, "usd"));
  CHECK(json::get_string(total, "usd") == "20.323526600000");
  CHECK(json::get_int(total, "responses") == 136);
  CHECK(json::get_int(total, "unpriced_responses") == 1);
  CHECK(json::get_int(*json::get_object(*root, "rejected"), "synthetic") == 17);
  // As many lines as groups, and a title.
  const std::string csv = cost_csv(groups, view);
  CHECK(static_cast<std::size_t>(std::count(csv.begin(), csv.end(), '\n')) == groups.size() + 1);
}

TEST_CASE("COST-U21 every total states what it leaves out", "[cost]") {
  const TempDir dir;
  Books books(recorded(dir));
  const ledger::Zone zone = ledger::Zone::open("UTC").value();
  const CostView view = view_by({});
  const std::string text = cost_table(groups_of(books, view, zone), view, books, {}, false);
  CHECK(contains(text, "LIST PRICE"));
  CHECK(contains(text, "$20.32 + unpriced"));
  CHECK(contains(text, "not in the total: 1 unpriced response with 10K tokens"));
  CHECK(contains(text, "too low: 1 interrupted response"));
  ledger::Sum nothing;
  CHECK(amount_text(nothing) == "$0.00");
  nothing.unpriced_responses = 1;
  CHECK(amount_text(nothing) == "unpriced");
}

TEST_CASE("COST-A6 explain shows the computation, the price row and the places of a response", "[cost]") {
  const TempDir dir;
  const auto file = dir.file(
      "config/projects/-home-dev-p/s1.jsonl",
      R"({"type":"assistant","sessionId":"s1","cwd":"/home/dev/p","timestamp":"2026-10-20T09:00:00Z","message":{"id":"msg_1",)"
      R"("model":"claude-sonnet-4-6","usage":{"input_tokens":5,"output_tokens":120,"cache_read_input_tokens":2000}}})"
      "\n");
  Books books({{(dir.path() / "config").string()}, "", (dir.path() / "ledger.db").string()});
  ledger::Entry entry;
  REQUIRE(books.find("msg_1", entry).value());
  CHECK(entry_text(books.names(), "msg_1", entry) ==
        "response  msg_1\n"
        "time      2026-10-20T09:00:00Z\n"
        "session   s1\n"
        "project   /home/dev/p\n"
        "\n"
        "claude-sonnet-4-6\n"
        "  input                     5 x $0.000003 = $0.000015000000\n"
        "  output                  120 x $0.000015 = $0.001800000000\n"
        "  cache_read             2000 x $0.0000003 = $0.000600000000\n"
        "  amount         $0.002415000000 list price\n"
        "  price row      claude-sonnet-4-6@2026-03-13, standard prices\n"
        "  source         documented: ga1m, litellm\n"
        "\n"
        "total     <$0.01 list price ($0.002415000000)\n"
        "read from\n"
        "  " +
            file.string() + ", offset 0, " + std::to_string(std::filesystem::file_size(file) - 1) +
            " bytes\n");
}

TEST_CASE("audit lists what is uncertain, copied and rejected", "[cost]") {
  const TempDir dir;
  Books books(recorded(dir));
  Audit audit(books.names());
  REQUIRE(books.visit(true, [&audit](std::string_view, const ledger::Entry& entry) { audit.add(entry); }));
  const std::string text =
      audit.text(books, books.reprice(true).value(), ledger::parse_day("2027-02-01").value());
  CHECK(contains(text, "136 responses in 32 files"));
  CHECK(contains(text, "4 responses with copies in several files"));
  CHECK(contains(text, "my-gateway/some-model: unknown model, 1 response"));
  CHECK(contains(text, "2 refused responses: possibly not billed"));
  CHECK(contains(text, "synthetic: 17"));
  CHECK(contains(text, "the price table is of 2026-11-28, 65 days old"));
}

TEST_CASE("a ledger that cannot be written is kept in memory, and a problem says why", "[cost]") {
  const TempDir dir;
  CostPaths paths = recorded(dir);
  dir.file("state", "a file where a directory should be");
  Books books(paths);
  REQUIRE(books.problems().size() == 1);
  CHECK(contains(books.problems().front(), paths.ledger));
  const ledger::Zone zone = ledger::Zone::open("UTC").value();
  CHECK(groups_of(books, view_by({}), zone).begin()->second.responses == 136);
}

TEST_CASE("a second run reads nothing again and shows the same sums", "[cost]") {
  const TempDir dir;
  const ledger::Zone zone = ledger::Zone::open("UTC").value();
  const CostView view = view_by({Dimension::kSession});
  Books first(recorded(dir));
  Books second(recorded(dir));
  CHECK(groups_of(first, view, zone) == groups_of(second, view, zone));
  CHECK(first.lines() == second.lines());
}

TEST_CASE("sparklines and bars scale to the greatest amount", "[cost]") {
  CHECK(sparkline({0, 1, 4, 8}) == " ▁▄█");
  CHECK(sparkline({}).empty());
  CHECK(sparkline({0, 0}) == "  ");
}
