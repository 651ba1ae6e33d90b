// SPDX-License-Identifier: MIT
#include "ledger/store.hpp"

#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atm/domain/timestamp.hpp>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <random>
#include <string>

#include "ledger/ledger_test_support.hpp"
#include "support/catch.hpp"
#include "support/text.hpp"

using namespace atm;
using namespace atm::ledger;
using namespace atm::test;

namespace {

// Reads what is new into the store, as atm cost does.
void update(Store& store, const Tree& tree, const PriceTable& prices = PriceTable::built_in()) {
  auto states = store.file_states().value();
  Ledger ledger;
  FileReader reader(ledger);
  FileStates changed;
  for (const FoundFile& file : find_transcripts({tree.config()}).files) {
    FileState& state = states[file.path];
    if (!is_changed(file, state)) continue;
    std::string problem;
    REQUIRE(reader.read(file, state, problem));
    changed[file.path] = state;
  }
  REQUIRE(store.commit(ledger, changed, prices));
  CHECK(ledger.entries().empty());
}

std::string dump(Store& store) {
  Ledger all;
  REQUIRE(store.visit(all.names(), true,
                      [&](std::string_view key, const Entry& entry) { all.merge(key, entry); }));
  return all.dump();
}

std::string dump_of(const Tree& tree) {
  return Read(tree).ledger.dump();
}

PriceTable with_price(const std::string& model, const std::string& price) {
  const std::string text = R"({"schema":"atm.prices/1","rows":[{"model":")" + model +
                           R"(","from":"2026-01-01","usd_per_million":{"input":")" + price +
                           R"(","output":")" + price + R"("}}]})";
  PriceTable table = PriceTable::built_in();
  table.add_overrides(PriceTable::parse(text, "mine.json", true).value());
  return table;
}

// The groups of all dimensions but the window, from the slices or from the entries.
std::vector<Groups> groups_of(Store& store, bool from_slices, const Zone& zone) {
  Names names;
  std::vector<Summer> summers;
  for (std::size_t i = 0; i < kDimensionNames.size(); ++i) {
    const auto dimension = static_cast<Dimension>(i);
    if (dimension == Dimension::kWindow) continue;
    summers.emplace_back(std::vector{dimension, Dimension::kDay}, Range{}, names, zone);
  }
  const auto done = from_slices ? store.visit_slices(names,
                                                     [&](const Facets& facets, const Sum& sum) {
                                                       for (Summer& summer : summers) summer.add(facets, sum);
                                                     })
                                : store.visit(names, false, [&](std::string_view, const Entry& entry) {
                                    for (Summer& summer : summers) summer.add(entry);
                                  });
  REQUIRE(done);
  std::vector<Groups> groups;
  for (const Summer& summer : summers) groups.push_back(summer.groups());
  return groups;
}

