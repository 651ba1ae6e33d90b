// SPDX-License-Identifier: MIT
// One golden value or more for each rule of docs/specs/cost.md.
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "ledger/ledger_test_support.hpp"
#include "support/catch.hpp"

using namespace atm;
using namespace atm::ledger;
using namespace atm::test;

namespace {

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

// The dollars of the sums by a dimension, as `group=dollars`.
std::map<std::string, std::string> dollars_by(const Read& read, Dimension dimension,
                                              const std::string& zone = "UTC") {
  std::map<std::string, std::string> result;
  for (const auto& [key, sum] : read.by(dimension, zone)) result[key.front()] = exact_dollars(sum.amount);
  return result;
}

}  // namespace

TEST_CASE("COST-U1 one id under two request ids is one response", "[ledger]") {
  CHECK(dollars_of({line_of({.input = 10, .output = 100, .request = "req_a"}),
                    line_of({.input = 10, .output = 100, .request = "req_b"})}) == "0.001530000000");
}

TEST_CASE("COST-U2 the lines of one response count once", "[ledger]") {
  const std::string line = line_of({.input = 5, .output = 120, .write_1h = 11'000, .read = 2'000});
  CHECK(dollars_of({line, line, line}) == "0.068415000000");
}

TEST_CASE("COST-U3 the record with the largest output counts", "[ledger]") {
  const auto with = [](unsigned output) { return line_of({.input = 10, .output = output}); };
  CHECK(dollars_of({with(1), with(40), with(900)}) == "0.013530000000");
  CHECK(dollars_of({with(500), with(20)}) == "0.007530000000");
  // Equal outputs: the largest sum of all counts.
  CHECK(dollars_of({line_of({.input = 7, .output = 1}), line_of({.input = 9, .output = 1}),
                    line_of({.input = 8, .output = 1})}) == "0.000042000000");
}

TEST_CASE("COST-U4 a copy belongs to the session that made the request", "[ledger]") {
  const auto own = [](const std::string& id, const std::string& session, const std::string& time,
                      const std::string& extra = "") {
    return line_of({.id = id, .input = 1'000'000, .session = session, .time = time, .extra = extra});
  };
  const std::string at = "2026-10-20T09:00:00.000Z";
  Tree tree;
  SECTION("a record that names the other session") {
    tree.add("p/b.jsonl", {own("msg_1", "b", at), own("msg_2", "b", at)});
    tree.add("p/a.jsonl", {own("msg_1", "a", at, R"(,"requestSessionId":"b")")});
    const Read read(tree);
    CHECK(dollars_by(read, Dimension::kSession) ==
          std::map<std::string, std::string>{{"b", "6.000000000000"}});
    CHECK_FALSE(read.ledger.entries().at("msg_1").has_uncertain_owner());
  }
  SECTION("the session of the earliest copy") {
    tree.add("p/b.jsonl", {own("msg_1", "b", at)});
    tree.add("p/a.jsonl", {own("msg_1", "a", "2026-10-21T09:00:00.000Z"), own("msg_2", "a", at)});
    CHECK(dollars_by(Read(tree), Dimension::kSession) ==
          std::map<std::string, std::string>{{"a", "3.000000000000"}, {"b", "3.000000000000"}});
  }
  SECTION("equal times: the smallest session, marked as uncertain") {
    tree.add("p/b.jsonl", {own("msg_1", "b", at)});
    tree.add("p/a.jsonl", {own("msg_1", "a", at)});
    const Read read(tree);
    CHECK(dollars_by(read, Dimension::kSession) ==
          std::map<std::string, std::string>{{"a", "3.000000000000"}});
    CHECK(read.ledger.entries().at("msg_1").has_uncertain_owner());
  }
}

TEST_CASE("COST-U5 a side question adds its answer and not the replayed responses", "[ledger]") {
  Tree tree;
  const auto with = [](const std::string& id, const std::string& request, const std::string& extra) {
    return line_of({.id = id, .output = 100, .request = request, .extra = extra});
  };
  const std::string side = R"(,"isSidechain":true,"agentId":"q1")";
  tree.add(kFile, {with("msg_1", "r1", ""), with("msg_2", "r2", ""), with("msg_3", "r3", "")});
  tree.add("-home-dev-proj/s1/subagents/agent-q1.jsonl",
           {with("msg_1", "r4", side), with("msg_2", "r5", side), with("msg_3", "r6", side),
            with("msg_4", "r7", side)});
  const Read read(tree);
  CHECK(read.total().responses == 4);
  CHECK(dollars_by(read, Dimension::kSubagent) ==
        std::map<std::string, std::string>{{"(main)", "0.004500000000"}, {"q1", "0.001500000000"}});
}

