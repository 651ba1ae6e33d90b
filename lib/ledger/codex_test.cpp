// SPDX-License-Identifier: MIT
// The rules COST-X1 to COST-X10 with rollouts of the real client, and with generated ones for older clients.
#include "ledger/codex.hpp"

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "ledger/ledger_test_support.hpp"
#include "ledger/store.hpp"
#include "support/catch.hpp"

using namespace atm;
using namespace atm::ledger;
using namespace atm::test;

namespace {

UsageSource source_of(const std::string& directory) {
  return {{directory},
          [](std::string_view below) { return below.find("rollout-") != below.npos; },
          [directory] { return std::make_unique<CodexReader>(std::vector{directory}); }};
}

/// Reads what is new below `directory`, as a new process does.
void update(Read& read, const std::string& directory) {
  const std::vector<UsageSource> sources{source_of(directory)};
  FoundFiles found;
  find_files(sources, found);
  FileReader reader(read.ledger);
  read.lines = {};
  for (const FoundFile& file : found.files) {
    std::string problem;
    CHECK(reader.read(file, read.states[file.path], problem));
    const LineCounts counts = all_counts(read.states[file.path]);
    for (std::size_t i = 0; i < counts.size(); ++i) read.lines[i] += counts[i];
  }
  read.ledger.price(PriceTable::built_in());
}

Sum total_of(const std::string& directory) {
  Read read;
  update(read, directory);
  return read.total();
}

const std::string kRecorded = std::string(ATM_TEST_AGENTS) + "/codex/sessions";

struct Vector {
  std::uint64_t input = 0;
  std::uint64_t cached = 0;
  std::uint64_t output = 0;
};

std::string counts(const Vector& of) {
  return R"({"input_tokens":)" + std::to_string(of.input) + R"(,"cached_input_tokens":)" +
         std::to_string(of.cached) + R"(,"output_tokens":)" + std::to_string(of.output) +
         R"(,"reasoning_output_tokens":0,"total_tokens":)" + std::to_string(of.input + of.output) + "}";
}

/// Rollouts in a directory of their own.
class Rollouts final {
 public:
  void add(const std::string& thread, const std::vector<std::string>& lines) {
    for (const std::string& line : lines) bytes(thread, line + "\n");
  }
  void bytes(const std::string& thread, const std::string& text) {
    std::filesystem::create_directories(path(thread).parent_path());
    std::ofstream(path(thread), std::ios::binary | std::ios::app) << text;
  }
  [[nodiscard]] std::filesystem::path path(const std::string& thread) const {
    return dir_.path() / ("2026/10/20/rollout-2026-10-20T09-00-00-" + thread + ".jsonl");
  }
  [[nodiscard]] std::string directory() const { return dir_.path().string(); }
  [[nodiscard]] Sum total() const { return total_of(directory()); }
  [[nodiscard]] std::string dollars() const { return exact_dollars(total().amount); }

 private:
  TempDir dir_;
};

std::string at(int second) {
  return "2026-10-20T09:00:" + std::string(second < 10 ? "0" : "") + std::to_string(second) + ".000Z";
}
std::string meta(const std::string& thread, const std::string& more = "", int second = 0) {
  return R"({"timestamp":")" + at(second) + R"(","type":"session_meta","payload":{"id":")" + thread +
         R"(","timestamp":")" + at(second) + R"(","cwd":"/home/dev/p","git":{"branch":"main"})" + more + "}}";
}
std::string context(const std::string& model) {
  return R"({"timestamp":")" + at(0) + R"(","type":"turn_context","payload":{"model":")" + model + R"("}})";
}
std::string count(int second, const Vector& total, const std::string& last = "") {
  return R"({"timestamp":")" + at(second) +
         R"(","type":"event_msg","payload":{"type":"token_count","info":{"total_token_usage":)" +
         counts(total) + (last.empty() ? "" : R"(,"last_token_usage":)" + last) + "}}}";
}
std::string record(int second, const std::string& id, const Vector& usage, const Vector& total,
                   const std::string& more = "") {
  return R"({"timestamp":")" + at(second) + R"(","type":"token_usage_record","payload":{"response_id":")" +
         id + R"(","usage":)" + counts(usage) + R"(,"thread_token_usage":)" + counts(total) + more + "}}";
}
const std::string kZero = R"({"input_tokens":0,"output_tokens":0,"total_tokens":13634})";

}  // namespace

