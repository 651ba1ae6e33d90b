// SPDX-License-Identifier: MIT
// The laws of docs/specs/cost.md as properties of random trees. A tree is written twice, as it is and changed in a way
// that must not change the ledger; 10,000 such pairs take some seconds. RC_PARAMS=max_success=N sets another number.
#include <fcntl.h>
#include <rapidcheck.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "ledger/random_trees_test_support.hpp"
#include "support/catch.hpp"

using namespace atm;
using namespace atm::ledger;
using namespace atm::test;

namespace {

const Zone& utc() {
  static const Zone zone = Zone::open("UTC").value();
  return zone;
}

// What every law preserves: the total, the days and the models.
struct Facts {
  Sum total;
  Groups days;
  Groups models;
  friend bool operator==(const Facts&, const Facts&) = default;
};
Facts facts_of(const Ledger& ledger) {
  Facts facts;
  facts.days = sums(ledger, {Dimension::kDay}, {}, utc());
  facts.models = sums(ledger, {Dimension::kModel}, {}, utc());
  for (const auto& [key, sum] : facts.models) facts.total += sum;
  return facts;
}
Facts facts_of(const Tree& tree) {
  return facts_of(Read(tree).ledger);
}

Lines& shuffle(Lines& lines, Random& random) {
  std::shuffle(lines.begin(), lines.end(), random);
  return lines;
}

// A changed tree with the same facts. The name is the law.
struct Variant {
  const char* law;
  std::function<std::unique_ptr<Tree>(const World&, Random&)> make;
};

const std::vector<Variant>& variants() {
  static const std::vector<Variant> all{
      {"COST-M4 a copy or link of a file",
       [](const World& world, Random& random) {
         auto tree = tree_of(world.files);
         const std::string file = some_file(world, random);
         const auto path = tree->projects() / file;
         switch (random() % 3) {
           case 0:
             tree->bytes("-elsewhere/copy.jsonl", bytes_of(world.files.at(file)));
             break;
           case 1:
             std::filesystem::create_hard_link(path, path.parent_path() / "hard.jsonl");
             break;
           default:
             std::filesystem::create_symlink(path, path.parent_path() / "soft.jsonl");
         }
         return tree;
       }},
      {"COST-M5 a split file",
       [](const World& world, Random& random) {
         Files files = world.files;
         const std::string file = some_file(world, random);
         Lines& lines = files[file];
         const auto cut = lines.begin() + static_cast<std::ptrdiff_t>(random() % (lines.size() + 1));
         files["-home-dev-p0/rest.jsonl"] = Lines(cut, lines.end());
         lines.erase(cut, lines.end());
         return tree_of(files);
       }},
      {"COST-M6 concatenated files",
       [](const World& world, Random&) {
         Files files;
         for (const auto& [file, lines] : world.files) {
           Lines& one = files["-one/all.jsonl"];
           one.insert(one.end(), lines.begin(), lines.end());
         }
         return tree_of(files);
       }},
      {"COST-M7 shuffled lines",
       [](const World& world, Random& random) {
         Files files = world.files;
         for (auto& [file, lines] : files) shuffle(lines, random);
         return tree_of(files);
       }},
      {"COST-M8 moved and renamed files",
       [](const World& world, Random& random) {
         Files files;
         for (const auto& [file, lines] : world.files)
           files["-moved/deep/" + std::to_string(random()) + ".jsonl"] = lines;
         return tree_of(files);
       }},
      {"COST-M9 other times of files",
       [](const World& world, Random& random) {
         auto tree = tree_of(world.files);
         for (const auto& [file, lines] : world.files) {
           const timespec time{static_cast<time_t>(random()), 0};
           const timespec times[2] = {time, time};
           RC_ASSERT(utimensat(AT_FDCWD, (tree->projects() / file).c_str(), times, 0) == 0);
         }
         return tree;
       }},
      {"COST-M10 other spelling",
       [](const World& world, Random& random) {
         Files files;
         for (const auto& [file, record] : world.records)
           files[file].push_back(
               written(record, {chance(random, 50), chance(random, 50), chance(random, 50)}, random));
         return tree_of(files);
       }},
      {"COST-M11 other line ends",
       [](const World& world, Random& random) {
         auto tree = std::make_unique<Tree>();
         for (const auto& [file, lines] : world.files) {
           const std::string end =
               one_of<std::string>(random, {"\r\n", "\n\n", std::string(3, '\0') + "\n", " \n"});
           tree->bytes(file, (chance(random, 50) ? "\xEF\xBB\xBF" : "") + bytes_of(lines, end));
         }
         return tree;
       }},
      {"COST-M12 foreign lines",
       [](const World& world, Random& random) {
         Files files = world.files;
         for (auto& [file, lines] : files) {
           for (int i = 0; i < 3; ++i)
             lines.insert(
                 lines.begin() + static_cast<std::ptrdiff_t>(random() % (lines.size() + 1)),
                 one_of<std::string>(
                     random, {"", "{}", "null", "usage", R"({"type":"new","usage":{"output_tokens":9}})",
                              R"({"type":"assistant","message":{"content":"usage"}})",
                              R"({"type":"user","message":{"content":[{"usage":{"output_tokens":1}}]}})",
                              R"({"type":"assistant","message":{"usage":)", std::string(64, '\0')}));
         }
         return tree_of(files);
       }},
      {"COST-M13 a torn line at the end",
       [](const World& world, Random& random) {
         auto tree = tree_of(world.files);
         const std::string file = some_file(world, random);
         const std::string& line = one_of(random, world.files.at(some_file(world, random)));
         tree->bytes(file, line.substr(0, 1 + random() % (line.size() - 1)));
         return tree;
       }},
      {"COST-M14 an earlier state of a response",
       [](const World& world, Random& random) {
         Files files = world.files;
         for (const auto& [file, record] : world.records) {
           Json early = record;
           Json* const usage = member(*member(early, "message"), "usage");
           Json* const output = member(*usage, "output_tokens");
           if (output->raw.front() == '"' || output->raw == "1" ||
               member(*member(early, "message"), "model")->raw == "\"<synthetic>\"")
             continue;
           *output = number(random() % 2);
           Lines& lines = files[some_file(world, random)];
           lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(random() % (lines.size() + 1)),
                        written(early, {}, random));
         }
         return tree_of(files);
       }},
      {"COST-M15 a fork that copies a prefix",
       [](const World& world, Random& random) {
         Files files = world.files;
         const std::string file = some_file(world, random);
         const bool is_marked = chance(random, 50);
         Lines& fork = files["-home-dev-p0/fork.jsonl"];
         for (const auto& [source, record] : world.records) {
           if (source != file || chance(random, 20)) break;
           Json copy = record;
           if (is_marked) copy.members.push_back({"requestSessionId", *member(copy, "sessionId")});
           *member(copy, "sessionId") = text("fork");
           fork.push_back(written(copy, {}, random));
         }
         return tree_of(files);
       }},
      {"COST-M17 the tree twice", [](const World& world, Random&) {
         Files files = world.files;
         for (const auto& [file, lines] : world.files) files["-twice/" + file] = lines;
         return tree_of(files);
       }}};
  return all;
}

