// SPDX-License-Identifier: MIT
#include "ledger/entry_codec.hpp"

namespace atm::ledger {

namespace {

constexpr unsigned char kEntryForm = 1;
constexpr unsigned char kEntryFormWithAmount = 2;  // with the dollars of the agent

template <class Integer>
void put(std::string& bytes, Integer value) {
  while (value >= 0x80) {
    bytes += static_cast<char>(static_cast<unsigned char>(value) | 0x80U);
    value >>= 7;
  }
  bytes += static_cast<char>(value);
}

void put_signed(std::string& bytes, std::int64_t value) {
  put(bytes, (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63));
}

class Input final {
 public:
  explicit Input(std::string_view bytes) : at_(bytes.data()), end_(at_ + bytes.size()) {}

  template <class Integer>
  Integer get() {
    Integer value = 0;
    for (unsigned shift = 0; shift < sizeof(Integer) * 8; shift += 7) {
      if (at_ == end_) break;
      const auto byte = static_cast<unsigned char>(*at_++);
      value = static_cast<Integer>(value | static_cast<Integer>(static_cast<Integer>(byte & 0x7FU) << shift));
      if ((byte & 0x80U) == 0) return value;
    }
    is_valid_ = false;
    return 0;
  }
  std::int64_t get_signed() {
    const auto value = get<std::uint64_t>();
    return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
  }
  /// A number of elements, each of which takes a byte or more.
  std::size_t get_size() {
    const auto size = get<std::uint64_t>();
    if (size > static_cast<std::uint64_t>(end_ - at_)) is_valid_ = false;
    return is_valid_ ? static_cast<std::size_t>(size) : 0;
  }
  /// `size` is that of get_size().
  std::string get_bytes(std::size_t size) {
    std::string bytes(at_, size);
    at_ += size;
    return bytes;
  }
  [[nodiscard]] bool at_end() const noexcept { return at_ == end_; }
  [[nodiscard]] bool is_valid() const noexcept { return is_valid_; }
  void fail() noexcept { is_valid_ = false; }

