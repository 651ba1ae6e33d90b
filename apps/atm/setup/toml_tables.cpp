// SPDX-License-Identifier: MIT
#include "toml_tables.hpp"

#include <algorithm>
#include <atm/json.hpp>
#include <optional>
#include <string>

#include "toml_document.hpp"

namespace atm::cli::setup {

namespace {

using Path = std::vector<std::string>;

Path steps_of(std::string_view dotted) {
  Path path;
  while (!dotted.empty()) {
    const std::size_t dot = std::min(dotted.find('.'), dotted.size());
    path.emplace_back(dotted.substr(0, dot));
    dotted.remove_prefix(std::min(dotted.size(), dot + 1));
  }
  return path;
}

const json::Value* object_at(const json::Value& root, const Path& path) {
  const json::Value* at = &root;
  for (const std::string& name : path) {
    if (at == nullptr) return nullptr;
    at = json::get_object(*at, name.c_str());
  }
  return at;
}

bool is_one_of(const std::vector<std::string>& keys, std::string_view key) {
  return std::find(keys.begin(), keys.end(), key) != keys.end();
}

bool is_blank_line(std::string_view line) {
  return line.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

bool is_header_line(std::string_view line) {
  const std::size_t at = line.find_first_not_of(" \t");
  return at != std::string_view::npos && line[at] == '[';
}

bool is_comment_line(std::string_view line) {
  const std::size_t at = line.find_first_not_of(" \t");
  return at != std::string_view::npos && line[at] == '#';
}

std::vector<std::string_view> toml_lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return lines;
}

/// What a line that is a header names: the parent itself, one of its tables, or something else.
struct Named {
  bool is_parent = false;
  std::string key{};
};

Named named_by(std::string_view line, const Path& parent) {
  if (!is_header_line(line)) return {};
  const TomlDocument alone(line);
  const json::Value* table = alone.root() == nullptr ? nullptr : object_at(*alone.root(), parent);
  if (table == nullptr) return {};
  if (table->ObjectEmpty()) return {.is_parent = true};
  const bool is_one = table->MemberCount() == 1 && table->MemberBegin()->value.IsObject() &&
                      table->MemberBegin()->value.ObjectEmpty();
  return is_one ? Named{.key = std::string(json::text_of(table->MemberBegin()->name))} : Named{};
}

/// Removes the keys, and then what is empty on the path to them.
void prune(json::Document& document, const Path& parent, const std::vector<std::string>& keys) {
  std::vector<json::Value*> tables{&document};
  for (const std::string& name : parent) {
    if (!tables.back()->HasMember(name.c_str())) return;
    json::Value& table = (*tables.back())[name.c_str()];
    if (!table.IsObject()) return;
    tables.push_back(&table);
  }
  for (const std::string& key : keys) tables.back()->RemoveMember(key.c_str());
  for (std::size_t i = parent.size(); i > 0 && tables[i]->ObjectEmpty(); --i)
    tables[i - 1]->RemoveMember(parent[i - 1].c_str());
}

bool is_same_without(const json::Value& before, const json::Value& after, const Path& parent,
                     const std::vector<std::string>& keys) {
  json::Document wanted;
  wanted.CopyFrom(before, wanted.GetAllocator());
  prune(wanted, parent, keys);
  json::Document found;
  found.CopyFrom(after, found.GetAllocator());
  prune(found, parent, {});
  return wanted == found;
}

}  // namespace

Result<Edited> without_toml_tables(std::string_view text, std::string_view parent,
                                   const std::vector<std::string>& keys) {
  const TomlDocument before(text);
  if (before.root() == nullptr) return before.error();
  Edited edited{std::string(text)};
  const Path path = steps_of(parent);
  const json::Value* const table = object_at(*before.root(), path);
  if (table == nullptr) return edited;
  for (const std::string& key : keys) {
    if (json::find(*table, key) != nullptr) edited.removed.push_back(key);
  }
  if (edited.removed.empty()) return edited;

  const std::vector<std::string_view> lines = toml_lines(text);
  std::vector<bool> is_kept(lines.size(), true);
  // A table ends at its last value: comments behind it may describe the next table. The line above it separates it.
  const auto drop = [&](std::size_t header, std::size_t end) {
    while (end > header + 1 && (is_blank_line(lines[end - 1]) || is_comment_line(lines[end - 1]))) --end;
    std::fill(is_kept.begin() + static_cast<std::ptrdiff_t>(header),
              is_kept.begin() + static_cast<std::ptrdiff_t>(end), false);
    if (header > 0 && is_blank_line(lines[header - 1])) is_kept[header - 1] = false;
  };
  const bool is_emptied = table->MemberCount() == edited.removed.size();
  for (std::size_t i = 0; i < lines.size();) {
    const Named named = named_by(lines[i], path);
    std::size_t end = i + 1;
    while (end < lines.size() && !is_header_line(lines[end])) ++end;
    const bool is_bare = std::all_of(lines.begin() + static_cast<std::ptrdiff_t>(i) + 1,
                                     lines.begin() + static_cast<std::ptrdiff_t>(end), is_blank_line);
    if (is_one_of(edited.removed, named.key) || (named.is_parent && is_emptied && is_bare)) drop(i, end);
    i = end;
  }
  edited.text.clear();
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (is_kept[i]) edited.text += lines[i];
  }
  const TomlDocument after(edited.text);
  if (after.root() == nullptr || !is_same_without(*before.root(), *after.root(), path, edited.removed))
    return Error{ErrorCode::kParseError,
                 "1: a table below " + std::string(parent) + " has no header of its own"};
  return edited;
}

}  // namespace atm::cli::setup
