// SPDX-License-Identifier: MIT
// Reads any lines as a rollout of Codex and as a session file with a manifest. A reader that goes on with the state of
// another one finds the same records.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/codex.hpp"
#include "ledger/usage_table.hpp"

using namespace atm::ledger;

namespace {

constexpr std::string_view kManifest = R"({"usage":{"directory":"~/x","files":["{project}/*.jsonl"],
  "when":{"/type":"message"},"id":["/id","/time"],"take":{"time":"/time","model":"/model","cwd":"/cwd"},
  "header":{"when":{"/type":"session"},"take":{"session":"/id"}},
  "tokens":{"input":["/tokens/input","-/tokens/cached"],"output":["/tokens/output"],"cache_read":["/tokens/cached"]},
  "cost":"/cost"}})";

std::string text_of(LineResult result, const Record& record) {
  std::string text = std::to_string(static_cast<int>(result));
  if (result != LineResult::kResponse) return text;
  for (const std::string_view part : {record.key, record.program, record.model, record.session,
                                      record.owner_session, record.project, record.branch, record.subagent})
    text.append("\t").append(part);
  for (const std::uint32_t count : record.usage.tokens) text += "\t" + std::to_string(count);
  return text + "\t" + std::to_string(record.time);
}

template <class Make>
void check(std::string_view input, Make&& make) {
  auto whole = make();
  whole->open("p/s.jsonl", "");
  std::string state;
  while (!input.empty()) {
    const std::size_t end = input.find('\n');
    const std::string_view line = input.substr(0, end);
    const bool is_last = end == input.npos;
    auto next = make();
    next->open("p/s.jsonl", state);
    Record record;
    const std::string found = text_of(whole->read(line, is_last, record), record);
    Record again;
    if (text_of(next->read(line, is_last, again), again) != found) std::abort();
    state = whole->state();
    if (next->state() != state) std::abort();
    input.remove_prefix(is_last ? input.size() : end + 1);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  // Without directories: no parent is looked up.
  check(input, [] { return std::make_unique<CodexReader>(std::vector<std::string>()); });
  static const UsageTable table = UsageTable::of_manifest("x", kManifest).value();
  check(input, [] { return std::make_unique<ManifestReader>(table); });
  return 0;
}