 private:
  const char* at_;
  const char* end_;
  bool is_valid_ = true;
};

}  // namespace

void encode(const Entry& entry, const std::function<std::uint64_t(Name)>& number_of, std::string& bytes) {
  put(bytes, unsigned{entry.agent_amount ? kEntryFormWithAmount : kEntryForm});
  if (entry.agent_amount) put(bytes, *entry.agent_amount);
  put_signed(bytes, entry.time);
  for (const Name name :
       {entry.owner, entry.session, entry.origin.program, entry.origin.project, entry.origin.worktree,
        entry.origin.branch, entry.origin.subagent, entry.origin.subagent_type, entry.tool_server})
    put(bytes, number_of(name));
  put(bytes, entry.tool_block);
  put(bytes, (entry.is_owner_uncertain ? 1U : 0U) | (entry.origin.is_copy ? 2U : 0U) |
                 (entry.origin.is_sidechain ? 4U : 0U));
  put(bytes, unsigned{entry.conditions});
  put(bytes, unsigned{entry.marks});
  put(bytes, entry.lines.size());
  for (const Line& line : entry.lines) {
    put(bytes, number_of(line.model));
    for (const std::uint32_t count : line.usage.tokens) put(bytes, count);
    put(bytes, line.usage.web_searches);
    put(bytes, static_cast<unsigned>(line.unpriced));
    put(bytes, number_of(line.quote));
    put(bytes, line.amount);
  }
  put(bytes, entry.places.size());
  for (const Place& place : entry.places) {
    put(bytes, number_of(place.file));
    put(bytes, place.offset);
    put(bytes, place.length);
  }
}

bool decode(std::string_view bytes, const std::vector<Name>& names, bool with_places, Entry& entry) {
  Input in(bytes);
  const auto name = [&]() -> Name {
    const auto number = in.get<std::uint64_t>();
    if (number < names.size()) return names[number];
    in.fail();
    return 0;
  };
  const auto form = in.get<unsigned>();
  if (form != kEntryForm && form != kEntryFormWithAmount) return false;
  entry.agent_amount.reset();
  if (form == kEntryFormWithAmount) entry.agent_amount = in.get<Pico>();
  entry.time = in.get_signed();
  for (Name* const target :
       {&entry.owner, &entry.session, &entry.origin.program, &entry.origin.project, &entry.origin.worktree,
        &entry.origin.branch, &entry.origin.subagent, &entry.origin.subagent_type, &entry.tool_server})
    *target = name();
  entry.tool_block = in.get<std::uint64_t>();
  const auto flags = in.get<unsigned>();
  entry.is_owner_uncertain = (flags & 1U) != 0;
  entry.origin.is_copy = (flags & 2U) != 0;
  entry.origin.is_sidechain = (flags & 4U) != 0;
  entry.conditions = static_cast<Conditions>(in.get<unsigned>());
  entry.marks = static_cast<Marks>(in.get<unsigned>());
  entry.lines.resize(in.get_size());
  for (Line& line : entry.lines) {
    line.model = name();
    for (std::uint32_t& count : line.usage.tokens) count = in.get<std::uint32_t>();
    line.usage.web_searches = in.get<std::uint32_t>();
    const auto reason = in.get<unsigned>();
    if (reason > static_cast<unsigned>(Unpriced::kNoModel)) return false;
    line.unpriced = static_cast<Unpriced>(reason);
    line.quote = name();
    line.amount = in.get<Pico>();
  }
  entry.is_priced = true;
  entry.places.clear();
  if (!with_places) return in.is_valid() && !entry.lines.empty();
  entry.places.resize(in.get_size());
  for (Place& place : entry.places) {
    place.file = name();
    place.offset = in.get<std::uint64_t>();
    place.length = in.get<std::uint32_t>();
  }
  return in.is_valid() && !entry.lines.empty() && !entry.places.empty();
}

void encode(const Facets& facets, const std::function<std::uint64_t(Name)>& number_of, std::string& bytes) {
  put_signed(bytes, facets.time);
  for (const Name name : {facets.session, facets.origin.program, facets.origin.project,
                          facets.origin.worktree, facets.origin.branch, facets.origin.subagent,
                          facets.origin.subagent_type, facets.model, facets.tool_server})
    put(bytes, number_of(name));
  put(bytes, unsigned{facets.origin.is_sidechain});
}

bool decode(std::string_view bytes, const std::vector<Name>& names, Facets& facets) {
  Input in(bytes);
  facets.time = in.get_signed();
  for (Name* const target : {&facets.session, &facets.origin.program, &facets.origin.project,
                             &facets.origin.worktree, &facets.origin.branch, &facets.origin.subagent,
                             &facets.origin.subagent_type, &facets.model, &facets.tool_server}) {
    const auto number = in.get<std::uint64_t>();
    if (number >= names.size()) return false;
    *target = names[number];
  }
  facets.origin.is_sidechain = in.get<unsigned>() != 0;
  return in.is_valid() && in.at_end();
}

void encode(const Sum& sum, std::string& bytes) {
  put(bytes, sum.responses);
  for (const std::uint64_t count : sum.tokens) put(bytes, count);
  for (const std::uint64_t count : {sum.web_searches, sum.unpriced_responses, sum.unpriced_tokens, sum.low,
                                    sum.maybe_not_billed, sum.priority, sum.announced, sum.agent_priced})
    put(bytes, count);
  put(bytes, sum.amount);
  put(bytes, sum.agent_amount);
}

bool decode(std::string_view bytes, Sum& sum) {
  Input in(bytes);
  sum.responses = in.get<std::uint64_t>();
  for (std::uint64_t& count : sum.tokens) count = in.get<std::uint64_t>();
  for (std::uint64_t* const count :
       {&sum.web_searches, &sum.unpriced_responses, &sum.unpriced_tokens, &sum.low, &sum.maybe_not_billed,
        &sum.priority, &sum.announced, &sum.agent_priced})
    *count = in.get<std::uint64_t>();
  sum.amount = in.get<Pico>();
  sum.agent_amount = in.get<Pico>();
  return in.is_valid() && in.at_end();
}

void encode(const FileState& state, std::string& bytes) {
  for (const std::uint64_t value : {state.device, state.inode, state.size, state.offset, state.fingerprint})
    put(bytes, value);
  put_signed(bytes, state.modified);
  put_signed(bytes, state.changed);
  for (const std::uint64_t count : state.counts) put(bytes, count);
  put(bytes, static_cast<unsigned>(state.tail));
  if (state.reader.empty()) return;
  put(bytes, state.reader.size());
  bytes += state.reader;
}

bool decode(std::string_view bytes, FileState& state) {
  Input in(bytes);
  for (std::uint64_t* const value :
       {&state.device, &state.inode, &state.size, &state.offset, &state.fingerprint})
    *value = in.get<std::uint64_t>();
  state.modified = in.get_signed();
  state.changed = in.get_signed();
  for (std::uint64_t& count : state.counts) count = in.get<std::uint64_t>();
  const auto tail = in.get<unsigned>();
  if (tail >= kLineResults) return false;
  state.tail = static_cast<LineResult>(tail);
  state.reader.clear();
  if (!in.at_end()) state.reader = in.get_bytes(in.get_size());
  return in.is_valid();
}

}  // namespace atm::ledger