TEST_CASE("COST-U6 files of subagents are read at every depth", "[ledger]") {
  Tree tree;
  tree.add(kFile, {line_of({.id = "msg_0", .output = 1})});
  // The parent's tool result repeats the numbers.
  tree.add(kFile, {R"({"type":"user","sessionId":"s1","toolUseResult":{"usage":{"output_tokens":9999}}})"});
  int number = 1;
  for (const char* file : {"-home-dev-proj/s1/subagents/agent-a.jsonl", "-home-dev-proj/agent-0a1b2c3d.jsonl",
                           "-home-dev-proj/s1/subagents/workflows/w/agent-b.jsonl"})
    tree.add(file, {line_of({.id = "msg_" + std::to_string(number++), .output = 1, .session = ""})});
  const Read read(tree);
  CHECK(read.total().responses == 4);
  const auto sessions = read.by(Dimension::kSession);
  CHECK(sessions.at({"s1"}).responses == 3);
  CHECK(sessions.at({"(unknown)"}).responses == 1);
  CHECK(read.by(Dimension::kSubagent).size() == 4);
}

TEST_CASE("COST-U7 a sidechain in the session's file is spend", "[ledger]") {
  CHECK(dollars_of({line_of({.id = "msg_1", .output = 100}),
                    line_of({.id = "msg_2", .output = 100, .extra = R"(,"isSidechain":true)"})}) ==
        "0.003000000000");
}

TEST_CASE("COST-U8 a progress record of a subagent is a response", "[ledger]") {
  const auto progress = [](const std::string& kind, const Response& inner) {
    return R"({"type":"progress","sessionId":"s1","timestamp":"2026-10-20T10:00:00Z","data":{"type":")" +
           kind + R"(","agentId":"a1","message":)" + line_of(inner) + "}}";
  };
  Tree tree;
  tree.add(kFile, {progress("agent_progress", {.id = "msg_1", .output = 100}),
                   progress("agent_progress", {.id = "msg_2", .output = 100}),
                   progress("hook_progress", {.id = "msg_3", .output = 100})});
  tree.add("-home-dev-proj/s1/subagents/agent-a1.jsonl",
           {line_of({.id = "msg_1", .output = 100, .extra = R"(,"isSidechain":true,"agentId":"a1")"})});
  const Read read(tree);
  CHECK(read.dollars() == "0.003000000000");
  CHECK(read.by(Dimension::kSubagent).at({"a1"}).responses == 2);
  CHECK(read.by(Dimension::kDay).at({"2026-10-20"}).responses == 2);
}

TEST_CASE("COST-U9 only two shapes of records are responses", "[ledger]") {
  const std::string response = line_of({.id = "msg_9", .output = 100});
  const std::string quoted = replaced(response, R"("type":"assistant")", R"("type":"user")");
  const std::string untyped = replaced(response, R"("type":"assistant",)", "");
  const std::string unknown = replaced(response, R"("type":"assistant")", R"("type":"api-request")");
  CHECK(
      dollars_of({quoted, untyped, unknown, R"({"type":"assistant","message":{"content":"usage"}})",
                  R"({"type":"cost-state","modelUsage":{"claude-sonnet-4-6":{"outputTokens":9}},"usage":{}})",
                  R"({"type":"user","toolUseResult":{"message":{"usage":{"output_tokens":9}}}})",
                  line_of({.output = 1, .extra = R"(,"toolUseResult":{"usage":{"output_tokens":9}})"})}) ==
      "0.000015000000");
}

TEST_CASE("COST-U10 the agent's own texts are counted as synthetic", "[ledger]") {
  Tree tree;
  tree.add(kFile, {line_of({.model = "<synthetic>"}),
                   line_of({.model = "<synthetic>", .extra = R"(,"isApiErrorMessage":true)"}),
                   line_of({.id = "msg_2", .output = 1, .extra = R"(,"isApiErrorMessage":true)"})});
  const Read read(tree);
  CHECK(read.total().responses == 1);
  CHECK(read.count(LineResult::kSynthetic) == 2);
}

TEST_CASE("COST-U11 a record without a request id is the same response", "[ledger]") {
  const std::string with = line_of({.id = "msg_bdrk_1", .output = 100});
  CHECK(dollars_of({with, replaced(with, R"("requestId":"req_1",)", ""),
                    replaced(with, R"("requestId":"req_1")", R"("requestId":null)")}) == "0.001500000000");
}

