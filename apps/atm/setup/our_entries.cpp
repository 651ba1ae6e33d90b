// SPDX-License-Identifier: MIT
#include "our_entries.hpp"

#include <algorithm>

#include "json_string.hpp"

namespace atm::cli::setup {

namespace {

using Id = jsonc::JsonNode::Id;
using Kind = jsonc::JsonNode::Kind;

std::string member_text(const jsonc::JsonTree& tree, Id object, std::string_view name) {
  const auto found = tree.member(object, name);
  return found ? tree.string(*found).value_or("") : "";
}

Ownership handler_ownership(const jsonc::JsonTree& tree, Id handler, std::string_view agent) {
  const std::string type = member_text(tree, handler, "type");
  if (type == "http" && agent == kClaudeAgent)
    return is_our_url(member_text(tree, handler, "url")) ? Ownership::kOurs : Ownership::kForeign;
  return type == "command" ? hook_ownership(member_text(tree, handler, "command"), agent)
                           : Ownership::kForeign;
}

bool has_comment(std::string_view json) {
  bool in_string = false;
  for (std::size_t i = 0; i < json.size(); ++i) {
    if (in_string && json[i] == '\\') {
      ++i;
    } else if (json[i] == '"') {
      in_string = !in_string;
    } else if (!in_string && json[i] == '/') {
      return true;
    }
  }
  return false;
}

}  // namespace

std::vector<HandlerPlace> handlers_of(const jsonc::JsonTree& tree, Id event, std::string_view agent) {
  std::vector<HandlerPlace> places;
  if (!tree.is(event, Kind::kArray)) return places;
  for (const Id group : tree.children(event)) {
    const auto handlers = tree.member(group, "hooks");
    if (!handlers || !tree.is(*handlers, Kind::kArray)) continue;
    for (const Id handler : tree.children(*handlers)) {
      if (tree.is(handler, Kind::kObject))
        places.push_back({group, handler, handler_ownership(tree, handler, agent)});
    }
  }
  return places;
}

bool HookRemoval::group_goes(Id group, const std::set<Id>& handlers) const {
  if (has_comment(tree_.raw(group))) return false;
  for (const Id member : tree_.children(group)) {
    const std::string key = tree_.key(member);
    if (key == "matcher") continue;
    if (key != "hooks" || !tree_.is(member, Kind::kArray)) return false;
    const auto all = tree_.children(member);
    if (!std::all_of(all.begin(), all.end(), [&](Id id) { return handlers.count(id) != 0; })) return false;
  }
  return true;
}

bool HookRemoval::remove_from_event(Id event, const Goes& goes) {
  std::set<Id> handlers;
  std::set<Id> groups;
  for (const HandlerPlace& place : handlers_of(tree_, event, agent_)) {
    if (place.ownership != Ownership::kOurs || !goes(place)) continue;
    handlers.insert(place.handler);
    groups.insert(place.group);
  }
  if (handlers.empty()) return false;
  std::set<Id> gone;
  for (const Id group : groups) {
    if (group_goes(group, handlers)) gone.insert(group);
  }
  const auto all = tree_.children(event);
  const std::string name = tree_.key(event);
  const bool is_made = !made_ || std::count(made_->events.begin(), made_->events.end(), name) != 0;
  if (is_made && gone.size() == all.size() && !has_comment(tree_.raw(event))) {
    edits_.removed.insert(event);
    return true;
  }
  edits_.removed.insert(gone.begin(), gone.end());
  for (const Id handler : handlers) {
    const Id group = tree_.at(tree_.at(handler).parent).parent;
    if (gone.count(group) == 0) edits_.removed.insert(handler);
  }
  return true;
}

std::vector<std::string> HookRemoval::remove_all(Id hooks) {
  std::vector<std::string> names;
  if (!tree_.is(hooks, Kind::kObject)) return names;
  const auto events = tree_.children(hooks);
  for (const Id event : events) {
    if (remove_from_event(event, [](const HandlerPlace&) { return true; })) names.push_back(tree_.key(event));
  }
  const bool is_empty = !events.empty() && std::all_of(events.begin(), events.end(), [this](Id event) {
    return edits_.removed.count(event) != 0;
  });
  if (!is_empty || (made_ && !made_->hooks) || has_comment(tree_.raw(hooks))) return names;
  for (const Id event : events) edits_.removed.erase(event);
  edits_.removed.insert(hooks);
  return names;
}

bool remove_status_line(const jsonc::JsonTree& tree, const std::optional<CreatedContainers>& made,
                        jsonc::JsonEdits& edits) {
  const auto line = tree.member(0, "statusLine");
  const auto command = line ? tree.member(*line, "command") : std::nullopt;
  const auto text = command ? tree.string(*command) : std::nullopt;
  if (!text) return false;
  const StatusLineParts parts = status_line_parts(*text);
  if (parts.ownership != Ownership::kOurs) return false;
  if (parts.former.empty() || (made && made->inherited)) {
    edits.removed.insert(*line);
  } else {
    edits.replaced[*command] = jsonc::encode_string(parts.former);
  }
  return true;
}

}  // namespace atm::cli::setup