// A seed gives the same world again: the counterexample names it.
Random random_of(std::uint32_t seed) {
  return Random(seed);
}

const std::vector<std::string> kZones{"UTC", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe",
                                      "Pacific/Apia"};

}  // namespace

TEST_CASE("COST-M4 to COST-M17 a changed tree has the same total, days and models", "[ledger][laws]") {
  static_cast<void>(utc());
  CHECK(rc::check("variants", [](std::uint32_t seed) {
    Random random = random_of(seed);
    const World world = make_world(random);
    const Variant& variant = one_of(random, variants());
    RC_TAG(std::string(variant.law));
    const Facts before = facts_of(*tree_of(world.files));
    const Facts after = facts_of(*variant.make(world, random));
    if (!(before == after))
      RC_LOG() << variant.law << " " << exact_dollars(before.total.amount) << " "
               << exact_dollars(after.total.amount);
    RC_ASSERT(before == after);
  }));
}

TEST_CASE("COST-M1 COST-M2 the parts add up to the total in every view and zone", "[ledger][laws]") {
  std::vector<Zone> zones;
  CHECK(rc::check("partition", [](std::uint32_t seed) {
    Random random = random_of(seed);
    const Read read(*tree_of(make_world(random).files));
    const Sum total = read.total();
    const Zone zone = Zone::open(one_of(random, kZones)).value();
    for (std::size_t i = 0; i < kDimensionNames.size(); ++i) {
      for (const auto& by : {std::vector{static_cast<Dimension>(i)},
                             std::vector{static_cast<Dimension>(i),
                                         static_cast<Dimension>(random() % kDimensionNames.size())}}) {
        Sum parts;
        for (const auto& [key, sum] : sums(read.ledger, by, {}, zone)) parts += sum;
        RC_ASSERT(parts == total);
      }
    }
  }));
  static_cast<void>(Zone::open("UTC"));
}

