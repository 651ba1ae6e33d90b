// SPDX-License-Identifier: MIT
// The laws of docs/specs/cost.md for the files of Codex and of agents with a manifest. A generator writes random files
// together with the sums that they contain; each law changes the files in a way that must not change the ledger.
#include <fcntl.h>
#include <rapidcheck.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <atm/domain/timestamp.hpp>
#include <chrono>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "ledger/codex.hpp"
#include "ledger/random_trees_test_support.hpp"
#include "ledger/usage_table.hpp"
#include "support/catch.hpp"

namespace atm::test::agent_laws {

using namespace atm::ledger;

namespace {

using Records = std::vector<Json>;

struct AgentWorld {
  std::map<std::string, Records> files;  // by path below the directory
  std::uint64_t responses = 0;           // the truth
  std::array<std::uint64_t, kTokenKinds> tokens{};
};

// An agent whose files the ledger reads.
struct Agent {
  const char* name;
  std::function<AgentWorld(Random&, const std::string& prefix)> make_world;
  std::function<UsageSource(const std::string& directory)> source;
  std::function<std::string(const std::string& file, Random&)> moved;  // another path of the same file
  bool has_order;  // the lines of a file depend on those before
};

Json object_of(std::vector<Member> members) {
  return {"", std::move(members), true};
}

std::string time_of(std::uint64_t seconds) {
  return to_rfc3339(Timestamp(std::chrono::seconds(static_cast<std::int64_t>(1'780'000'000 + seconds))));
}

// Codex: threads with records, with counts only, or first with counts and then with both; children that copy the counts
// of their parent at the old or at new times, or copy nothing.

struct Counts {
  std::uint64_t input = 0;
  std::uint64_t cached = 0;
  std::uint64_t output = 0;

  Counts& operator+=(const Counts& other) {
    input += other.input;
    cached += other.cached;
    output += other.output;
    return *this;
  }
  [[nodiscard]] Json json() const {
    return object_of({{"input_tokens", number(input)},
                      {"cached_input_tokens", number(cached)},
                      {"output_tokens", number(output)},
                      {"total_tokens", number(input + output)}});
  }
};

Json rollout_line(const char* type, std::uint64_t seconds, Json payload) {
  return object_of(
      {{"timestamp", text(time_of(seconds))}, {"type", text(type)}, {"payload", std::move(payload)}});
}
Json count_line(std::uint64_t seconds, const Counts& total, const Counts& last) {
  return rollout_line(
      "event_msg", seconds,
      object_of(
          {{"type", text("token_count")},
           {"info", object_of({{"total_token_usage", total.json()}, {"last_token_usage", last.json()}})}}));
}

struct Thread {
  std::string id;
  std::uint64_t begun = 0;
  std::vector<std::pair<Counts, Counts>> counts;  // total and last of each count line
  Counts total;
  Records lines;
};

void add_responses(Thread& thread, AgentWorld& world, std::uint64_t& clock, Random& random) {
  const std::size_t begin_of_records = random() % 5;
  const std::size_t responses = 1 + random() % 4;
  for (std::size_t i = 0; i < responses; ++i) {
    if (i == 0 || chance(random, 20))
      thread.lines.push_back(rollout_line(
          "turn_context", clock,
          object_of(
              {{"model", text(one_of<std::string>(random, {"gpt-6-sol", "gpt-5.4", "gpt-unknown"}))}})));
    Counts last{1 + random() % 300'000, 0, random() % 3'000};
    last.cached = random() % (last.input + 1);
    thread.total += last;
    ++world.responses;
    world.tokens[static_cast<std::size_t>(TokenKind::kInput)] += last.input - last.cached;
    world.tokens[static_cast<std::size_t>(TokenKind::kOutput)] += last.output;
    world.tokens[static_cast<std::size_t>(TokenKind::kCacheRead)] += last.cached;
    clock += 1 + random() % 100'000;
    if (i >= begin_of_records)
      thread.lines.push_back(rollout_line("token_usage_record", clock,
                                          object_of({{"response_id", text("resp_" + std::to_string(clock))},
                                                     {"usage", last.json()},
                                                     {"thread_token_usage", thread.total.json()}})));
    for (std::size_t repeated = 1 + random() % 2; repeated > 0; --repeated)
      thread.lines.push_back(count_line(clock, thread.total, last));
    thread.counts.emplace_back(thread.total, last);
    if (chance(random, 20))
      thread.lines.push_back(
          {R"({"type":"event_msg","payload":{"type":"token_count","info":null}})", {}, false});
  }
}

AgentWorld codex_world(Random& random, const std::string& prefix) {
  AgentWorld world;
  std::uint64_t clock = 1 + random() % 1'000'000 + (prefix.empty() ? 0 : 500'000'000);
  std::vector<Thread> threads;
  const std::size_t count = 1 + random() % 3;
  for (std::size_t i = 0; i < count; ++i) {
    Thread thread;
    thread.id = prefix + "thread" + std::to_string(i);
    thread.begun = clock += 1 + random() % 1'000;
    std::vector<Member> meta{
        {"id", text(thread.id)}, {"timestamp", text(time_of(thread.begun))}, {"cwd", text("/home/dev/p")}};
    const bool is_child = i > 0 && chance(random, 60);
    if (is_child)
      meta.push_back({chance(random, 50) ? "forked_from_id" : "parent_thread_id", text(threads.front().id)});
    thread.lines.push_back(rollout_line("session_meta", thread.begun, object_of(std::move(meta))));
    if (is_child && chance(random, 70)) {
      // The history of the parent, without its records.
      const bool has_old_times = chance(random, 50);
      for (const Json& line : threads.front().lines) {
        Json copy = line;
        const Json* const type = member(copy, "type");
        if (type == nullptr || type->raw == "\"session_meta\"" || type->raw == "\"token_usage_record\"")
          continue;
        if (!has_old_times) *member(copy, "timestamp") = text(time_of(thread.begun));
        thread.lines.push_back(std::move(copy));
      }
      thread.counts = threads.front().counts;
      thread.total = threads.front().total;
    }
    add_responses(thread, world, clock, random);
    world.files["2026/10/20/rollout-2026-10-20T09-00-00-" + thread.id + ".jsonl"] = thread.lines;
    threads.push_back(std::move(thread));
  }
  return world;
}

UsageSource codex_source(const std::string& directory) {
  return {{directory},
          [](std::string_view below) { return below.find("rollout-") != below.npos; },
          [directory] { return std::make_unique<CodexReader>(std::vector{directory}); }};
}

// An agent with a manifest. Each response has an id and may be written again with a greater output.

AgentWorld manifest_world(Random& random, const std::string& prefix) {
  AgentWorld world;
  const std::size_t responses = 1 + random() % 8;
  for (std::size_t i = 0; i < responses; ++i) {
    const std::string session = prefix + "s" + std::to_string(random() % 3);
    Records& lines = world.files["p" + std::to_string(session.back() % 2) + "/" + session + ".jsonl"];
    if (lines.empty()) lines.push_back(object_of({{"session", text(session)}, {"cwd", text("/home/dev/p")}}));
    const std::uint64_t input = random() % 200'000;
    const std::uint64_t cached = random() % (input + 1);
    const std::uint64_t tool = random() % 100;
    const std::uint64_t output = 1 + random() % 3'000;
    const std::size_t states = 1 + random() % 2;
    const std::string time = time_of(random() % 20'000'000);
    for (std::size_t state = 1; state <= states; ++state)
      lines.push_back(object_of({{"type", text("answer")},
                                 {"id", text(prefix + std::to_string(i))},
                                 {"time", text(time)},
                                 {"model", text(i % 3 == 0 ? "gpt-5.4" : "gemini-3-pro")},
                                 {"tokens", object_of({{"usage", number(input)},
                                                       {"tool", number(tool)},
                                                       {"out", number(state == states ? output : 0)},
                                                       {"cached", number(cached)}})}}));
    ++world.responses;
    world.tokens[static_cast<std::size_t>(TokenKind::kInput)] += input - cached + tool;
    world.tokens[static_cast<std::size_t>(TokenKind::kOutput)] += output;
    world.tokens[static_cast<std::size_t>(TokenKind::kCacheRead)] += cached;
  }
  return world;
}

UsageSource manifest_source(const std::string& directory) {
  static const UsageTable table = *UsageTable::of_manifest("demo", R"({"usage":{"directory":"~/.demo",
    "files":["{project}/*.jsonl"],"when":{"/type":"answer","/tokens":"*"},"id":["/id"],
    "take":{"time":"/time","model":"/model"},
    "header":{"when":{"/session":"*"},"take":{"session":"/session","cwd":"/cwd"}},
    "tokens":{"input":["/tokens/usage","/tokens/tool","-/tokens/cached"],"output":["/tokens/out"],
              "cache_read":["/tokens/cached"]}}})");
  return {{directory},
          [](std::string_view below) { return match_path(table.files.front(), below).has_value(); },
          [] { return std::make_unique<ManifestReader>(table); }};
}

const std::vector<Agent>& agents() {
  static const std::vector<Agent> all{
      {"codex", codex_world, codex_source,
       [](const std::string& file, Random& random) {
         return std::to_string(random() % 100) + "/rollout-2026-10-21T09-00-00-" +
                file.substr(file.rfind('-', file.size() - 7) + 1);
       },
       true},
      {"manifest", manifest_world, manifest_source,
       [](const std::string&, Random& random) {
         return "moved" + std::to_string(random() % 100) + "/" + std::to_string(random()) + ".jsonl";
       },
       false}};
  return all;
}

// Files in a directory of their own.
class AgentTree final {
 public:
  void bytes(const std::string& file, const std::string& text) const {
    const auto path = directory() / file;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary | std::ios::app) << text;
  }
  [[nodiscard]] std::filesystem::path directory() const { return dir_.path() / "files"; }

 private:
  TempDir dir_;
};

using Texts = std::map<std::string, Lines>;

Texts texts_of(const AgentWorld& world, Random& random, const Spelling& spelling = {}) {
  Texts texts;
  for (const auto& [file, records] : world.files) {
    for (const Json& record : records) texts[file].push_back(written(record, spelling, random));
  }
  return texts;
}

std::unique_ptr<AgentTree> agent_tree(const Texts& texts, const std::string& end = "\n") {
  auto tree = std::make_unique<AgentTree>();
  for (const auto& [file, lines] : texts) tree->bytes(file, bytes_of(lines, end));
  return tree;
}

// Reads what is new, as a new process does.
void update(Read& read, const Agent& agent, const AgentTree& tree, Random* order = nullptr) {
  const std::vector<UsageSource> sources{agent.source(tree.directory().string())};
  FoundFiles found;
  find_files(sources, found);
  if (order != nullptr) std::shuffle(found.files.begin(), found.files.end(), *order);
  FileReader reader(read.ledger);
  for (const FoundFile& file : found.files) {
    std::string problem;
    RC_ASSERT(reader.read(file, read.states[file.path], problem));
  }
  read.ledger.price(PriceTable::built_in());
}

struct Facts {
  Sum total;
  Groups days;
  Groups models;
  friend bool operator==(const Facts&, const Facts&) = default;
};
Facts facts_of(const Read& read) {
  static const Zone utc = Zone::open("UTC").value();
  Facts facts{read.total(), sums(read.ledger, {Dimension::kDay}, {}, utc),
              sums(read.ledger, {Dimension::kModel}, {}, utc)};
  return facts;
}
Facts facts_of(const Agent& agent, const AgentTree& tree) {
  Read read;
  update(read, agent, tree);
  return facts_of(read);
}

std::string dump_of(const Read& read, const AgentTree& tree) {
  std::string text = read.ledger.dump();
  const std::string directory = tree.directory().string();
  for (std::size_t at = 0; (at = text.find(directory)) != text.npos;) text.erase(at, directory.size());
  return text;
}

const std::string& some_file(const Texts& texts, Random& random) {
  auto at = texts.begin();
  std::advance(at, static_cast<std::ptrdiff_t>(random() % texts.size()));
  return at->first;
}

struct Variant {
  const char* law;
  bool needs_no_order;
  std::function<std::unique_ptr<AgentTree>(const Agent&, const AgentWorld&, Random&)> make;
};

const std::vector<Variant>& variants() {
  static const std::vector<Variant> all{
      {"COST-M4 a copy or link of a file", false,
       [](const Agent& agent, const AgentWorld& world, Random& random) {
         const Texts texts = texts_of(world, random);
         auto tree = agent_tree(texts);
         const std::string& file = some_file(texts, random);
         const auto other = tree->directory() / agent.moved(file, random);
         std::filesystem::create_directories(other.parent_path());
         switch (random() % 3) {
           case 0:
             std::filesystem::copy_file(tree->directory() / file, other);
             break;
           case 1:
             std::filesystem::create_hard_link(tree->directory() / file, other);
             break;
           default:
             std::filesystem::create_symlink(tree->directory() / file, other);
         }
         return tree;
       }},
      {"COST-M5 a split file", true,
       [](const Agent& agent, const AgentWorld& world, Random& random) {
         Texts texts = texts_of(world, random);
         const std::string file = some_file(texts, random);
         Lines& lines = texts.at(file);
         const auto cut = lines.begin() + static_cast<std::ptrdiff_t>(random() % (lines.size() + 1));
         texts[agent.moved(file, random)] = Lines(cut, lines.end());
         texts.at(file).erase(cut, texts.at(file).end());
         return agent_tree(texts);
       }},
      {"COST-M6 concatenated files", true,
       [](const Agent& agent, const AgentWorld& world, Random& random) {
         const Texts texts = texts_of(world, random);
         Lines joined;
         for (const auto& [file, lines] : texts) joined.insert(joined.end(), lines.begin(), lines.end());
         return agent_tree({{agent.moved(texts.begin()->first, random), joined}});
       }},
      {"COST-M7 shuffled lines", true,
       [](const Agent&, const AgentWorld& world, Random& random) {
         Texts texts = texts_of(world, random);
         for (auto& [file, lines] : texts) std::shuffle(lines.begin(), lines.end(), random);
         return agent_tree(texts);
       }},
      {"COST-M8 moved and renamed files", false,
       [](const Agent& agent, const AgentWorld& world, Random& random) {
         Texts moved;
         for (const auto& [file, lines] : texts_of(world, random)) moved[agent.moved(file, random)] = lines;
         return agent_tree(moved);
       }},
      {"COST-M9 other times of files", false,
       [](const Agent&, const AgentWorld& world, Random& random) {
         const Texts texts = texts_of(world, random);
         auto tree = agent_tree(texts);
         for (const auto& [file, lines] : texts) {
           const timespec time{static_cast<time_t>(random()), 0};
           const timespec times[2] = {time, time};
           RC_ASSERT(utimensat(AT_FDCWD, (tree->directory() / file).c_str(), times, 0) == 0);
         }
         return tree;
       }},
      {"COST-M10 other spelling", false,
       [](const Agent&, const AgentWorld& world, Random& random) {
         return agent_tree(
             texts_of(world, random, {chance(random, 50), chance(random, 50), chance(random, 50)}));
       }},
      {"COST-M11 other line ends", false,
       [](const Agent&, const AgentWorld& world, Random& random) {
         Texts texts = texts_of(world, random);
         if (chance(random, 50)) texts.begin()->second.front().insert(0, "\xEF\xBB\xBF");
         return agent_tree(texts,
                           one_of<std::string>(random, {"\r\n", "\n\n", std::string(3, '\0') + "\n", " \n"}));
       }},
      {"COST-M12 foreign lines", false,
       [](const Agent&, const AgentWorld& world, Random& random) {
         Texts texts = texts_of(world, random);
         for (auto& [file, lines] : texts) {
           for (std::size_t i = random() % 4; i > 0; --i)
             lines.insert(
                 lines.begin() + static_cast<std::ptrdiff_t>(random() % (lines.size() + 1)),
                 one_of<std::string>(
                     random,
                     {"no JSON", "{}", "[\"usage token_count\"]", R"({"type":"other","tokens":{"usage":7}})",
                      R"({"type":"user","text":"{\"type\":\"answer\",\"tokens\":{\"usage\":9}}"})",
                      R"({"type":"response_item","payload":{"type":"token_count","info":{"total_token_usage":)"
                      R"({"input_tokens":7}}}})"}));
         }
         return agent_tree(texts);
       }},
      {"COST-M13 a torn last line", false,
       [](const Agent&, const AgentWorld& world, Random& random) {
         const Texts texts = texts_of(world, random);
         auto tree = agent_tree(texts);
         const std::string& line = one_of(random, texts.at(some_file(texts, random)));
         tree->bytes(some_file(texts, random), line.substr(0, 1 + random() % (line.size() - 1)));
         return tree;
       }},
      {"COST-M15 a copy of a prefix", true,
       [](const Agent& agent, const AgentWorld& world, Random& random) {
         Texts texts = texts_of(world, random);
         const std::string file = some_file(texts, random);
         const Lines lines = texts.at(file);
         texts[agent.moved(file, random)] =
             Lines(lines.begin(), lines.begin() + static_cast<std::ptrdiff_t>(random() % (lines.size() + 1)));
         return agent_tree(texts);
       }},
      {"COST-M17 the tree twice", false, [](const Agent& agent, const AgentWorld& world, Random& random) {
         Texts twice = texts_of(world, random);
         for (const auto& [file, lines] : texts_of(world, random)) twice[agent.moved(file, random)] = lines;
         return agent_tree(twice);
       }}};
  return all;
}

}  // namespace

TEST_CASE("COST-M4 to COST-M17 for the files of other agents", "[ledger][laws]") {
  CHECK(rc::check("variants", [](std::uint32_t seed) {
    Random random(seed);
    const Agent& agent = one_of(random, agents());
    const AgentWorld world = agent.make_world(random, "");
    const Variant& variant = one_of(random, variants());
    RC_PRE(!agent.has_order || !variant.needs_no_order);
    RC_TAG(std::string(agent.name) + " " + variant.law);
    const Facts before = facts_of(agent, *agent_tree(texts_of(world, random)));
    if (before.total.responses != world.responses || before.total.tokens != world.tokens)
      RC_LOG() << agent.name << " " << before.total.responses << " of " << world.responses;
    RC_ASSERT(before.total.responses == world.responses);
    RC_ASSERT(before.total.tokens == world.tokens);
    const Facts after = facts_of(agent, *variant.make(agent, world, random));
    if (!(before == after))
      RC_LOG() << agent.name << " " << variant.law << " " << exact_dollars(before.total.amount) << " "
               << exact_dollars(after.total.amount);
    RC_ASSERT(before == after);
  }));
}

TEST_CASE("COST-M1 COST-M16 COST-M20 COST-M22 COST-M24 for the files of other agents", "[ledger][laws]") {
  CHECK(rc::check("sums", [](std::uint32_t seed) {
    Random random(seed);
    const Agent& agent = one_of(random, agents());
    const Texts one = texts_of(agent.make_world(random, "a"), random);
    const Texts two = texts_of(agent.make_world(random, "b"), random);
    Texts both = one;
    both.insert(two.begin(), two.end());
    const auto tree = agent_tree(both);
    Read read;
    update(read, agent, *tree);
    const Sum total = read.total();
    const Sum first = facts_of(agent, *agent_tree(one)).total;
    Sum sum = first;
    sum += facts_of(agent, *agent_tree(two)).total;
    RC_ASSERT(total == sum);
    RC_ASSERT(total.responses >= first.responses && total.amount >= first.amount &&
              total.unpriced_tokens >= first.unpriced_tokens);
    static const Zone utc = Zone::open("UTC").value();
    for (std::size_t i = 0; i < kDimensionNames.size(); ++i) {
      Sum parts;
      for (const auto& [key, part] : sums(read.ledger, {static_cast<Dimension>(i)}, {}, utc)) parts += part;
      RC_ASSERT(parts == total);
    }
    for (const auto& [key, entry] : read.ledger.entries()) {
      for (const Line& line : entry.lines) {
        const auto quote = parse_quote(read.ledger.text(line.quote));
        RC_ASSERT(quote.has_value() == (line.unpriced == Unpriced::kNo));
        if (quote) RC_ASSERT(amount_of(*quote, line.usage) == line.amount);
      }
    }
    Read shuffled;
    update(shuffled, agent, *tree, &random);
    RC_ASSERT(dump_of(shuffled, *tree) == dump_of(read, *tree));
  }));
}

TEST_CASE("COST-M18 COST-M19 for the files of other agents", "[ledger][laws]") {
  CHECK(rc::check("increments", [](std::uint32_t seed) {
    Random random(seed);
    const Agent& agent = one_of(random, agents());
    const Texts texts = texts_of(agent.make_world(random, ""), random);
    const auto whole = agent_tree(texts);
    AgentTree grown;
    Read read;
    std::map<std::string, std::size_t> at;
    for (bool is_complete = false; !is_complete;) {
      is_complete = true;
      for (const auto& [file, lines] : texts) {
        const std::string all = bytes_of(lines);
        std::size_t& from = at[file];
        const std::size_t step = std::min<std::size_t>(random() % 900, all.size() - from);
        if (step > 0) grown.bytes(file, all.substr(from, step));
        from += step;
        if (from == all.size()) continue;
        is_complete = false;
        // A child copies what its parent has, so the file of the parent, which is the first, comes before.
        if (agent.has_order) break;
      }
      update(read, agent, grown);
    }
    Read full;
    update(full, agent, *whole);
    RC_ASSERT(dump_of(read, grown) == dump_of(full, *whole));
    // Shrinking changes nothing, nor does growing again.
    const std::string& file = some_file(texts, random);
    const std::string all = bytes_of(texts.at(file));
    std::filesystem::resize_file(grown.directory() / file, random() % all.size());
    update(read, agent, grown);
    RC_ASSERT(dump_of(read, grown) == dump_of(full, *whole));
    std::filesystem::remove(grown.directory() / file);
    grown.bytes(file, all);
    update(read, agent, grown);
    RC_ASSERT(dump_of(read, grown) == dump_of(full, *whole));
  }));
}

}  // namespace atm::test::agent_laws
