// SPDX-License-Identifier: MIT
// Transcripts that try to harm the reader: they change no sum, and what they contain is counted.
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <string>

#include "ledger/ledger_test_support.hpp"
#include "ledger/store.hpp"
#include "support/catch.hpp"
#include "support/text.hpp"

using namespace atm;
using namespace atm::ledger;
using namespace atm::test;

namespace {

std::string repeated(const std::string& part, std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += part;
  return text;
}

}  // namespace

TEST_CASE("deep nesting is unreadable and ends nothing", "[ledger]") {
  Tree tree;
  tree.add(kFile,
           {R"({"usage":)" + repeated("[", 1'000'000), R"({"usage":)" + repeated(R"({"a":)", 500'000),
            R"({"usage":)" + repeated("[", 1'000) + repeated("]", 1'000) + "}", line_of({.output = 100})});
  const Read read(tree);
  CHECK(read.dollars() == "0.001500000000");
  CHECK(read.count(LineResult::kUnreadable) == 2);
}

TEST_CASE("names without bounds reject their record", "[ledger]") {
  const std::string huge(100'000, 'x');
  Tree tree;
  tree.add(kFile, {line_of({.id = "msg_" + huge, .output = 1}), line_of({.model = huge, .output = 1}),
                   line_of({.output = 1, .session = huge}), line_of({.output = 1, .request = huge})});
  CHECK(Read(tree).count(LineResult::kMalformed) == 4);
  Tree cut;
  cut.add(kFile,
          {line_of({.output = 1, .extra = R"(,"gitBranch":")" + huge + R"(","agentId":")" + huge + '"'})});
  const Read read(cut);
  CHECK(read.total().responses == 1);
  CHECK(read.ledger.dump().size() < 5'000);
}

TEST_CASE("too many iterations reject their record", "[ledger]") {
  Tree tree;
  const std::string one = R"({"type":"compaction","input_tokens":1})";
  tree.add(kFile,
           {line_of({.output = 1,
                     .usage_extra = R"(,"iterations":[)" + one + repeated("," + one, 100'000) + "]"})});
  const Read read(tree);
  CHECK(read.count(LineResult::kMalformed) == 1);
  CHECK(read.total() == Sum{});
}

TEST_CASE("a file of another user is reported and not read", "[ledger]") {
  if (geteuid() != 0) return;  // only root can make such a file
  Tree tree;
  tree.add(kFile, {line_of({.output = 100})});
  REQUIRE(chown((tree.projects() / kFile).c_str(), 65'534, 65'534) == 0);
  const Read read(tree);
  CHECK(read.total() == Sum{});
  REQUIRE(read.problems.size() == 1);
  CHECK(contains(read.problems.front(), "belongs to another user"));
}

TEST_CASE("a file that grows or shrinks between two reads is read up to its end", "[ledger]") {
  Tree tree;
  const std::string line = line_of({.output = 100});
  tree.bytes(kFile, line.substr(0, 50));
  Read read(tree);
  CHECK(read.count(LineResult::kTorn) == 1);
  tree.bytes(kFile, line.substr(50) + "\n" + line_of({.id = "msg_2", .output = 100}) + "\n");
  // The list of files is older than the file: as if it shrank after it was found.
  const auto found = find_transcripts({tree.config()});
  std::filesystem::resize_file(tree.projects() / kFile, line.size() + 1);
  FileReader reader(read.ledger);
  std::string problem;
  CHECK(reader.read(found.files.front(), read.states.begin()->second, problem));
  CHECK(read.total().responses == 1);
  std::filesystem::remove(tree.projects() / kFile);
  CHECK_FALSE(reader.read(found.files.front(), read.states.begin()->second, problem));
  CHECK(contains(problem, "No such file"));
}

TEST_CASE("the ledger holds no text of prompts, answers and tools", "[ledger]") {
  const TempDir dir;
  Tree tree;
  std::string line = line_of({.output = 100});
  line.replace(line.find(R"("text":"x")"), 10,
               R"("text":"SECRET","name":"SECRET","input":{"command":"SECRET"})");
  tree.add(kFile, {line, R"({"type":"user","message":{"content":"SECRET usage"}})"});
  const std::string path = (dir.path() / "ledger.db").string();
  {
    auto store = Store::open(path);
    REQUIRE(store);
    Read read(tree);
    REQUIRE(read.ledger.entries().size() == 1);
    REQUIRE(store->commit(read.ledger, read.states, PriceTable::built_in()));
  }
  std::string bytes;
  for (const auto& file : std::filesystem::directory_iterator(dir.path())) {
    std::ifstream stream(file.path(), std::ios::binary);
    bytes += std::string{std::istreambuf_iterator<char>(stream), {}};
  }
  CHECK(contains(bytes, "msg_01"));
  CHECK_FALSE(contains(bytes, "SECRET"));
}
