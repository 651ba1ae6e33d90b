// SPDX-License-Identifier: MIT
#include "lib/config/schema_words.hpp"

#include <atm/domain/utf8.hpp>

#include "lib/config/problem.hpp"

namespace atm {
namespace {

constexpr std::size_t kMaxFoundBytes = 80;
constexpr std::size_t kMaxNamed = 16;

std::string_view type_word(std::string_view type) {
  if (type == "string") return "text";
  if (type == "integer") return "an integer";
  if (type == "number") return "a number";
  if (type == "boolean") return "true or false";
  if (type == "array") return "a list";
  if (type == "object") return "a table";
  return type;
}

std::string_view kind_of(const json::Value& value) {
  if (value.IsString()) return "text";
  if (value.IsBool()) return "a boolean";
  if (value.IsObject()) return "a table";
  if (value.IsArray()) return "a list";
  if (value.IsInt64() || value.IsUint64()) return "an integer";
  return value.IsNumber() ? "a number" : "null";
}

std::string compact(const json::Value& value) {
  json::Buffer buffer;
  json::Writer writer(buffer);
  value.Accept(writer);
  std::string text(json::text_of(buffer));
  if (text.size() > kMaxFoundBytes) text = std::string(utf8_cut(text, kMaxFoundBytes)) + "...";
  return text;
}

std::string joined(const std::vector<std::string>& words, std::string_view last_glue) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) text += i + 1 == words.size() ? last_glue : ", ";
    text += words[i];
  }
  return text;
}

std::string wanted_type(const json::Value& rule) {
  const json::Value* type = json::find(rule, "type");
  if (type == nullptr) return "another type";
  if (type->IsString()) return std::string(type_word(json::text_of(*type)));
  std::vector<std::string> words;
  if (type->IsArray()) {
    for (const json::Value& one : type->GetArray()) {
      if (one.IsString()) words.emplace_back(type_word(json::text_of(one)));
    }
  }
  return joined(words, " or ");
}

std::string wanted_enum(const json::Value& rule) {
  std::vector<std::string> words;
  if (const json::Value* values = json::get_array(rule, "enum")) {
    for (const json::Value& one : values->GetArray()) {
      words.push_back(one.IsString() ? std::string(json::text_of(one)) : compact(one));
    }
  }
  return joined(words, " or ");
}

bool flag(const json::Value& rule, std::string_view name) {
  return json::get_bool(rule, name).value_or(false);
}

std::string wanted(const json::Value& rule, std::string_view keyword) {
  const json::Value* bound = json::find(rule, keyword);
  const std::string number = bound != nullptr ? compact(*bound) : "";
  if (keyword == "type") return wanted_type(rule);
  if (keyword == "enum") return wanted_enum(rule);
  if (keyword == "minimum") return (flag(rule, "exclusiveMinimum") ? "more than " : "at least ") + number;
  if (keyword == "maximum") return (flag(rule, "exclusiveMaximum") ? "less than " : "at most ") + number;
  if (keyword == "multipleOf") return "a multiple of " + number;
  if (keyword == "minLength") return "at least " + number + " characters";
  if (keyword == "maxLength") return "at most " + number + " characters";
  if (keyword == "pattern") return "text that matches the pattern " + number;
  if (keyword == "minItems") return "at least " + number + " elements";
  if (keyword == "maxItems") return "at most " + number + " elements";
  if (keyword == "uniqueItems") return "no duplicate elements";
  return "a value that the schema allows for " + std::string(keyword);
}

std::vector<std::string> known_keys(const json::Value& rule) {
  std::vector<std::string> names;
  if (const json::Value* properties = json::get_object(rule, "properties")) {
    for (const auto& member : properties->GetObject()) {
      // A removed key is no longer valid.
      if (json::find(member.value, "removed") == nullptr) names.emplace_back(json::text_of(member.name));
    }
  }
  return names;
}

std::string description(const json::Value& rule) {
  return std::string(json::get_string(rule, "description").value_or(""));
}

Mismatch unknown_key(const std::vector<std::string>& path, const json::Value& rule) {
  std::vector<std::string> names = known_keys(rule);
  const std::string_view near = path.empty() ? std::string_view() : closest(path.back(), names);
  Mismatch mismatch{path, "an unknown key", "", ""};
  mismatch.remedy = near.empty() ? "remove it" : "did you mean " + std::string(near) + "?";
  if (names.size() > kMaxNamed) names.resize(kMaxNamed);
  mismatch.wanted = names.empty() ? "no keys" : "one of " + joined(names, ", ");
  return mismatch;
}

}  // namespace

Mismatch describe_mismatch(const std::vector<std::string>& path, const json::Value& value,
                           const json::Value& rule, std::string_view keyword) {
  if (keyword == "additionalProperties") return unknown_key(path, rule);
  std::string found = compact(value) + " (" + std::string(kind_of(value)) + ")";
  return Mismatch{path, std::move(found), wanted(rule, keyword), description(rule)};
}

Mismatch describe_missing(const std::vector<std::string>& path, const json::Value& rule) {
  const json::Value* properties = json::get_object(rule, "properties");
  const json::Value* member = properties != nullptr ? json::find(*properties, path.back()) : nullptr;
  Mismatch mismatch{path, "missing", "a value", "add it"};
  if (member != nullptr && json::find(*member, "type") != nullptr) mismatch.wanted = wanted_type(*member);
  if (member != nullptr && !description(*member).empty()) mismatch.remedy = "add " + description(*member);
  return mismatch;
}

}  // namespace atm
