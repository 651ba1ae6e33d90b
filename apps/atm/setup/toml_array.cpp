// SPDX-License-Identifier: MIT
#include "toml_array.hpp"

#include <algorithm>
#include <atm/json.hpp>
#include <optional>
#include <vector>

#include "hook_command.hpp"
#include "toml_document.hpp"

namespace atm::cli::setup {

namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

std::optional<std::vector<std::string>> texts_of(const json::Value* value) {
  if (value == nullptr || !value->IsArray()) return std::nullopt;
  std::vector<std::string> texts;
  for (const json::Value& one : value->GetArray()) {
    if (!one.IsString()) return std::nullopt;
    texts.emplace_back(json::text_of(one));
  }
  return texts;
}

bool is_ours(const json::Value* value, std::string_view agent) {
  const auto words = texts_of(value);
  return words && words->size() == 3 && (*words)[0] == "/bin/sh" && (*words)[1] == "-c" &&
         is_argument_command((*words)[2], agent);
}

/// Whether both have the same members besides `key`.
bool is_same_without(const json::Value& a, const json::Value& b, const std::string& key) {
  const auto covers = [&key](const json::Value& one, const json::Value& other) {
    return std::all_of(one.MemberBegin(), one.MemberEnd(), [&](const auto& member) {
      if (json::text_of(member.name) == key) return true;
      const json::Value* same = json::find(other, json::text_of(member.name));
      return same != nullptr && *same == member.value;
    });
  };
  return covers(a, b) && covers(b, a);
}

// A basic string. The words have no control characters.
std::string toml_text(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    result += c;
  }
  return result + '"';
}

/// Begin and end, with the line feed, of the only line that is the key with ATM's value.
std::optional<std::pair<std::size_t, std::size_t>> own_line(std::string_view text, const std::string& key,
                                                            std::string_view agent) {
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size() - 1) + 1;
    std::string_view line = text.substr(begin, end - begin);
    std::size_t from = begin;
    if (begin == 0 && line.starts_with(kByteOrderMark)) {
      from = kByteOrderMark.size();
      line.remove_prefix(from);
    }
    if (line.starts_with(key)) {
      const TomlDocument alone(line);
      if (alone.root() != nullptr && is_ours(json::find(*alone.root(), key), agent)) return {{from, end}};
    }
    begin = end;
  }
  return std::nullopt;
}

Result<std::string> without_line(std::string_view text, const json::Value& root, const std::string& key,
                                 std::string_view agent) {
  std::string rest(text);
  if (const auto line = own_line(text, key, agent)) rest.erase(line->first, line->second - line->first);
  const TomlDocument after(rest);
  if (after.root() == nullptr || json::find(*after.root(), key) != nullptr ||
      !is_same_without(root, *after.root(), key))
    return Error{ErrorCode::kParseError, "1: the key " + key + " of ATM is not on a line of its own"};
  return rest;
}

}  // namespace

Result<Edited> connect_toml_array(std::string_view text, const std::string& key, const std::string& hook,
                                  std::string_view agent) {
  const TomlDocument before(text);
  if (before.root() == nullptr) return before.error();
  Edited edited{std::string(text)};
  const std::string command = argument_command(hook, agent);
  const json::Value* const old = json::find(*before.root(), key);
  if (old != nullptr && !is_ours(old, agent)) {
    edited.mixed.push_back(key);
    return edited;
  }
  if (old != nullptr && (*texts_of(old))[2] == command) return edited;
  (old == nullptr ? edited.added : edited.updated).push_back(key);
  if (old != nullptr) {
    auto rest = without_line(text, *before.root(), key, agent);
    if (!rest) return rest.error();
    edited.text = std::move(*rest);
  }
  const std::size_t first = text.find('\n');
  const bool is_crlf = first != text.npos && first > 0 && text[first - 1] == '\r';
  // The first line is outside of every table.
  const std::size_t at = edited.text.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
  edited.text.insert(at,
                     key + " = [\"/bin/sh\", \"-c\", " + toml_text(command) + (is_crlf ? "]\r\n" : "]\n"));
  const TomlDocument after(edited.text);
  if (after.root() == nullptr || !is_ours(json::find(*after.root(), key), agent) ||
      !is_same_without(*before.root(), *after.root(), key))
    return Error{ErrorCode::kInternal, "the line for " + key + " would change another key"};
  return edited;
}

Result<Edited> disconnect_toml_array(std::string_view text, const std::string& key, std::string_view agent) {
  const TomlDocument before(text);
  if (before.root() == nullptr) return before.error();
  Edited edited{std::string(text)};
  const json::Value* const old = json::find(*before.root(), key);
  if (old == nullptr) return edited;
  if (!is_ours(old, agent)) {
    edited.mixed.push_back(key);
    return edited;
  }
  auto rest = without_line(text, *before.root(), key, agent);
  if (!rest) return rest.error();
  edited.text = std::move(*rest);
  edited.removed.push_back(key);
  return edited;
}

}  // namespace atm::cli::setup