// Runs a statement on the database, as another program does.
void run_sql(const std::string& path, const char* sql) {
  sqlite3* database = nullptr;
  REQUIRE(sqlite3_open(path.c_str(), &database) == SQLITE_OK);
  CHECK(sqlite3_exec(database, sql, nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(database);
}

}  // namespace

TEST_CASE("COST-M1 the slices of the store are the sums of its entries", "[ledger]") {
  const TempDir dir;
  const std::string path = (dir.path() / "ledger.db").string();
  std::mt19937 random(11);
  Tree tree;
  for (int round = 0; round < 12; ++round) {
    for (int i = 0; i < 20; ++i) {
      // Repetitions with another output, time or session change stored entries.
      const unsigned long seconds = 1'500'000'000 + random() % 280'000'000;
      Response response{
          .id = "msg_" + std::to_string(random() % 60),
          .model = random() % 9 == 0 ? "mine" : "claude-sonnet-4-6",
          .output = static_cast<unsigned>(random() % 5'000),
          .session = "s" + std::to_string(random() % 4),
          .time = random() % 10 == 0
                      ? ""
                      : to_rfc3339(Timestamp(std::chrono::seconds(static_cast<long>(seconds))))};
      if (random() % 5 == 0) response.extra = R"(,"isSidechain":true,"isAbortedMidStream":true)";
      tree.add("p/s" + std::to_string(random() % 4) + ".jsonl", {line_of(response)});
    }
    auto store = Store::open(path);
    REQUIRE(store);
    update(*store, tree);
    if (round % 3 == 2) {
      REQUIRE(store->reprice(with_price("mine", std::to_string(round)), false));
    }
    for (const char* const name : {"UTC", "America/St_Johns", "Asia/Kathmandu"}) {
      const Zone zone = Zone::open(name).value();
      CHECK(groups_of(*store, true, zone) == groups_of(*store, false, zone));
      CHECK(zone.has_full_quarters());
    }
  }
}

TEST_CASE("a zone with days that begin within a quarter of an hour is noticed", "[ledger]") {
  const char* const before = std::getenv("TZ");
  const std::string kept = before == nullptr ? "UTC0" : before;
  setenv("TZ", "ODD-1:07", 1);
  const Zone zone = Zone::open("").value();
  CHECK(zone.day(1'790'000'000'000'000'000) == 20'717);
  CHECK_FALSE(zone.has_full_quarters());
  setenv("TZ", kept.c_str(), 1);
  tzset();
}

TEST_CASE("the slices of a ledger of the first version are built when it is opened", "[ledger]") {
  const TempDir dir;
  const std::string path = (dir.path() / "ledger.db").string();
  Tree tree;
  for (int i = 0; i < 30; ++i)
    tree.add(kFile, {line_of({.id = "msg_" + std::to_string(i), .output = 7U + static_cast<unsigned>(i)})});
  {
    auto store = Store::open(path);
    REQUIRE(store);
    update(*store, tree);
  }
  run_sql(path, "DROP TABLE slices; PRAGMA user_version=1");
  const Zone zone = Zone::open("UTC").value();
  for (int i = 0; i < 2; ++i) {
    auto store = Store::open(path);
    REQUIRE(store);
    CHECK(groups_of(*store, true, zone) == groups_of(*store, false, zone));
  }
}

TEST_CASE("the store keeps every part of an entry", "[ledger]") {
  const TempDir dir;
  Tree tree;
  Response response{
      .model = "claude-opus-4-8", .input = 23'000, .output = 1'000, .write_5m = 3, .write_1h = 4, .read = 5};
  response.usage_extra =
      R"(,"speed":"fast","service_tier":"priority","server_tool_use":{"web_search_requests":2},)"
      R"("iterations":[{"type":"advisor_message","model":"claude-opus-5","input_tokens":7}])";
  response.extra =
      R"(,"requestSessionId":"s0","isAbortedMidStream":true,"agentId":"a1","attributionAgent":"Explore","isSidechain":true,"apiBlockIndex":3)";
  tree.add(kFile,
           {line_of(response),
            line_of({.id = "", .model = "unknown", .output = 1, .time = "", .extra = R"(,"uuid":"u")"}),
            line_of({.id = "", .output = 1})});
  auto store = Store::open((dir.path() / "state/atm/ledger.db").string());
  REQUIRE(store);
  update(*store, tree);
  CHECK(dump(*store) == dump_of(tree));
  struct stat status {};
  REQUIRE(stat((dir.path() / "state/atm/ledger.db").c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
  Names names;
  Entry entry;
  CHECK(store->find(names, "msg_01", entry).value());
  CHECK(names.text(entry.owner) == "s0");
  CHECK_FALSE(store->find(names, "msg_02", entry).value());
}

TEST_CASE("COST-M17 reading twice is reading once", "[ledger]") {
  const TempDir dir;
  const std::string path = (dir.path() / "ledger.db").string();
  Tree tree;
  tree.add(kFile, {line_of({.id = "msg_1", .output = 1}), line_of({.id = "msg_2", .output = 100})});
  for (int i = 0; i < 2; ++i) {
    auto store = Store::open(path);
    REQUIRE(store);
    update(*store, tree);
    CHECK(dump(*store) == dump_of(tree));
  }
  // A second reader that knows no file states commits everything again.
  auto store = Store::open(path);
  REQUIRE(store);
  Read again(tree);
  REQUIRE(store->commit(again.ledger, {}, PriceTable::built_in()));
  CHECK(dump(*store) == dump_of(tree));
}

TEST_CASE("COST-M18 a reader that was killed continues where it stopped", "[ledger]") {
  const TempDir dir;
  const std::string path = (dir.path() / "ledger.db").string();
  Tree tree;
  for (int file = 0; file < 4; ++file) {
    for (int i = 0; i < 200; ++i)
      tree.add("p/s" + std::to_string(file) + ".jsonl",
               {line_of({.id = "msg_" + std::to_string(i + file * 150),
                         .output = 100,
                         .session = "s" + std::to_string(file)})});
  }
  const std::string expected = dump_of(tree);
  std::mt19937 random(17);
  for (int round = 0; round < 20; ++round) {
    std::filesystem::remove(path);
    std::filesystem::remove(path + "-wal");
    std::filesystem::remove(path + "-shm");
    int pipe_ends[2];
    REQUIRE(pipe(pipe_ends) == 0);
    const pid_t child = fork();
    if (child == 0) {
      // One commit for each file; the parent ends the process at one of these moments or soon after.
      const auto moment = [&] { return write(pipe_ends[1], "x", 1) == 1; };
      auto store = Store::open(path);
      if (!store) _exit(1);
      Ledger ledger;
      FileReader reader(ledger);
      for (const FoundFile& file : find_transcripts({tree.config()}).files) {
        FileState state;
        std::string problem;
        if (!moment() || !reader.read(file, state, problem) || !moment() ||
            !store->commit(ledger, {{file.path, state}}, PriceTable::built_in()))
          _exit(1);
      }
      _exit(0);
    }
    REQUIRE(child > 0);
    close(pipe_ends[1]);
    char byte = 0;
    for (std::size_t moments = random() % 9; moments > 0 && read(pipe_ends[0], &byte, 1) == 1;) --moments;
    kill(child, SIGKILL);
    close(pipe_ends[0]);
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    auto store = Store::open(path);
    REQUIRE(store);
    update(*store, tree);
    CHECK(dump(*store) == expected);
  }
}

TEST_CASE("COST-M18 incremental reading gives the bytes of a full read", "[ledger]") {
  std::mt19937 random(4);
  for (int round = 0; round < 10; ++round) {
    Tree whole;
    std::map<std::string, std::string> files;
    for (int i = 0; i < 30; ++i) {
      const std::string name = "p/s" + std::to_string(random() % 3) + ".jsonl";
      const Response response{.id = "msg_" + std::to_string(random() % 12),
                              .output = static_cast<unsigned>(random() % 500),
                              .session = "s" + std::to_string(random() % 3)};
      files[name] += line_of(response) + (random() % 5 == 0 ? "\r\n" : "\n");
    }
    for (const auto& [name, text] : files) whole.bytes(name, text);
    Tree grown;
    auto store = Store::open("");
    REQUIRE(store);
    std::map<std::string, std::size_t> at;
    for (bool is_complete = false; !is_complete;) {
      is_complete = true;
      for (const auto& [name, text] : files) {
        const std::size_t step = std::min<std::size_t>(random() % 2'000, text.size() - at[name]);
        if (step > 0) grown.bytes(name, text.substr(at[name], step));
        at[name] += step;
        is_complete = is_complete && at[name] == text.size();
      }
      update(*store, grown);
    }
    std::string expected = dump_of(whole);
    for (std::size_t i = 0; (i = expected.find(whole.config(), i)) != std::string::npos;)
      expected.replace(i, whole.config().size(), grown.config());
    CHECK(dump(*store) == expected);
  }
}

TEST_CASE("COST-U31 entries outlive deleted transcripts", "[ledger]") {
  const TempDir dir;
  Tree tree;
  tree.add(kFile, {line_of({.output = 100})});
  auto store = Store::open((dir.path() / "ledger.db").string());
  REQUIRE(store);
  update(*store, tree);
  const std::string before = dump(*store);
  std::filesystem::remove(tree.projects() / kFile);
  update(*store, tree);
  CHECK(dump(*store) == before);
}

TEST_CASE("COST-P9 new prices change no stored entry until reprice", "[ledger]") {
  Tree tree;
  tree.add(kFile, {line_of({.id = "msg_1", .model = "mine", .input = 1'000'000}),
                   line_of({.id = "msg_2", .input = 1'000'000})});
  auto store = Store::open("");
  REQUIRE(store);
  update(*store, tree, with_price("mine", "1"));
  const std::string before = dump(*store);
  const PriceTable dearer = with_price("mine", "2");
  // A new copy of the response does not change its price, and a changed response gets the present one.
  tree.add("-home-dev-proj/s2.jsonl", {line_of({.id = "msg_1", .model = "mine", .input = 1'000'000})});
  update(*store, tree, dearer);
  CHECK(contains(dump(*store), "\t1000000000000\tuser:mine@2026-01-01"));
  const auto dry = store->reprice(dearer, true);
  REQUIRE(dry);
  CHECK(dry->entries == 1);
  CHECK(dry->before == Pico{4'000'000'000'000});
  CHECK(dry->after == Pico{5'000'000'000'000});
  CHECK(contains(dump(*store), "\t1000000000000\tuser:mine@2026-01-01"));
  REQUIRE(store->reprice(dearer, false));
  CHECK(contains(dump(*store), "\t2000000000000\tuser:mine@2026-01-01"));
  CHECK(store->reprice(dearer, true)->entries == 0);
}

TEST_CASE("a database that is no ledger is refused and kept", "[ledger]") {
  const TempDir dir;
  const auto damaged = dir.file("ledger.db", std::string(8192, 'x'));
  const auto store = Store::open(damaged.string());
  REQUIRE_FALSE(store);
  CHECK(contains(store.error().message, damaged.string()));
  CHECK(std::filesystem::file_size(damaged) == 8192);
  std::filesystem::create_directory(dir.path() / "d.db");
  CHECK_FALSE(Store::open((dir.path() / "d.db").string()));
  CHECK_FALSE(Store::open((dir.path() / "ledger.db/below/ledger.db").string()));
}

TEST_CASE("several writers end at the ledger of one", "[ledger]") {
  const TempDir dir;
  const std::string path = (dir.path() / "ledger.db").string();
  Tree tree;
  for (int i = 0; i < 100; ++i)
    tree.add("p/s" + std::to_string(i % 5) + ".jsonl",
             {line_of({.id = "msg_" + std::to_string(i), .output = 1, .session = std::to_string(i % 7)})});
  std::vector<pid_t> children;
  for (int writer = 0; writer < 3; ++writer) {
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      auto store = Store::open(path);
      if (!store) _exit(1);
      for (int i = 0; i < 5; ++i) {
        Read read(tree);
        if (!store->commit(read.ledger, read.states, PriceTable::built_in())) _exit(1);
      }
      _exit(0);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK(status == 0);
  }
  auto store = Store::open(path);
  REQUIRE(store);
  CHECK(dump(*store) == dump_of(tree));
}
