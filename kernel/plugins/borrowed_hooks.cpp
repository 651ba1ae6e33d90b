// SPDX-License-Identifier: MIT
#include "kernel/plugins/borrowed_hooks.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace atm::kernel {
namespace {

constexpr std::string_view kPresent = "*";
constexpr std::string_view kAbsent = "-";

// Keeps its memory between records. At namespace scope, because clang-tidy 14 assumes that a local one is destroyed at
// each return.
thread_local json::Reader reader_of_this_thread;

// A search of std::string_view stops at each quotation mark, of which a payload has many.
bool contains(std::string_view payload, std::string_view text) noexcept {
  return ::memmem(payload.data(), payload.size(), text.data(), text.size()) != nullptr;
}

}  // namespace

void BorrowedHooks::add(std::string_view manifest) {
  json::Reader reader;
  const json::Value* root = reader.parse(manifest);
  const json::Value* agent = root == nullptr ? nullptr : json::get_object(*root, "agent");
  const json::Value* list = root == nullptr ? nullptr : json::get_array(*root, "borrowed");
  if (agent == nullptr || list == nullptr) return;
  for (const json::Value& one : list->GetArray()) {
    const json::Value* when = json::get_object(one, "when");
    if (when == nullptr) continue;
    Table table{std::string(json::get_string(*agent, "id").value_or("")),
                std::string(json::get_string(one, "channel").value_or("")),
                {}};
    for (const auto& condition : when->GetObject()) {
      std::string member(json::text_of(condition.name));
      member.erase(0, member.find('/') + 1);
      std::string quoted = '"' + member + '"';
      table.when.push_back(
          {std::move(member), std::move(quoted), std::string(json::text_of(condition.value))});
    }
    tables_.push_back(std::move(table));
  }
}

bool BorrowedHooks::holds(const Condition& condition, const json::Value& payload) {
  const json::Value* value = json::find(payload, condition.member);
  const bool is_there = value != nullptr && !value->IsNull();
  if (condition.expected == kAbsent) return !is_there;
  return is_there && (condition.expected == kPresent ||
                      (value->IsString() && json::text_of(*value) == condition.expected));
}

std::string_view BorrowedHooks::owner_of(std::string_view channel, std::string_view payload) const {
  for (const Table& table : tables_) {
    if (table.channel != channel) continue;
    // Most payloads lack the member, and are not parsed.
    const bool may_fit = std::all_of(table.when.begin(), table.when.end(), [&](const Condition& condition) {
      return condition.expected == kAbsent || contains(payload, condition.quoted);
    });
    const json::Value* root = may_fit ? reader_of_this_thread.parse(payload) : nullptr;
    if (root == nullptr || !root->IsObject()) continue;
    if (std::all_of(table.when.begin(), table.when.end(),
                    [&](const Condition& condition) { return holds(condition, *root); }))
      return table.agent;
  }
  return {};
}

}  // namespace atm::kernel