TEST_CASE("COST-X1 COST-X2 COST-X10 the recorded rollouts have their responses, the compaction's too",
          "[ledger]") {
  Read read;
  update(read, kRecorded);
  const Sum total = read.total();
  CHECK(total.responses == 15);
  CHECK(exact_dollars(total.amount) == "0.111830000000");
  CHECK(total.tokens == std::array<std::uint64_t, 5>{45'600, 750, 0, 0, 6'000});
  CHECK(total.unpriced_responses == 0);
  const Groups models = read.by(Dimension::kModel);
  CHECK(exact_dollars(models.at({"gpt-6-sol"}).amount) == "0.087980000000");
  CHECK(exact_dollars(models.at({"gpt-5.5"}).amount) == "0.016900000000");
  CHECK(read.by(Dimension::kAgent).size() == 1);
  CHECK(read.by(Dimension::kProject).count({"/home/dev/proj"}) == 1);
  CHECK(read.by(Dimension::kBranch).count({"main"}) == 1);
  // The subagent's spend belongs to the session of its parent.
  CHECK(read.by(Dimension::kSession).at({"01a20323-b2e9-74e0-9fb3-dcc52d184f25"}).responses == 2);
  CHECK(read.by(Dimension::kSubagent).at({"01a20323-b3e3-7ac0-932f-8569d3524db0"}).responses == 2);
}

TEST_CASE("COST-X8 the counts alone give the sums of the records", "[ledger]") {
  const TempDir dir;
  for (const auto& file : std::filesystem::recursive_directory_iterator(kRecorded)) {
    if (!file.is_regular_file()) continue;
    std::ifstream from(file.path());
    std::ofstream to(dir.path() / file.path().filename());
    for (std::string line; std::getline(from, line);) {
      if (line.find("token_usage_record") == line.npos) to << line << "\n";
    }
  }
  CHECK(total_of(dir.path().string()) == total_of(kRecorded));
}

TEST_CASE("COST-X2 the input includes cached tokens", "[ledger]") {
  Rollouts one;
  one.add("t", {meta("t"), context("gpt-6-sol"), record(1, "resp_1", {3'900, 400, 50}, {3'900, 400, 50})});
  CHECK(one.dollars() == "0.007580000000");
  Rollouts malformed;
  malformed.add("t", {meta("t"), context("gpt-6-sol"), record(1, "resp_1", {300, 400, 50}, {300, 400, 50})});
  CHECK(malformed.total() == Sum{});
}