TEST_CASE("COST-U12 other identities", "[ledger]") {
  const auto with = [](const std::string& id, const std::string& request, const std::string& extra) {
    return line_of({.id = id, .output = 100, .request = request, .extra = extra});
  };
  // No id: the uuid. No uuid either: the place.
  CHECK(dollars_of({with("", "r", R"(,"uuid":"u1")"), with("", "r", R"(,"uuid":"u1")"),
                    with("", "r", R"(,"uuid":"u2")")}) == "0.003000000000");
  CHECK(dollars_of({with("", "r", ""), with("", "r", "")}) == "0.003000000000");
  // A gateway numbers its answers: the request tells them apart.
  CHECK(dollars_of({with("chatcmpl-1", "r1", ""), with("chatcmpl-1", "r1", ""),
                    with("chatcmpl-1", "r2", "")}) == "0.003000000000");
}

TEST_CASE("COST-U13 cache writes are split by their lifetime", "[ledger]") {
  const auto cost = [](const std::string& usage) { return dollars_of({line_with({}, usage)}); };
  CHECK(
      cost(
          R"({"cache_creation_input_tokens":1100,"cache_creation":{"ephemeral_5m_input_tokens":300,"ephemeral_1h_input_tokens":700}})") ==
      "0.005700000000");
  CHECK(
      cost(
          R"({"cache_creation_input_tokens":0,"cache_creation":{"ephemeral_5m_input_tokens":300,"ephemeral_1h_input_tokens":700}})") ==
      "0.005325000000");
  CHECK(
      cost(
          R"({"cache_creation_input_tokens":500,"cache_creation":{"ephemeral_5m_input_tokens":300,"ephemeral_1h_input_tokens":700}})") ==
      "0.005325000000");
  CHECK(cost(R"({"cache_creation_input_tokens":1000})") == "0.003750000000");
  CHECK(cost(R"({"cache_creation_input_tokens":1000,"cache_creation":null})") == "0.003750000000");
}

TEST_CASE("COST-U14 web searches cost one cent each", "[ledger]") {
  CHECK(dollars_of({line_of(
            {.usage_extra = R"(,"server_tool_use":{"web_search_requests":10,"web_fetch_requests":7})"})}) ==
        "0.100000000000");
  CHECK(dollars_of({line_of({.usage_extra = R"(,"server_tool_use":null)"})}) == "0.000000000000");
}

