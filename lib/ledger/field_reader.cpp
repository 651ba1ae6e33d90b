// SPDX-License-Identifier: MIT
#include "ledger/field_reader.hpp"

#include <algorithm>
#include <charconv>

namespace atm::ledger {

namespace {

std::string unescaped(std::string_view step) {
  std::string name;
  for (std::size_t i = 0; i < step.size(); ++i) {
    if (step[i] == '~' && i + 1 < step.size()) {
      name += step[++i] == '1' ? '/' : '~';
    } else {
      name += step[i];
    }
  }
  return name;
}

}  // namespace

std::string_view without_blanks(std::string_view line) noexcept {
  constexpr std::string_view kBlank(" \t\r\n\0", 5);
  const std::size_t first = line.find_first_not_of(kBlank);
  if (first == line.npos) return {};
  return line.substr(first, line.find_last_not_of(kBlank) - first + 1);
}

std::optional<std::uint64_t> count_of(const Field& field, std::uint64_t limit) {
  if (field.is_absent()) return 0;
  if (field.kind != JsonCursor::Kind::kNumber) return std::nullopt;
  if (field.text == "-0") return 0;
  std::uint64_t count = 0;
  const char* const end = field.text.data() + field.text.size();
  const auto [at, failed] = std::from_chars(field.text.data(), end, count);
  if (failed != std::errc() || at != end || count > limit) return std::nullopt;
  return count;
}

std::size_t FieldReader::add(std::string_view pointer) {
  if (const auto known = std::find(pointers_.begin(), pointers_.end(), pointer); known != pointers_.end())
    return static_cast<std::size_t>(known - pointers_.begin());
  pointers_.emplace_back(pointer);
  fields_.emplace_back();
  std::size_t node = 0;
  while (!pointer.empty()) {
    pointer.remove_prefix(1);
    const std::size_t slash = std::min(pointer.find('/'), pointer.size());
    const std::string name = unescaped(pointer.substr(0, slash));
    pointer.remove_prefix(slash);
    std::size_t next = 0;
    for (const std::size_t child : nodes_[node].children) {
      if (nodes_[child].name == name) next = child;
    }
    if (next == 0) {
      next = nodes_.size();
      nodes_[node].children.push_back(next);
      nodes_.push_back({name, {}, SIZE_MAX});
    }
    node = next;
  }
  nodes_[node].field = fields_.size() - 1;
  return fields_.size() - 1;
}

bool FieldReader::read(std::string_view line) {
  clear(0);
  JsonCursor at(line);
  return at.kind() == JsonCursor::Kind::kObject && read_object(at, 0) && at.at_end();
}

void FieldReader::clear(std::size_t node) {
  if (const std::size_t field = nodes_[node].field; field != SIZE_MAX) {
    fields_[field].kind = JsonCursor::Kind::kNone;
    fields_[field].text = {};
  }
  for (const std::size_t child : nodes_[node].children) clear(child);
}

// The depth of the recursion is that of the pointers; values that no pointer names are skipped without recursion.
bool FieldReader::read_object(JsonCursor& at, std::size_t node) {
  return at.object([&](std::string_view key) {
    for (const std::size_t child : nodes_[node].children) {
      if (nodes_[child].name == key) return read_value(at, child);
    }
    return at.skip();
  });
}

bool FieldReader::read_value(JsonCursor& at, std::size_t node) {
  clear(node);
  const JsonCursor::Kind kind = at.kind();
  if (const std::size_t index = nodes_[node].field; index != SIZE_MAX) {
    Field& field = fields_[index];
    field.kind = kind;
    if (kind == JsonCursor::Kind::kString) return at.string(field.text, field.scratch);
    if (kind == JsonCursor::Kind::kNumber) return at.number(field.text);
  }
  return kind == JsonCursor::Kind::kObject ? read_object(at, node) : at.skip();
}

}  // namespace atm::ledger
