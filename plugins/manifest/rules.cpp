// SPDX-License-Identifier: MIT
#include "rules.hpp"

#include <atm/plugin/vocabulary.hpp>
#include <charconv>

namespace manifest {

namespace json = atm::json;
using json::Value;

namespace {

std::string text_at(const Value& object, std::string_view key) {
  return std::string(json::get_string(object, key).value_or(""));
}

std::vector<Pointer> pointers_of(const Value& value) {
  std::vector<Pointer> pointers;
  if (value.IsString()) pointers.push_back(parse_pointer(json::text_of(value)));
  if (!value.IsArray()) return pointers;
  for (const Value& one : value.GetArray()) pointers.push_back(parse_pointer(json::text_of(one)));
  return pointers;
}

void add_attributes(const Value* table, Verb verb, std::vector<Attribute>& to) {
  if (table == nullptr) return;
  for (const auto& member : table->GetObject()) {
    Attribute attribute{std::string(json::text_of(member.name)),
                        atm::attribute_kind(json::text_of(member.name)), verb};
    if (verb == Verb::kCount) {
      attribute.at.push_back(parse_pointer(text_at(member.value, "of")));
      if (const Value* except = json::get_object(member.value, "except")) {
        for (const auto& one : except->GetObject()) {
          auto& words = attribute.except[std::string(json::text_of(one.name))];
          for (const Value& word : one.value.GetArray()) words.emplace_back(json::text_of(word));
        }
      }
    } else {
      attribute.at = pointers_of(member.value);
    }
    to.push_back(std::move(attribute));
  }
}

Fixed fixed_of(std::string_view key, const Value& value) {
  Fixed fixed{std::string(key), false};
  if (value.IsBool()) {
    fixed.value = value.GetBool();
  } else if (value.IsString()) {
    fixed.value = std::string(json::text_of(value));
  } else if (value.IsInt64() && atm::attribute_kind(key) != ATM_VALUE_DOUBLE) {
    fixed.value = std::int64_t{value.GetInt64()};
  } else {
    fixed.value = value.GetDouble();
  }
  return fixed;
}

Rule rule_of(const Value& from, std::string_view id) {
  Rule rule;
  if (const Value* when = json::get_object(from, "when")) {
    for (const auto& member : when->GetObject()) {
      const std::string_view text = json::text_of(member.value);
      const auto is = text == "*"   ? Condition::Is::kPresent
                      : text == "-" ? Condition::Is::kAbsent
                                    : Condition::Is::kText;
      rule.when.push_back({parse_pointer(json::text_of(member.name)), is, std::string(text)});
    }
  }
  rule.is_skipped = json::get_bool(from, "skip").value_or(false);
  rule.type = text_at(from, "emit");
  if (rule.type.starts_with('.')) rule.type.insert(0, id);
  if (const Value* set = json::get_object(from, "set")) {
    for (const auto& member : set->GetObject())
      rule.set.push_back(fixed_of(json::text_of(member.name), member.value));
  }
  add_attributes(json::get_object(from, "take"), Verb::kTake, rule.attributes);
  add_attributes(json::get_object(from, "length"), Verb::kLength, rule.attributes);
  add_attributes(json::get_object(from, "count"), Verb::kCount, rule.attributes);
  add_attributes(json::get_object(from, "plus"), Verb::kPlus, rule.attributes);
  add_attributes(json::get_object(from, "minus"), Verb::kMinus, rule.attributes);
  if (const auto actor = json::get_string(from, "actor")) rule.actor = parse_pointer(*actor);
  const auto bind = json::get_string(from, "bind");
  if (bind == "sole") rule.binding = Binding::kSole;
  if (bind == "none") rule.binding = Binding::kNone;
  return rule;
}

std::optional<Pointer> pointer_at(const Value& from, std::string_view key) {
  const auto text = json::get_string(from, key);
  return text ? std::optional(parse_pointer(*text)) : std::nullopt;
}

EventTable table_of(const Value& from, std::string_view id) {
  EventTable table;
  table.session_text = text_at(from, "session");
  table.session = pointer_at(from, "session");
  table.actor = pointer_at(from, "actor");
  table.time = pointer_at(from, "time");
  if (const Value* event = json::find(from, "event")) table.event = pointers_of(*event);
  add_attributes(json::get_object(from, "always"), Verb::kTake, table.always);
  if (const Value* on = json::get_object(from, "on")) {
    for (const auto& event : on->GetObject()) {
      std::vector<Rule>& rules = table.on[std::string(json::text_of(event.name))];
      if (event.value.IsArray()) {
        for (const Value& one : event.value.GetArray()) rules.push_back(rule_of(one, id));
      } else {
        rules.push_back(rule_of(event.value, id));
      }
    }
  }
  return table;
}

std::vector<std::string> texts_at(const Value& object, std::string_view key) {
  std::vector<std::string> texts;
  const Value* list = json::find(object, key);
  if (list == nullptr || !list->IsArray()) return texts;
  for (const Value& one : list->GetArray()) texts.emplace_back(json::text_of(one));
  return texts;
}

Follow follow_of(const Value& from, std::string_view id) {
  Follow follow;
  follow.table = table_of(from, id);
  follow.under = texts_at(from, "under");
  follow.glob = text_at(from, "glob");
  follow.newest = static_cast<std::size_t>(json::get_int(from, "newest").value_or(20));
  if (const Value* head = json::get_object(from, "head")) {
    follow.head_session = pointer_at(*head, "session");
    follow.head_actor = pointer_at(*head, "actor");
    follow.head_actor_if = pointer_at(*head, "actor_if");
  }
  return follow;
}

}  // namespace

Pointer parse_pointer(std::string_view text) {
  Pointer pointer;
  while (!text.empty()) {
    text.remove_prefix(1);
    const std::string_view raw = text.substr(0, text.find('/'));
    std::string step;
    for (std::size_t i = 0; i < raw.size(); ++i) {
      const bool is_escape = raw[i] == '~' && i + 1 < raw.size();
      step += !is_escape ? raw[i] : raw[++i] == '1' ? '/' : '~';
    }
    pointer.push_back(std::move(step));
    text.remove_prefix(raw.size());
  }
  return pointer;
}

const Value* resolve(const Value& root, const Pointer& pointer) {
  const Value* at = &root;
  for (const std::string& step : pointer) {
    if (at->IsObject()) {
      at = json::find(*at, step);
    } else if (at->IsArray()) {
      std::uint32_t index = 0;
      const char* const end = step.data() + step.size();
      const auto [stop, fault] = std::from_chars(step.data(), end, index);
      const bool is_index = fault == std::errc() && stop == end && index < at->Size();
      at = is_index ? &(*at)[index] : nullptr;
    } else {
      at = nullptr;
    }
    if (at == nullptr || at->IsNull()) return nullptr;
  }
  return at;
}

AgentRules compile(const Value& manifest) {
  AgentRules rules;
  if (const Value* agent = json::get_object(manifest, "agent")) rules.id = text_at(*agent, "id");
  const Value* process = json::get_object(manifest, "process");
  if (process != nullptr) rules.programs = texts_at(*process, "programs");
  if (const Value* hook = json::get_object(manifest, "hook")) rules.hook = table_of(*hook, rules.id);
  if (const Value* notify = json::get_object(manifest, "notify")) rules.notify = table_of(*notify, rules.id);
  if (const Value* follow = json::find(manifest, "follow"); follow != nullptr && follow->IsArray()) {
    for (const Value& one : follow->GetArray()) rules.follows.push_back(follow_of(one, rules.id));
  }
  return rules;
}

}  // namespace manifest