TEST_CASE("COST-X3 a count adds the difference to the one before, and a repeated one adds nothing",
          "[ledger]") {
  Rollouts one;
  one.add("t", {meta("t"), context("gpt-6-sol"), count(1, {1'000, 0, 100}), count(2, {1'000, 0, 100}),
                count(3, {3'000, 500, 150}),
                R"({"type":"event_msg","payload":{"type":"token_count","info":null}})"});
  const Sum total = one.total();
  CHECK(total.responses == 2);
  CHECK(total.tokens == std::array<std::uint64_t, 5>{2'500, 150, 0, 0, 500});
}

TEST_CASE("COST-X4 a count whose last response is zero only sets the running total", "[ledger]") {
  Rollouts one;
  one.add("t",
          {meta("t"), context("gpt-6-sol"), count(1, {90'000, 0, 900}, kZero), count(2, {91'000, 0, 950})});
  CHECK(one.total().tokens == std::array<std::uint64_t, 5>{1'000, 50, 0, 0, 0});
}

TEST_CASE("COST-X5 a total below the one before begins the counts again", "[ledger]") {
  Rollouts one;
  one.add("t", {meta("t"), context("gpt-6-sol"), count(1, {5'000, 0, 100}), count(2, {700, 0, 20}),
                count(3, {600, 0, 30}, counts({100, 0, 10}))});
  CHECK(one.total().tokens == std::array<std::uint64_t, 5>{5'800, 130, 0, 0, 0});
}

TEST_CASE("COST-X6 COST-X7 a child that copies its parent's history adds only its own", "[ledger]") {
  const std::string of_parent = R"(,"forked_from_id":"p")";
  const std::vector<std::string> history{context("gpt-6-sol"), count(1, {1'000, 0, 100}),
                                         count(2, {2'000, 0, 200})};
  Rollouts tree;
  tree.add("p", {meta("p")});
  tree.add("p", history);
  const Sum parent = tree.total();
  SECTION("at the old times") {
    tree.add("c", {meta("c", of_parent, 10)});
    tree.add("c", history);
    CHECK(tree.total() == parent);
  }
  SECTION("at new times") {
    tree.add("c", {meta("c", of_parent, 10), context("gpt-6-sol"), count(11, {1'000, 0, 100}),
                   count(11, {2'000, 0, 200})});
    CHECK(tree.total() == parent);
  }
  SECTION("at new times with a repeated count") {
    tree.add("c", {meta("c", of_parent, 10), context("gpt-6-sol"), count(11, {1'000, 0, 100}),
                   count(11, {1'000, 0, 100}), count(11, {2'000, 0, 200})});
    CHECK(tree.total() == parent);
  }
  SECTION("without the records of the parent") {
    Rollouts other;
    other.add("p", {meta("p"), context("gpt-6-sol"), record(1, "resp_1", {1'000, 0, 100}, {1'000, 0, 100}),
                    count(1, {1'000, 0, 100})});
    other.add("c", {meta("c", of_parent, 10), context("gpt-6-sol"), count(1, {1'000, 0, 100}),
                    count(12, {1'500, 0, 150})});
    CHECK(other.total().tokens == std::array<std::uint64_t, 5>{1'500, 150, 0, 0, 0});
  }
  SECTION("two children that reach the same total have two responses") {
    for (const char* const child : {"c", "d"}) {
      tree.add(child, {meta(child, of_parent, 10)});
      tree.add(child, history);
      tree.add(child, {count(child[0] == 'c' ? 12 : 13, {3'000, 0, 300})});
    }
    CHECK(tree.total().responses == 4);
    CHECK(tree.total().tokens == std::array<std::uint64_t, 5>{4'000, 400, 0, 0, 0});
  }
  SECTION("a child that copies nothing") {
    tree.add("c", {meta("c", R"(,"parent_thread_id":"p")", 10), context("gpt-6-sol"),
                   record(11, "resp_9", {1'000, 0, 100}, {1'000, 0, 100}), count(11, {1'000, 0, 100})});
    CHECK(tree.total().tokens == std::array<std::uint64_t, 5>{3'000, 300, 0, 0, 0});
  }
  SECTION("a later response of the parent is no copy") {
    tree.add("c", {meta("c", of_parent, 10)});
    tree.add("c", history);
    tree.add("c", {count(12, {2'600, 0, 260})});
    tree.add("p", {count(20, {2'600, 0, 260})});
    CHECK(tree.total().responses == 4);
  }
}

TEST_CASE("COST-X10 without the parent's file the common history of its children counts once", "[ledger]") {
  Rollouts tree;
  for (const char* const child : {"c", "d"})
    tree.add(child, {meta(child, R"(,"forked_from_id":"gone")", 10), context("gpt-6-sol"),
                     count(1, {1'000, 0, 100}), count(child[0] == 'c' ? 12 : 13, {1'500, 0, 150})});
  CHECK(tree.total().tokens == std::array<std::uint64_t, 5>{2'000, 200, 0, 0, 0});
  // A child that begins at its parent's total.
  Rollouts late;
  late.add("c", {meta("c", R"(,"forked_from_id":"gone")", 10), context("gpt-6-sol"),
                 count(12, {90'000, 0, 900}, counts({500, 0, 5}))});
  CHECK(late.total().tokens == std::array<std::uint64_t, 5>{500, 5, 0, 0, 0});
}

TEST_CASE("COST-X9 the model is that of the latest turn", "[ledger]") {
  Rollouts one;
  one.add("t", {meta("t"), count(1, {100, 0, 0}), context("gpt-5.4"), count(2, {272'100, 0, 0}),
                context("gpt-6-sol"), count(3, {544'101, 0, 0})});
  Read read;
  update(read, one.directory());
  const Groups models = read.by(Dimension::kModel);
  CHECK(models.at({"(unknown)"}).unpriced_responses == 1);
  CHECK(exact_dollars(models.at({"gpt-5.4"}).amount) == "0.680000000000");    // 272,000: at the bound
  CHECK(exact_dollars(models.at({"gpt-6-sol"}).amount) == "1.088004000000");  // 272,001: above it
}

TEST_CASE("COST-M18 a rollout that grows byte by byte gives the ledger of a full read", "[ledger]") {
  Rollouts full;
  Rollouts growing;
  const std::string of_parent = R"(,"forked_from_id":"p")";
  const std::vector<std::string> parent{meta("p"), context("gpt-6-sol"), count(1, {1'000, 0, 100}),
                                        count(2, {2'000, 0, 200})};
  std::string child;
  for (const std::string& line :
       {meta("c", of_parent, 10), context("gpt-5.4"), count(11, {1'000, 0, 100}), count(11, {2'000, 0, 200}),
        count(12, {2'500, 100, 250}), count(13, {100, 0, 10}),
        record(14, "resp_1", {900, 0, 90}, {1'000, 0, 100}), count(14, {1'000, 0, 100})})
    child += line + "\n";
  for (Rollouts* const tree : {&full, &growing}) tree->add("p", parent);
  full.bytes("c", child);
  Read grown;
  std::size_t step = 1;
  for (std::size_t from = 0; from < child.size(); from += step, step = step % 7 + 1) {
    growing.bytes("c", child.substr(from, step));
    update(grown, growing.directory());
  }
  Read read;
  update(read, full.directory());
  const auto dump = [](const Read& of, const std::string& directory) {
    std::string text = of.ledger.dump();
    for (std::size_t at = 0; (at = text.find(directory)) != text.npos;) text.erase(at, directory.size());
    return text;
  };
  CHECK(dump(grown, growing.directory()) == dump(read, full.directory()));
  CHECK(read.total().responses == 5);
  // The state of the reader survives the database.
  const TempDir dir;
  const std::string path = (dir.path() / "ledger.db").string();
  REQUIRE(Store::open(path)->commit(read.ledger, read.states, PriceTable::built_in()));
  CHECK(Store::open(path)->file_states().value() == read.states);
}

TEST_CASE("hostile rollouts are counted and harm nothing", "[ledger]") {
  Rollouts tree;
  const std::string huge(100'000, 'x');
  tree.add(
      "t",
      {meta("t", R"(,"forked_from_id":"../../t")"), context(huge), context("gpt-6-sol"),
       count(1, {9'007'199'254'740'993, 0, 0}), count(2, {2'000'000'000, 0, 0}),
       count(3, {2'000'000'100, 0, 0}),
       R"({"type":"token_usage_record","payload":{"response_id":"r","usage":{"input_tokens":"5"}}})",
       R"({"type":"token_usage_record","payload":{"response_id":"r","usage":[]}})",
       R"({"type":"token_usage_record","payload":[["token_count"]]})",
       R"({"type":"event_msg","payload":{"type":"token_count)",
       R"({"type":"event_msg","payload":{"type":"token_count","info":{"total_token_usage":{"input_tokens":-1}}}})",
       R"(["token_count"])", record(4, huge, {1, 0, 0}, {1, 0, 0}),
       R"({"type":"response_item","payload":{"type":"token_count","info":{"total_token_usage":{"input_tokens":7}}}})"});
  Read read;
  update(read, tree.directory());
  CHECK(read.total().tokens == std::array<std::uint64_t, 5>{100, 0, 0, 0, 0});
  CHECK(read.count(LineResult::kUnreadable) == 1);
  CHECK(read.count(LineResult::kMalformed) == 7);
  CHECK(read.ledger.dump().size() < 2'000);
  // A thread that is its own parent.
  Rollouts loop;
  loop.add("t", {meta("t", R"(,"forked_from_id":"t")", 5), context("gpt-6-sol"), count(6, {100, 0, 1})});
  CHECK(loop.total().responses == 1);
  // A damaged state is the start of a file.
  CodexReader reader({});
  reader.open("", "3:abc9:x");
  Record record_read;
  CHECK(reader.read(count(1, {5, 0, 0}), false, record_read) == LineResult::kResponse);
}
