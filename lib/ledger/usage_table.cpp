// SPDX-License-Identifier: MIT
#include "ledger/usage_table.hpp"

#include <algorithm>
#include <atm/domain/timestamp.hpp>
#include <atm/json.hpp>
#include <charconv>
#include <cstring>

#include "ledger/state_text.hpp"

namespace atm::ledger {

namespace {

constexpr std::pair<std::string_view, TokenKind> kTableKinds[] = {{"input", TokenKind::kInput},
                                                                  {"output", TokenKind::kOutput},
                                                                  {"cache_write", TokenKind::kCacheWrite},
                                                                  {"cache_read", TokenKind::kCacheRead}};

std::string string_of(const json::Value& value) {
  return value.IsString() ? std::string(json::text_of(value)) : std::string();
}

std::vector<std::string> strings(const json::Value& table, const char* key) {
  std::vector<std::string> list;
  if (const json::Value* array = json::get_array(table, key)) {
    for (const json::Value& one : array->GetArray()) list.push_back(string_of(one));
  }
  return list;
}

template <class Put>
void each_member(const json::Value& table, const char* key, Put&& put) {
  const json::Value* object = json::get_object(table, key);
  if (object == nullptr) return;
  for (const auto& member : object->GetObject()) put(std::string(json::text_of(member.name)), member.value);
}

std::string_view next_directory(std::string_view& path) {
  const std::size_t slash = path.find('/');
  const std::string_view name = path.substr(0, slash);
  path.remove_prefix(slash == path.npos ? path.size() : slash + 1);
  return name;
}

bool match_name(std::string_view pattern, std::string_view name, PathParts& parts) {
  const std::size_t begin = pattern.find_first_of("*{");
  if (begin == pattern.npos) return pattern == name;
  const std::size_t end = pattern[begin] == '*' ? begin : pattern.find('}', begin);
  if (end == pattern.npos) return false;
  const std::string_view before = pattern.substr(0, begin);
  const std::string_view after = pattern.substr(end + 1);
  if (name.size() <= before.size() + after.size() || !name.starts_with(before) || !name.ends_with(after))
    return false;
  if (end > begin)
    parts[std::string(pattern.substr(begin + 1, end - begin - 1))] =
        name.substr(before.size(), name.size() - before.size() - after.size());
  return true;
}

}  // namespace

std::optional<UsageTable> UsageTable::of_manifest(std::string_view agent, std::string_view json) {
  json::Reader reader;
  const json::Value* const root = reader.parse(json);
  const json::Value* const usage = root == nullptr ? nullptr : json::get_object(*root, "usage");
  if (usage == nullptr) return std::nullopt;
  UsageTable table;
  table.agent = agent;
  table.directory = json::get_string(*usage, "directory").value_or("");
  table.files = strings(*usage, "files");
  table.id = strings(*usage, "id");
  table.cost = json::get_string(*usage, "cost").value_or("");
  const auto conditions = [](Conditions& to) {
    return [&to](std::string name, const json::Value& value) {
      to.emplace_back(std::move(name), string_of(value));
    };
  };
  const auto members = [](Members& to) {
    return [&to](std::string name, const json::Value& value) { to[std::move(name)] = string_of(value); };
  };
  each_member(*usage, "when", conditions(table.when));
  each_member(*usage, "take", members(table.take));
  if (const json::Value* header = json::get_object(*usage, "header")) {
    each_member(*header, "when", conditions(table.header_when));
    each_member(*header, "take", members(table.header_take));
  }
  each_member(*usage, "tokens", [&](const std::string& name, const json::Value& value) {
    if (!value.IsArray()) return;
    for (const json::Value& one : value.GetArray()) table.tokens[name].push_back(string_of(one));
  });
  return table;
}

std::optional<PathParts> match_path(std::string_view pattern, std::string_view path) {
  PathParts parts;
  while (!pattern.empty() && !path.empty()) {
    if (!match_name(next_directory(pattern), next_directory(path), parts)) return std::nullopt;
  }
  if (!pattern.empty() || !path.empty()) return std::nullopt;
  return parts;
}

ManifestReader::ManifestReader(UsageTable table) : table_(std::move(table)) {
  when_ = conditions(table_.when);
  header_when_ = conditions(table_.header_when);
  for (const std::string& pointer : table_.id) id_.push_back(fields_.add(pointer));
  for (const auto& [name, pointer] : table_.take) take_[name] = fields_.add(pointer);
  for (const auto& [name, pointer] : table_.header_take) header_take_[name] = fields_.add(pointer);
  for (const auto& [name, kind] : kTableKinds) {
    const auto found = table_.tokens.find(name);
    if (found == table_.tokens.end()) continue;
    std::vector<Term> terms;
    for (std::string_view pointer : found->second) {
      const bool is_negative = pointer.starts_with('-');
      if (is_negative) pointer.remove_prefix(1);
      terms.push_back({fields_.add(pointer), is_negative});
      if (word_.empty()) word_ = pointer.substr(pointer.rfind('/') + 1);
    }
    tokens_.emplace_back(kind, std::move(terms));
  }
  if (!table_.cost.empty()) cost_ = fields_.add(table_.cost);
}

std::vector<ManifestReader::Condition> ManifestReader::conditions(const UsageTable::Conditions& from) {
  std::vector<Condition> to;
  for (const auto& [pointer, value] : from) to.push_back({fields_.add(pointer), value});
  return to;
}

bool ManifestReader::holds(const std::vector<Condition>& conditions) const {
  return std::all_of(conditions.begin(), conditions.end(), [this](const Condition& condition) {
    const Field& field = fields_[condition.field];
    if (condition.value == "*") return !field.is_absent();
    if (condition.value == "-") return field.is_absent();
    return field.string() == condition.value && field.kind == JsonCursor::Kind::kString;
  });
}

void ManifestReader::open(std::string_view below, std::string_view state) {
  path_.clear();
  for (const std::string& pattern : table_.files) {
    if (auto parts = match_path(pattern, below)) {
      path_ = std::move(*parts);
      break;
    }
  }
  header_.clear();
  has_header_ = !state.empty();
  std::string name;
  std::string value;
  while (take_text(state, name) && take_text(state, value)) header_[name] = value;
}

std::string ManifestReader::state() const {
  std::string bytes;
  if (!has_header_) return bytes;
  for (const auto& [name, value] : header_) {
    put_text(bytes, name);
    put_text(bytes, value);
  }
  // A header without values is not the start of a file.
  if (bytes.empty()) bytes = "-";
  return bytes;
}

void ManifestReader::read_header() {
  has_header_ = true;
  for (const auto& [name, field] : header_take_) {
    const std::string_view value = fields_[field].string();
    if (!value.empty() && value.size() <= kMaxName) header_[name] = value;
  }
}

// The line says more than the path, and the path more than the header.
std::string_view ManifestReader::text(std::string_view name) const {
  if (const auto taken = take_.find(name); taken != take_.end()) {
    const std::string_view value = fields_[taken->second].string();
    if (!value.empty() && value.size() <= kMaxName) return value;
  }
  for (const PathParts* const parts : {&path_, &header_}) {
    if (const auto known = parts->find(name); known != parts->end()) return known->second;
  }
  return {};
}

bool ManifestReader::read_usage(Usage& usage) const {
  for (const auto& [kind, terms] : tokens_) {
    std::uint64_t sum = 0;
    std::uint64_t less = 0;
    for (const Term& term : terms) {
      const auto count = count_of(fields_[term.field], kMaxCount);
      if (!count) return false;
      (term.is_negative ? less : sum) += *count;
    }
    if (less > sum || sum - less > kMaxCount) return false;
    usage[kind] = static_cast<std::uint32_t>(sum - less);
  }
  return true;
}

LineResult ManifestReader::read(std::string_view line, bool is_last, Record& record) {
  const LineResult broken = is_last ? LineResult::kTorn : LineResult::kUnreadable;
  line = without_blanks(line);
  if (line.empty()) return LineResult::kNothing;
  const bool needs_header = !has_header_ && !header_when_.empty();
  if (!needs_header && memmem(line.data(), line.size(), word_.data(), word_.size()) == nullptr)
    return line.front() == '{' && line.back() != '}' ? broken : LineResult::kNothing;
  if (!fields_.read(line)) {
    JsonCursor at(line);
    return at.kind() != JsonCursor::Kind::kObject && at.skip() && at.at_end() ? LineResult::kNothing : broken;
  }
  if (needs_header && holds(header_when_)) read_header();
  if (!holds(when_)) return LineResult::kNothing;
  Usage usage;
  if (!read_usage(usage)) return LineResult::kMalformed;
  // An error of the agent's own has no tokens.
  if (usage == Usage{}) return LineResult::kNothing;
  record = Record{.extras = std::move(record.extras)};
  record.extras.clear();
  key_ = table_.agent;
  for (const std::size_t field : id_) {
    const std::string_view part = fields_[field].string();
    if (part.empty() || part.size() > kMaxName) {
      key_.clear();
      break;
    }
    key_.append(" ").append(part);
  }
  record.key = key_;
  record.program = table_.agent;
  record.model = text("model");
  record.session = text("session");
  record.project = text("cwd");
  if (record.project.empty()) record.project = text("project");
  record.branch = text("branch");
  record.subagent = text("subagent");
  record.is_sidechain = !record.subagent.empty();
  if (const auto time = parse_rfc3339(text("time"))) record.time = time->time_since_epoch().count();
  record.usage = usage;
  if (cost_ != SIZE_MAX && fields_[cost_].kind == JsonCursor::Kind::kNumber)
    record.agent_amount = dollars_of_json(fields_[cost_].text);
  return LineResult::kResponse;
}

}  // namespace atm::ledger
