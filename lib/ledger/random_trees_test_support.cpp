// SPDX-License-Identifier: MIT
#include "ledger/random_trees_test_support.hpp"

#include <algorithm>
#include <atm/domain/timestamp.hpp>
#include <chrono>
#include <cstdio>
#include <iterator>
#include <utility>

namespace atm::test {

namespace {

Json object(std::vector<Member> members) {
  return {"", std::move(members), true};
}

std::string escaped(const std::string& name, Random& random) {
  const std::size_t at = random() % name.size();
  char code[8];
  std::snprintf(code, sizeof code, "\\u%04x", static_cast<unsigned>(name[at]));
  return name.substr(0, at) + code + name.substr(at + 1);
}

Json usage_json(unsigned output, unsigned base) {
  std::vector<Member> members{
      {"input_tokens", number(base % 40)},
      {"output_tokens", number(output)},
      {"cache_creation_input_tokens", number(base % 9'000)},
      {"cache_read_input_tokens", number(base % 120'000)},
      {"cache_creation", object({{"ephemeral_5m_input_tokens", number(base % 2 == 0 ? base % 9'000 : 0)},
                                 {"ephemeral_1h_input_tokens", number(base % 2 == 1 ? base % 9'000 : 0)}})}};
  if (base % 7 == 0)
    members.push_back({"server_tool_use", object({{"web_search_requests", number(base % 3)}})});
  if (base % 11 == 0) members.push_back({"speed", text("fast")});
  if (base % 13 == 0) members.push_back({"inference_geo", text("us")});
  if (base % 17 == 0) members.push_back({"service_tier", text(base % 2 == 0 ? "batch" : "priority")});
  if (base % 19 == 0)
    members.push_back({"iterations",
                       {R"([{"type":"advisor_message","model":"claude-opus-5","input_tokens":)" +
                            std::to_string(base % 50) + "}]",
                        {},
                        false}});
  return object(std::move(members));
}

std::string time_text(std::uint64_t seconds) {
  return to_rfc3339(Timestamp(std::chrono::seconds(static_cast<std::int64_t>(seconds))));
}

}  // namespace

bool chance(Random& random, unsigned percent) {
  return random() % 100 < percent;
}
Json text(const std::string& value) {
  return {'"' + value + '"', {}, false};
}
Json number(std::uint64_t value) {
  return {std::to_string(value), {}, false};
}
Json* member(Json& value, const std::string& name) {
  for (auto& [key, child] : value.members) {
    if (key == name) return &child;
  }
  return nullptr;
}

std::string written(const Json& value, const Spelling& spelling, Random& random) {
  if (!value.is_object) return value.raw;
  std::vector<const Member*> order;
  for (const auto& child : value.members) order.push_back(&child);
  if (spelling.shuffled) std::shuffle(order.begin(), order.end(), random);
  const auto blank = [&] {
    return spelling.blanks ? one_of<std::string>(random, {"", " ", "\t", " \t "}) : std::string();
  };
  std::string line = "{";
  for (const auto* child : order) {
    // The name "usage" stays readable: COST-U23.
    const bool is_escaped = spelling.escapes && child->name != "usage" && chance(random, 30);
    line += (line.size() > 1 ? "," : "") + blank() + '"' +
            (is_escaped ? escaped(child->name, random) : child->name) + '"' + blank() + ":" + blank() +
            written(child->value, spelling, random) + blank();
  }
  return line + "}";
}

World make_world(Random& random, const std::string& prefix) {
  World world;
  const std::size_t sessions = 1 + random() % 3;
  const std::size_t responses = 1 + random() % 6;
  for (std::size_t i = 0; i < responses; ++i) {
    const std::string session = prefix + "s" + std::to_string(random() % sessions);
    const std::string project = "-home-dev-p" + std::to_string(session.size() % 2);
    const auto base = static_cast<unsigned>(random() % 1'000'000);
    const auto output = static_cast<unsigned>(1 + random() % 3'000);
    const std::string id = (chance(random, 85)   ? "msg_"
                            : chance(random, 50) ? "gateway-"
                                                 : "") +
                           prefix + std::to_string(i);
    const bool has_id = id.find('_') != std::string::npos || id.find('-') != std::string::npos;
    const std::string model = one_of<std::string>(
        random, {"claude-sonnet-4-6", "claude-opus-5", "claude-haiku-5-5", "claude-sonnet-4-5-20250929",
                 "claude-opus-4-9", "us.anthropic.claude-opus-4-6-v1:0", "claude-sonnet-5-5", "<synthetic>"});
    const std::uint64_t seconds = 1'770'000'000 + random() % 25'000'000;
    const bool is_subagent = chance(random, 20);
    const std::string file =
        project + "/" + session + (is_subagent ? "/subagents/agent-a" + std::to_string(i) : "") + ".jsonl";
    const std::size_t blocks = 1 + random() % 3;
    for (std::size_t block = 0; block < blocks; ++block) {
      const bool is_first = block + 1 < blocks && chance(random, 40);
      Json message =
          object({{"id", text(has_id ? id : "")},
                  {"model", text(model)},
                  {"role", text("assistant")},
                  {"content", {R"([{"type":"text","text":"usage \" } \ud83d\ude00"}])", {}, false}},
                  {"usage", usage_json(is_first ? 1 : output, base)}});
      if (chance(random, 3)) member(message, "usage")->members[1].value = text("5");
      Json record =
          object({{"type", text("assistant")},
                  {"sessionId", text(session)},
                  {"uuid", text(prefix + "u" + std::to_string(i) + (has_id ? std::to_string(block) : ""))},
                  {"requestId", text("req_" + std::to_string(i))},
                  {"cwd", text("/home/dev/p" + std::to_string(session.size() % 2))},
                  {"gitBranch", text(one_of<std::string>(random, {"main", "topic"}))},
                  {"isSidechain", {is_subagent ? "true" : "false", {}, false}},
                  {"message", std::move(message)}});
      if (base % 23 != 0) record.members.push_back({"timestamp", text(time_text(seconds + block))});
      world.files[file].push_back(written(record, {}, random));
      world.records.emplace_back(file, std::move(record));
      if (chance(random, 30))
        world.files[file].push_back(R"({"type":"user","message":{"content":"the usage"}})");
    }
  }
  return world;
}

std::string bytes_of(const Lines& lines, const std::string& end) {
  std::string bytes;
  for (const std::string& line : lines) bytes += line + end;
  return bytes;
}

std::unique_ptr<Tree> tree_of(const Files& files) {
  auto tree = std::make_unique<Tree>();
  for (const auto& [file, lines] : files) tree->bytes(file, bytes_of(lines));
  return tree;
}

std::string some_file(const World& world, Random& random) {
  auto at = world.files.begin();
  std::advance(at, static_cast<std::ptrdiff_t>(random() % world.files.size()));
  return at->first;
}

}  // namespace atm::test
