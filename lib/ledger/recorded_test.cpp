// SPDX-License-Identifier: MIT
// The recorded sessions of the real client, against the log of the server that answered them.
//
// testdata/recorded holds the transcripts of 32 files without texts, and server.tsv: version, flow, kind, message id,
// model, input, output, cache write 5m, cache write 1h, cache read of every response that the server sent.
#include <fstream>
#include <map>
#include <sstream>
#include <string>

#include "ledger/ledger_test_support.hpp"
#include "support/catch.hpp"

using namespace atm;
using namespace atm::ledger;
using namespace atm::test;

namespace {

struct Served {
  std::string kind;
  std::string model;
  Usage usage;
};

std::map<std::string, Served> served() {
  std::map<std::string, Served> log;
  std::ifstream file(ATM_TEST_RECORDED "/server.tsv");
  for (std::string line; std::getline(file, line);) {
    std::istringstream fields(line);
    std::string version;
    std::string flow;
    std::string id;
    Served response;
    fields >> version >> flow >> response.kind >> id >> response.model;
    for (std::uint32_t& count : response.usage.tokens) fields >> count;
    REQUIRE(fields);
    log[id] = response;
  }
  return log;
}

std::vector<std::string> recorded_directories() {
  std::vector<std::string> directories;
  for (const auto& version : std::filesystem::directory_iterator(ATM_TEST_RECORDED)) {
    if (!version.is_directory()) continue;
    for (const auto& flow : std::filesystem::directory_iterator(version))
      directories.push_back(flow.path().string());
  }
  return directories;
}

}  // namespace

TEST_CASE("COST-U24 every recorded response equals the server's log, but for an interrupted one",
          "[ledger]") {
  const auto log = served();
  Read read;
  read.update(recorded_directories(), PriceTable::built_in());
  CHECK(read.problems.empty());
  CHECK(read.ledger.entries().size() == 136);
  std::size_t equal = 0;
  for (const auto& [key, entry] : read.ledger.entries()) {
    CAPTURE(key);
    const auto response = log.find(key);
    REQUIRE(response != log.end());
    CHECK(read.ledger.text(entry.lines.front().model) == response->second.model);
    if (entry.lines.front().usage == response->second.usage) {
      ++equal;
    } else {
      // Interrupted: only the output is unknown.
      CHECK(entry.marks == kLow);
      Usage usage = entry.lines.front().usage;
      CHECK(usage[TokenKind::kOutput] < response->second.usage[TokenKind::kOutput]);
      usage[TokenKind::kOutput] = response->second.usage[TokenKind::kOutput];
      CHECK(usage == response->second.usage);
    }
  }
  CHECK(equal == 135);

  // The responses of the log that no transcript contains. Most are of flows whose transcripts were not kept.
  std::map<std::string, int> missing;
  for (const auto& [id, response] : log) {
    if (read.ledger.entries().count(id) == 0) ++missing[response.kind];
  }
  CHECK(missing == std::map<std::string, int>{{"aux", 6}, {"compact", 6}, {"main", 48}, {"title", 7}});
}