TEST_CASE("COST-U15 fast mode has its own prices or none", "[ledger]") {
  const std::string fast = R"(,"speed":"fast")";
  CHECK(dollars_of(
            {line_of({.model = "claude-opus-5-5", .input = 1'000, .output = 1'000, .usage_extra = fast})}) ==
        "0.048000000000");
  CHECK(dollars_of({line_of({.model = "claude-opus-5-5",
                             .input = 1'000,
                             .output = 1'000,
                             .usage_extra = R"(,"speed":null)"})}) == "0.024000000000");
  Tree tree;
  tree.add(kFile, {line_of({.input = 1'000, .usage_extra = fast})});
  const Sum total = Read(tree).total();
  CHECK(total.unpriced_responses == 1);
  CHECK(total.unpriced_tokens == 1'000);
  CHECK(total.amount == 0);
}

TEST_CASE("COST-U16 inference in the USA costs a tenth more for newer models", "[ledger]") {
  const std::string us = R"(,"inference_geo":"us")";
  const auto cost = [](const std::string& model, const std::string& extra) {
    return dollars_of({line_of(
        {.model = model, .input = 1'000'000, .time = "2026-11-01T00:00:00Z", .usage_extra = extra})});
  };
  CHECK(cost("claude-opus-4-6", us) == "5.500000000000");
  CHECK(cost("claude-opus-4-6", R"(,"inference_geo":"global")") == "5.000000000000");
  CHECK(cost("claude-opus-4-6", R"(,"inference_geo":null)") == "5.000000000000");
  CHECK(cost("claude-haiku-4-5", us) == "1.000000000000");
  // The price of a search has no factor.
  CHECK(cost("claude-opus-4-6", us + R"(,"server_tool_use":{"web_search_requests":1})") == "5.510000000000");
}

TEST_CASE("COST-U17 batch halves the price and priority is marked", "[ledger]") {
  const auto tier = [](const std::string& name) {
    return line_of({.input = 1'000'000, .usage_extra = R"(,"service_tier":)" + name});
  };
  CHECK(dollars_of({tier(R"("batch")")}) == "1.500000000000");
  CHECK(dollars_of({tier("null")}) == "3.000000000000");
  CHECK(dollars_of({tier(R"("new")")}) == "3.000000000000");
  Tree tree;
  tree.add(kFile, {tier(R"("priority")")});
  CHECK(Read(tree).total().priority == 1);
  CHECK(Read(tree).dollars() == "3.000000000000");
}

TEST_CASE("COST-U18 a long prompt prices the whole response", "[ledger]") {
  const auto cost = [](const std::string& model, unsigned input, unsigned output, unsigned read) {
    return dollars_of({line_of({.model = model, .input = input, .output = output, .read = read})});
  };
  CHECK(cost("claude-sonnet-4-5", 300'000, 1'000, 0) == "1.822500000000");
  CHECK(cost("claude-sonnet-4-5", 200'000, 1'000, 0) == "0.615000000000");
  CHECK(cost("claude-haiku-5-5", 100'000, 0, 0) == "0.010000000000");
  CHECK(cost("claude-haiku-5-5", 100'001, 0, 0) == "0.050000500000");
  CHECK(cost("claude-haiku-5-5", 0, 200'000, 100'000) == "0.101000000000");
  CHECK(cost("claude-sonnet-4-6", 900'000, 0, 0) == "2.700000000000");
}

TEST_CASE("COST-U19 iterations beside the response are added", "[ledger]") {
  const auto iterations = [](const std::string& list) { return R"(,"iterations":)" + list; };
  Response opus{.model = "claude-opus-4-8", .input = 23'000, .output = 1'000};
  opus.usage_extra = iterations(
      R"([{"type":"compaction","input_tokens":180000,"output_tokens":3500},{"type":"message","input_tokens":23000,"output_tokens":1000}])");
  CHECK(dollars_of({line_of(opus)}) == "1.127500000000");
  // The record with more iterations wins over an equal one.
  Response plain = opus;
  plain.usage_extra = iterations("null");
  CHECK(dollars_of({line_of(plain), line_of(opus), line_of(plain)}) == "1.127500000000");
  Response advised{.model = "claude-sonnet-5", .input = 412, .output = 1'230};
  advised.usage_extra = iterations(
      R"([{"type":"advisor_message","model":"claude-opus-4-8","input_tokens":823,"output_tokens":531}])");
  Tree tree;
  tree.add(kFile, {line_of(advised)});
  const Read read(tree);
  CHECK(read.total().responses == 1);
  CHECK(dollars_by(read, Dimension::kModel) ==
        std::map<std::string, std::string>{{"claude-opus-4-8", "0.017390000000"},
                                           {"claude-sonnet-5", "0.013124000000"}});
}

TEST_CASE("COST-U20 a value that is no count rejects the record", "[ledger]") {
  for (const char* value : {R"("1000")", "-5", "1.5", "1e3", "1000000001", "9223372036854775808",
                            "18446744073709551616", "99999999999999999999999", "true", "[]", "{}"}) {
    for (const char* name :
         {"output_tokens", "input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens"}) {
      CAPTURE(value, name);
      Tree tree;
      const std::string bad =
          line_with({}, std::string(R"({"input_tokens":1,")") + name + "\":" + value + "}");
      tree.add(kFile, {bad});
      const Read read(tree);
      CHECK(read.total() == Sum{});
      CHECK(read.count(LineResult::kMalformed) == 1);
    }
  }
  // A good copy of the same response counts. Absent and null are zero.
  CHECK(dollars_of({line_with({}, R"({"output_tokens":"5"})"),
                    line_with({}, R"({"output_tokens":5,"input_tokens":null})")}) == "0.000075000000");
  Tree tree;
  tree.add(kFile, {line_of({.model = "", .output = 1}), line_with({}, R"({"cache_creation":7})"),
                   line_with({}, R"({"server_tool_use":{"web_search_requests":-1}})"),
                   line_with({}, R"({"iterations":[{"type":"compaction","input_tokens":"7"}]})")});
  CHECK(Read(tree).count(LineResult::kMalformed) == 4);
}

TEST_CASE("COST-U21 an unknown model is unpriced", "[ledger]") {
  Tree tree;
  tree.add(kFile, {line_of({.id = "msg_1", .model = "claude-opus-4-9", .input = 5, .output = 7}),
                   line_of({.id = "msg_2", .output = 100})});
  const Read read(tree);
  CHECK(read.total().unpriced_responses == 1);
  CHECK(read.total().unpriced_tokens == 12);
  CHECK(read.dollars() == "0.001500000000");
}

TEST_CASE("COST-U22 model ids lose their decorations and nothing else", "[ledger]") {
  const auto plain = [](const char* id) { return plain_model(id).name; };
  for (const char* id :
       {"claude-opus-4-6", "claude-opus-4-6[1m]", "claude-opus-4-6[1M]", "anthropic.claude-opus-4-6-v1",
        "us.anthropic.claude-opus-4-6-v1:0", "global.anthropic.claude-opus-4-6", "claude-opus-4-6@default",
        "claude-opus-4-6@20260205", "claude-opus-4-6-20260205", "anthropic/claude-opus-4.6",
        "arn:aws:bedrock:us-east-1:1:inference-profile/us.anthropic.claude-opus-4-6-v1"})
    CHECK(plain(id) == "claude-opus-4-6");
  CHECK(plain_model("us-gov.anthropic.claude-opus-4-6").is_regional);
  CHECK_FALSE(plain_model("global.anthropic.claude-opus-4-6").is_regional);
  for (const char* id : {"claude-opus-55", "claude-opus-4-9", "claude-sonnet-4-60", "claude-opus",
                         "CLAUDE-SONNET-4-6", "mars.anthropic.claude-opus-4-6", "claude-sonnet-4-6-thinking"})
    CHECK(PriceTable::built_in().find(plain(id), 20'000) == nullptr);
  CHECK(dollars_of({line_of(
            {.model = "us.anthropic.claude-opus-4-6-v1:0", .input = 1'000'000, .output = 1'000'000})}) ==
        "33.000000000000");
}

TEST_CASE("COST-U23 lines are read whatever their spelling", "[ledger]") {
  const std::string line = line_of({.input = 10, .output = 100});
  const std::string cost = "0.001530000000";
  const auto bytes = [](const std::string& text) {
    Tree tree;
    tree.bytes(kFile, text);
    return Read(tree).dollars();
  };
  CHECK(bytes(line + "\r\n") == cost);
  CHECK(bytes("\xEF\xBB\xBF" + line + "\n") == cost);
  CHECK(bytes("\n   \n" + line + "\n\n") == cost);
  CHECK(bytes(std::string(4096, '\0') + line + std::string(16, '\0') + "\n") == cost);
  CHECK(bytes(line) == cost);
  CHECK(bytes(replaced(line, R"("output_tokens":100)", "\"output_tokens\" : \t100 ") + "\n") == cost);
  CHECK(bytes(replaced(line, "input_tokens", "\\u0069nput_tokens") + "\n") == cost);
  CHECK(bytes(replaced(line, "claude-sonnet", "\\u0063laude-sonnet") + "\n") == cost);
  CHECK(bytes(replaced(line, R"("text":"x")", "\"text\":\"\xff\xfe\xc3(\"") + "\n") == cost);
  CHECK(bytes(replaced(line, R"("text":"x")", R"("text":"\ud83d\ude00\ud800")") + "\n") == cost);
  CHECK(bytes(replaced(line, R"("output_tokens":100)", R"("output_tokens":1,"output_tokens":100)") + "\n") ==
        cost);
  CHECK(bytes(replaced(line, R"("message":{)",
                       R"("message":{"id":"msg_7","usage":{"output_tokens":9}},"message":{)") +
              "\n") == cost);
  CHECK(bytes(replaced(line, R"("text":"x")", R"("text":")" + std::string(3'000'000, 'x') + '"') + "\n") ==
        cost);
  Tree tree;
  tree.bytes(kFile, replaced(line, "100,", "100,,") + "\n" + replaced(line, "msg_01", "msg_02") + "\n" +
                        line.substr(0, line.size() / 2));
  const Read read(tree);
  CHECK(read.dollars() == cost);
  CHECK(read.count(LineResult::kUnreadable) == 1);
  CHECK(read.count(LineResult::kTorn) == 1);
  // A cut line without the bytes that a response has is noticed.
  Tree cut;
  cut.bytes(kFile, line.substr(0, 30) + "\n" + line + "\n");
  CHECK(Read(cut).count(LineResult::kUnreadable) == 1);
}

TEST_CASE("COST-U24 odd endings are counted and marked", "[ledger]") {
  Tree tree;
  tree.add(kFile,
           {line_of({.id = "msg_1",
                     .output = 1,
                     .message_extra = R"(,"stop_reason":null)",
                     .extra = R"(,"isAbortedMidStream":true)"}),
            line_of({.id = "msg_2", .output = 1, .message_extra = R"(,"stop_reason":"refusal")"}),
            line_of({.id = "msg_3", .output = 1, .message_extra = R"(,"stop_reason":"max_tokens")"}),
            line_of({.id = "msg_4", .output = 1, .usage_extra = R"(,"fallback_credit":{"tokens":5})"})});
  const Read read(tree);
  CHECK(read.total().responses == 4);
  CHECK(read.total().low == 1);
  CHECK(read.total().maybe_not_billed == 1);
  CHECK(read.ledger.entries().at("msg_4").marks == kFallbackCredit);
  CHECK(read.ledger.entries().at("msg_3").marks == 0);
}

TEST_CASE("COST-U25 a compaction is no spend of its own", "[ledger]") {
  CHECK(
      dollars_of(
          {R"({"type":"system","subtype":"compact_boundary","compactMetadata":{"preTokens":168000},"note":"usage"})",
           R"({"type":"user","isCompactSummary":true,"message":{"usage":{"output_tokens":9}}})"}) ==
      "0.000000000000");
  Tree tree;
  tree.add("-home-dev-proj/s1/subagents/agent-acompact-1.jsonl", {line_of({.output = 100})});
  CHECK(Read(tree).dollars() == "0.001500000000");
}

TEST_CASE("COST-U26 the time of a response is that of its earliest record", "[ledger]") {
  const auto day = [](const std::vector<std::string>& times) {
    Tree tree;
    for (const std::string& time : times) tree.add(kFile, {line_of({.output = 1, .time = time})});
    return Read(tree).by(Dimension::kDay).begin()->first.front();
  };
  CHECK(day({"2026-10-21T00:00:00.020Z", "2026-10-20T23:59:59.990Z"}) == "2026-10-20");
  CHECK(day({"2026-10-21T01:00:00+02:00"}) == "2026-10-20");
  CHECK(day({"2026-10-20T23:59:59Z"}) == "2026-10-20");
  CHECK(day({"2026-10-20T23:59:59.999999Z"}) == "2026-10-20");
}

TEST_CASE("COST-U27 days are civil days of the zone", "[ledger]") {
  Tree tree;
  int number = 0;
  for (const char* time :
       {"2026-11-01T05:30:00Z", "2026-11-01T06:30:00Z", "2026-03-08T06:59:59.999Z", "2026-10-20T18:29:59Z",
        "2026-10-20T18:30:00Z", "2026-11-02T04:59:59Z", "2026-11-02T05:00:00Z"})
    tree.add(kFile, {line_of({.id = "msg_" + std::to_string(number++), .output = 1, .time = time})});
  const Read read(tree);
  const auto days = [&read](const std::string& zone) {
    std::map<std::string, std::uint64_t> result;
    for (const auto& [key, sum] : read.by(Dimension::kDay, zone)) result[key.front()] = sum.responses;
    return result;
  };
  // The first of November has 25 hours in New York.
  CHECK(days("America/New_York") ==
        std::map<std::string, std::uint64_t>{
            {"2026-03-08", 1}, {"2026-10-20", 2}, {"2026-11-01", 3}, {"2026-11-02", 1}});
  CHECK(days("Asia/Kolkata") ==
        std::map<std::string, std::uint64_t>{
            {"2026-03-08", 1}, {"2026-10-20", 1}, {"2026-10-21", 1}, {"2026-11-01", 2}, {"2026-11-02", 2}});
  CHECK_FALSE(Zone::open("Mars/Olympus"));
  CHECK_FALSE(Zone::open("../../etc/passwd"));
}

TEST_CASE("COST-U28 the price row is that of the UTC day", "[ledger]") {
  const auto cost = [](const std::string& time) {
    return dollars_of({line_of({.model = "claude-sonnet-5-5", .read = 1'000'000, .time = time})});
  };
  CHECK(cost("2026-10-06T23:59:59.999Z") == "0.200000000000");
  CHECK(cost("2026-10-07T00:00:00.000Z") == "0.100000000000");
  CHECK(cost("2026-01-01T00:00:00.000Z") == "0.200000000000");
}

TEST_CASE("COST-U29 a response without a time is in the total and in no day", "[ledger]") {
  for (const char* time : {"", "yesterday", "2026-13-01T00:00:00Z"}) {
    Tree tree;
    tree.add(kFile, {line_of({.model = "claude-sonnet-5-5", .read = 1'000'000, .time = time})});
    const Read read(tree);
    CHECK(read.dollars() == "0.100000000000");
    CHECK(read.by(Dimension::kDay).count({"(undated)"}) == 1);
    tree.add(kFile,
             {line_of({.model = "claude-sonnet-5-5", .read = 1'000'000, .time = "2026-10-01T00:00:00Z"})});
    CHECK(Read(tree).by(Dimension::kDay).count({"2026-10-01"}) == 1);
  }
}

TEST_CASE("COST-U30 each regular file is read once", "[ledger]") {
  Tree tree;
  tree.add(kFile, {line_of({.output = 100})});
  tree.add("-home-dev-proj/old.jsonl.bak", {line_of({.id = "msg_2", .output = 100})});
  tree.add("-home-dev-proj/other.json", {line_of({.id = "msg_3", .output = 100})});
  const auto dir = tree.projects() / "-home-dev-proj";
  std::filesystem::create_directory_symlink(dir, tree.projects() / "link");
  std::filesystem::create_directory_symlink(".", dir / "loop");
  std::filesystem::create_hard_link(dir / "s1.jsonl", dir / "z.jsonl");
  std::filesystem::create_symlink("/nonexistent/x.jsonl", dir / "dangling.jsonl");
  std::filesystem::create_directory(dir / "directory.jsonl");
  REQUIRE(mkfifo((dir / "pipe.jsonl").c_str(), 0600) == 0);
  const auto found = find_transcripts({tree.config(), tree.config()});
  REQUIRE(found.files.size() == 1);
  CHECK(found.files.front().below == kFile);
  CHECK(found.problems.empty());
  CHECK(Read(tree).dollars() == "0.001500000000");
}

TEST_CASE("COST-U31 an entry stays when its file shrinks or is replaced", "[ledger]") {
  Tree tree;
  tree.add(kFile, {line_of({.id = "msg_1", .output = 100}), line_of({.id = "msg_2", .output = 100})});
  Read read(tree);
  const auto path = tree.projects() / kFile;
  std::filesystem::resize_file(path, 40);
  read.update({tree.config()}, PriceTable::built_in());
  CHECK(read.dollars() == "0.003000000000");
  std::filesystem::remove(path);
  tree.add(kFile, {line_of({.id = "msg_3", .output = 100}), line_of({.id = "msg_1", .output = 100}),
                   line_of({.id = "msg_2", .output = 100})});
  read.update({tree.config()}, PriceTable::built_in());
  CHECK(read.dollars() == "0.004500000000");
  // Other bytes of the same length at the same place.
  std::filesystem::remove(path);
  tree.add(kFile, {line_of({.id = "msg_4", .output = 100}), line_of({.id = "msg_5", .output = 100}),
                   line_of({.id = "msg_6", .output = 100})});
  read.update({tree.config()}, PriceTable::built_in());
  CHECK(read.total().responses == 6);
  std::filesystem::remove(path);
  read.update({tree.config()}, PriceTable::built_in());
  CHECK(read.total().responses == 6);
}

TEST_CASE("COST-U32 dollars that the agent writes are not added", "[ledger]") {
  CHECK(dollars_of({line_of({.output = 100, .extra = R"(,"costUSD":7.5)"})}) == "0.001500000000");
}

TEST_CASE("COST-A1 a price in dollars per million tokens times 10^6 is pico-dollars per token", "[ledger]") {
  // The table states "15" for a million tokens of output.
  const Quote quote = PriceTable::built_in().quote("claude-sonnet-4-6", Usage{}, 0, parse_day("2026-10-20"));
  CHECK(quote.unit[static_cast<std::size_t>(TokenKind::kOutput)] == Pico{15'000'000});
  CHECK(dollars_of({line_of({.output = 1})}) == "0.000015000000");
  CHECK(dollars_of({line_of({.output = 1'000'000})}) == "15.000000000000");
}

TEST_CASE("COST-A2 sums of large amounts are exact", "[ledger]") {
  Tree tree;
  for (int i = 0; i < 250; ++i)
    tree.add(kFile, {line_of({.id = "msg_" + std::to_string(i),
                              .model = "claude-opus-4-1",
                              .input = 1'000'000'000,
                              .output = 1'000'000'000})});
  CHECK(Read(tree).dollars() == "22500000.000000000000");
}

TEST_CASE("COST-A4 amounts are rounded when they are shown", "[ledger]") {
  CHECK(shown_dollars(0) == "$0.00");
  CHECK(shown_dollars(4'999'999'999) == "<$0.01");
  CHECK(shown_dollars(5'000'000'000) == "$0.01");
  CHECK(shown_dollars(1'234'567'895'000'000'000) == "$1,234,567.90");
  Tree tree;
  for (int i = 0; i < 300; ++i)
    tree.add(kFile, {line_of({.id = "msg_" + std::to_string(i), .model = "claude-haiku-5-5", .read = 1})});
  CHECK(Read(tree).dollars() == "0.000003000000");
}

TEST_CASE("COST-A5 a sum adds amounts and unpriced responses apart", "[ledger]") {
  const auto sum_of_responses = [](const std::vector<std::string>& lines) {
    Tree tree;
    tree.add(kFile, lines);
    return Read(tree).total();
  };
  const auto unpriced = [](const std::string& id) {
    return line_of({.id = id, .model = "unknown-model", .input = 30, .output = 4});
  };
  const Sum priced = sum_of_responses({line_of({.id = "msg_1", .output = 100})});
  const Sum mixed = sum_of_responses({line_of({.id = "msg_2", .output = 200}), unpriced("msg_3")});
  CHECK(mixed.amount == 2 * priced.amount);
  CHECK(mixed.unpriced_responses == 1);
  CHECK(mixed.unpriced_tokens == 34);
  Sum sum = priced;
  sum += mixed;
  sum += sum_of_responses({unpriced("msg_4")});
  CHECK(sum.amount == 3 * priced.amount);
  CHECK(sum.responses == 4);
  CHECK(sum.tokens == std::array<std::uint64_t, kTokenKinds>{60, 308, 0, 0, 0});
  CHECK(sum.unpriced_responses == 2);
  CHECK(sum.unpriced_tokens == 68);
}

TEST_CASE("COST-A6 the amount can be computed again from its lineage", "[ledger]") {
  Tree tree;
  tree.add(
      kFile,
      {line_of(
          {.model = "us.anthropic.claude-opus-5-5",
           .input = 7,
           .output = 11,
           .write_5m = 13,
           .write_1h = 17,
           .read = 19,
           .usage_extra =
               R"(,"inference_geo":"us","service_tier":"batch","server_tool_use":{"web_search_requests":2})"})});
  const Read read(tree);
  const Entry& entry = read.ledger.entries().at("msg_01");
  const Line& line = entry.lines.front();
  const auto quote = parse_quote(read.ledger.text(line.quote));
  REQUIRE(quote);
  CHECK(quote->row == "claude-opus-5-5@2026-09-22");
  CHECK(quote->factors == "US inference x1.1, regional endpoint x1.1, batch x0.5");
  CHECK(quote->unit[0] == Pico{2'420'000});
  CHECK(amount_of(*quote, line.usage) == line.amount);
  REQUIRE(entry.places.size() == 1);
  CHECK(read.ledger.text(entry.places.front().file) == (tree.projects() / kFile).string());
  CHECK(entry.places.front().offset == 0);
}

TEST_CASE("a window of five hours begins at the full hour of a response that is in no earlier window",
          "[ledger]") {
  Tree tree;
  int number = 0;
  for (const char* const time : {"2026-10-20T09:40:00Z", "2026-10-20T13:59:59Z", "2026-10-20T14:00:00Z",
                                 "2026-10-20T18:59:59Z", "2026-10-21T02:10:00Z", ""})
    tree.add(kFile, {line_of({.id = "msg_" + std::to_string(++number), .output = 100, .time = time})});
  const Read read(tree);
  Windows windows;
  for (const auto& [key, entry] : read.ledger.entries()) windows.add(entry.origin.program, entry.time);
  windows.finish();
  const Zone zone = Zone::open("UTC").value();
  Summer summer({Dimension::kWindow}, {}, read.ledger.names(), zone, &windows);
  for (const auto& [key, entry] : read.ledger.entries()) summer.add(entry);
  const Groups groups = summer.groups();
  CHECK(groups.size() == 4);
  CHECK(groups.at({"2026-10-20 09:00 (estimated)"}).responses == 2);
  CHECK(groups.at({"2026-10-20 14:00 (estimated)"}).responses == 2);
  CHECK(groups.at({"2026-10-21 02:00 (estimated)"}).responses == 1);
  CHECK(groups.at({"(undated)"}).responses == 1);
}

TEST_CASE("a window that the vendor reported takes precedence over the estimated one", "[ledger]") {
  Names names;
  const Name program = names.add("claude_code");
  const Zone zone = Zone::open("UTC").value();
  constexpr Time kMinute = 60'000'000'000;
  constexpr Time kStart = 29'900'240 * kMinute;  // 2026-11-07 01:20
  Windows windows;
  windows.add_reported(program, kStart, kStart + 300 * kMinute);
  const Time times[] = {kStart - 1, kStart, kStart + 300 * kMinute - 1, kStart + 300 * kMinute};
  for (const Time time : times) windows.add(program, time);
  windows.finish();
  Summer summer({Dimension::kWindow}, {}, names, zone, &windows);
  for (const Time time : times) {
    Facets facets;
    facets.time = time;
    facets.origin.program = program;
    Sum sum;
    sum.responses = 1;
    summer.add(facets, sum);
  }
  const Groups groups = summer.groups();
  CHECK(groups.size() == 3);
  CHECK(groups.at({"2026-11-07 01:20 (vendor)"}).responses == 2);
  CHECK(groups.at({"2026-11-07 01:00 (estimated)"}).responses == 1);
  CHECK(groups.at({"2026-11-07 06:00 (estimated)"}).responses == 1);
  CHECK(windows.estimated_at(kStart + 60 * kMinute).empty());
  CHECK(windows.estimated_at(kStart + 400 * kMinute).size() == 1);
}
