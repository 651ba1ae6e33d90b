// SPDX-License-Identifier: MIT
#include "kernel/config/removed_keys.hpp"

#include <atm/json.hpp>

namespace atm::kernel {
namespace {

using Path = std::vector<std::string>;

void copy_table(const json::Value& table, const json::Value* rule, const Path& path, json::Writer& to,
                std::vector<RemovedKey>& removed) {
  const json::Value* const rules = rule == nullptr ? nullptr : json::get_object(*rule, "properties");
  to.StartObject();
  for (const auto& member : table.GetObject()) {
    const std::string_view name = json::text_of(member.name);
    const json::Value* const own = rules == nullptr ? nullptr : json::get_object(*rules, name);
    Path place = path;
    place.emplace_back(name);
    if (own != nullptr) {
      if (const auto instead = json::get_string(*own, "removed")) {
        removed.push_back({std::move(place), std::string(*instead)});
        continue;
      }
    }
    json::key(to, name);
    if (own != nullptr && member.value.IsObject()) {
      copy_table(member.value, own, place, to, removed);
    } else {
      member.value.Accept(to);
    }
  }
  to.EndObject();
}

}  // namespace

std::vector<RemovedKey> drop_removed_keys(std::string_view schema, std::string& json) {
  std::vector<RemovedKey> removed;
  json::Reader rules;
  json::Reader document;
  const json::Value* const rule = rules.parse(schema);
  const json::Value* const table = document.parse(json);
  if (rule == nullptr || table == nullptr || !rule->IsObject() || !table->IsObject()) return removed;
  json::Buffer buffer;
  json::Writer writer(buffer);
  copy_table(*table, rule, {}, writer, removed);
  if (!removed.empty()) json = json::text_of(buffer);
  return removed;
}

}  // namespace atm::kernel
