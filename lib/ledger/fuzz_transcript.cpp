// SPDX-License-Identifier: MIT
// Reads any lines of a transcript: the outcome of a line does not depend on the blanks around it, and the amount of each
// entry can be computed again from its lineage.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "ledger/claude_code.hpp"
#include "ledger/ledger.hpp"

using namespace atm::ledger;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view input(reinterpret_cast<const char*>(data), size);
  ClaudeCodeReader reader;
  reader.open("-home-dev-p/s1.jsonl", "");
  Ledger ledger;
  const Name file = ledger.names().add("s1.jsonl");
  std::uint64_t offset = 0;
  while (!input.empty()) {
    const std::size_t end = input.find('\n');
    const std::string_view line = input.substr(0, end);
    Record record;
    const LineResult result = reader.read(line, end == input.npos, record);
    if (result == LineResult::kResponse)
      ledger.add(record, {file, offset, static_cast<std::uint32_t>(line.size())});
    const std::string spaced = " " + std::string(line) + "\r";
    Record again;
    if (reader.read(spaced, end == input.npos, again) != result) std::abort();
    offset += line.size() + 1;
    input.remove_prefix(end == input.npos ? input.size() : end + 1);
  }
  ledger.price(PriceTable::built_in());
  for (const auto& [key, entry] : ledger.entries()) {
    for (const Line& line : entry.lines) {
      const auto quote = parse_quote(ledger.text(line.quote));
      if (quote.has_value() != (line.unpriced == Unpriced::kNo)) std::abort();
      if (quote && amount_of(*quote, line.usage) != line.amount) std::abort();
    }
  }
  return 0;
}