TEST_CASE("COST-M3 a tree without responses is zero and not unpriced", "[ledger][laws]") {
  Tree tree;
  CHECK(Read(tree).total() == Sum{});
  tree.add("p/s.jsonl", {R"({"type":"user","message":{"content":"usage"}})"});
  CHECK(Read(tree).total() == Sum{});
}

TEST_CASE("COST-M16 COST-M22 disjoint trees add up, and nothing becomes less", "[ledger][laws]") {
  CHECK(rc::check("union", [](std::uint32_t seed) {
    Random random = random_of(seed);
    const World one = make_world(random, "a");
    const World two = make_world(random, "b");
    Files both = one.files;
    both.insert(two.files.begin(), two.files.end());
    const Sum first = Read(*tree_of(one.files)).total();
    Sum sum = first;
    sum += Read(*tree_of(two.files)).total();
    const Sum together = Read(*tree_of(both)).total();
    RC_ASSERT(together == sum);
    RC_ASSERT(together.amount >= first.amount && together.responses >= first.responses &&
              together.unpriced_responses >= first.unpriced_responses);
  }));
}

TEST_CASE("COST-M18 COST-M19 a tree that grows and shrinks ends at the ledger of a full read",
          "[ledger][laws]") {
  CHECK(rc::check("growth", [](std::uint32_t seed) {
    Random random = random_of(seed);
    const World world = make_world(random);
    Tree tree;
    Read read;
    std::map<std::string, std::size_t> at;
    for (bool is_complete = false; !is_complete;) {
      is_complete = true;
      for (const auto& [file, lines] : world.files) {
        const std::string all = bytes_of(lines);
        std::size_t& from = at[file];
        const std::size_t step = std::min<std::size_t>(random() % 1'200, all.size() - from);
        if (step > 0) tree.bytes(file, all.substr(from, step));
        from += step;
        is_complete = is_complete && from == all.size();
      }
      read.update({tree.config()}, PriceTable::built_in());
    }
    const std::string expected = Read(tree).ledger.dump();
    RC_ASSERT(read.ledger.dump() == expected);
    // Shrinking changes nothing, nor does growing again.
    const std::string file = some_file(world, random);
    const std::string all = bytes_of(world.files.at(file));
    std::filesystem::resize_file(tree.projects() / file, random() % all.size());
    read.update({tree.config()}, PriceTable::built_in());
    RC_ASSERT(read.ledger.dump() == expected);
    std::filesystem::remove(tree.projects() / file);
    tree.bytes(file, all);
    read.update({tree.config()}, PriceTable::built_in());
    RC_ASSERT(read.ledger.dump() == expected);
  }));
}

TEST_CASE("COST-M20 the order of reading has no influence", "[ledger][laws]") {
  CHECK(rc::check("order", [](std::uint32_t seed) {
    Random random = random_of(seed);
    const auto tree = tree_of(make_world(random).files);
    const std::string expected = Read(*tree).ledger.dump();
    auto found = find_transcripts({tree->config()}).files;
    std::shuffle(found.begin(), found.end(), random);
    // Two readers, then one merges the entries of the other: as two processes do.
    Ledger ledgers[2];
    for (const FoundFile& file : found) {
      FileState state;
      std::string problem;
      RC_ASSERT(FileReader(ledgers[random() % 2]).read(file, state, problem));
    }
    Ledger both;
    std::string bytes;
    for (Ledger& ledger : ledgers) {
      for (const auto& [key, entry] : ledger.entries()) {
        Entry copy = entry;
        const auto name = [&](Name& value) { value = both.names().add(ledger.text(value)); };
        for (Name* value :
             {&copy.owner, &copy.session, &copy.origin.program, &copy.origin.project, &copy.origin.worktree,
              &copy.origin.branch, &copy.origin.subagent, &copy.origin.subagent_type, &copy.tool_server})
          name(*value);
        for (Line& line : copy.lines) name(line.model);
        for (Place& place : copy.places) name(place.file);
        both.merge(key, copy);
      }
    }
    both.price(PriceTable::built_in());
    RC_ASSERT(both.dump() == expected);
  }));
}

TEST_CASE("COST-M21 twice the tokens cost twice as much without tiers", "[ledger][laws]") {
  CHECK(rc::check("linearity", [](std::uint32_t seed) {
    Random random = random_of(seed);
    const PriceTable& prices = PriceTable::built_in();
    auto model = prices.models().begin();
    std::advance(model, static_cast<std::ptrdiff_t>(random() % prices.models().size()));
    const PriceRow& row = one_of(random, model->second);
    RC_PRE(row.tiers.empty());
    Usage usage;
    for (std::uint32_t& count : usage.tokens) count = static_cast<std::uint32_t>(random() % 1'000'000'000);
    Usage twice = usage;
    for (std::uint32_t& count : twice.tokens) count *= 2;
    const auto conditions = static_cast<Conditions>(random() % 16);
    const Quote one = quote_row(row, chance(random, 50), usage, conditions);
    const Quote two =
        quote_row(row,
                  !one.factors.empty() &&
                      std::any_of(one.factors.begin(), one.factors.end(),
                                  [](const auto& factor) { return factor.first == "regional endpoint"; }),
                  twice, conditions);
    RC_ASSERT(one.unpriced == two.unpriced);
    RC_ASSERT(two.amount == one.amount * 2);
  }));
}

TEST_CASE("COST-M23 a new row changes only the entries that it applies to", "[ledger][laws]") {
  CHECK(rc::check("prices", [](std::uint32_t seed) {
    Random random = random_of(seed);
    const auto tree = tree_of(make_world(random).files);
    const Day from = 20'500 + static_cast<Day>(random() % 200);
    const std::string model = one_of<std::string>(random, {"claude-opus-4-9", "claude-sonnet-4-6"});
    PriceTable more = PriceTable::built_in();
    more.add_overrides(
        PriceTable::parse(
            R"({"schema":"atm.prices/1","rows":[{"model":")" + model + R"(","from":")" + day_text(from) +
                R"(","usd_per_million":{"input":"9","output":"9","cache_write_5m":"9","cache_write_1h":"9","cache_read":"9"},"fast":{"input":"9","output":"9","cache_write_5m":"9","cache_write_1h":"9","cache_read":"9"},"batch_factor":"0.5","web_search_usd":"0.01"}]})",
            "new.json", true)
            .value());
    const Read before(*tree);
    const Read after(*tree, more);
    for (const auto& [key, entry] : before.ledger.entries()) {
      const Entry& other = after.ledger.entries().at(key);
      for (std::size_t i = 0; i < entry.lines.size(); ++i) {
        const bool is_model = before.ledger.text(entry.lines[i].model) == model;
        const bool is_before = entry.time != kUndated && entry.time < std::int64_t{from} * 86'400'000'000'000;
        const bool was_unknown = PriceTable::built_in().find(model, from) == nullptr;
        if (is_model && (was_unknown || !is_before)) {
          RC_ASSERT(other.lines[i].unpriced == Unpriced::kNo);
        } else {
          RC_ASSERT(entry.lines[i].amount == other.lines[i].amount &&
                    entry.lines[i].unpriced == other.lines[i].unpriced);
        }
      }
    }
  }));
}

TEST_CASE("COST-M24 the shown lineage gives the amount", "[ledger][laws]") {
  CHECK(rc::check("lineage", [](std::uint32_t seed) {
    Random random = random_of(seed);
    const Read read(*tree_of(make_world(random).files));
    for (const auto& [key, entry] : read.ledger.entries()) {
      for (const Line& line : entry.lines) {
        const auto quote = parse_quote(read.ledger.text(line.quote));
        RC_ASSERT(quote.has_value() == (line.unpriced == Unpriced::kNo));
        if (quote) RC_ASSERT(amount_of(*quote, line.usage) == line.amount);
      }
    }
  }));
}
