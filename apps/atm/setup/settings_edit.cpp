// SPDX-License-Identifier: MIT
#include "settings_edit.hpp"

#include <algorithm>

#include "json_string.hpp"
#include "jsonc_edit.hpp"
#include "our_entries.hpp"

namespace atm::cli::setup {

namespace {

using Id = jsonc::JsonNode::Id;
using Kind = jsonc::JsonNode::Kind;

Error wrong_type(const jsonc::JsonTree& tree, Id id, std::string_view name, std::string_view wanted) {
  std::string message = jsonc::place_in(tree.text(), tree.at(id).begin) + ": ";
  return {ErrorCode::kParseError, message.append(name).append(" is not an ").append(wanted)};
}

// Without input, Claude Code runs its status line only at this interval, in seconds.
constexpr const char* kRefreshKey = "refreshInterval";
constexpr const char* kRefreshValue = "10";

bool has_event(const std::vector<HookEvent>& events, std::string_view name) {
  return std::any_of(events.begin(), events.end(),
                     [name](const HookEvent& event) { return event.name == name; });
}

bool is_http(const HookEvent& event, const Wanted& wanted) {
  return event.is_http_too && !wanted.http_token.empty();
}

std::string authorization(const Wanted& wanted) {
  return "Bearer " + wanted.http_token;
}

// The members of a statusLine object except its command, each on a line of ATM.
std::vector<jsonc::NewEntry> other_members(const jsonc::JsonTree& tree) {
  std::vector<jsonc::NewEntry> members;
  for (const Id child : tree.children(0)) {
    const std::string key = tree.key(child);
    if (key == "command" || tree.at(child).is_container() || tree.member(0, key) != child) continue;
    members.push_back({key, std::string(tree.raw(child))});
  }
  return members;
}

class Connection final {
 public:
  Connection(const jsonc::JsonTree& tree, const Wanted& wanted, const CreatedContainers& made)
      : tree_(tree), wanted_(wanted), known_(made), edited_{std::string(tree.text()), made} {}

  Result<Edited> run() {
    if (!tree_.is(0, Kind::kObject)) return wrong_type(tree_, 0, "the file", "object in { }");
    if (auto done = connect_hooks(); !done) return done.error();
    if (wanted_.agent == kClaudeAgent) {
      if (auto done = connect_status_line(); !done) return done.error();
    }
    if (edits_.empty()) return std::move(edited_);
    edited_.text = apply(tree_, edits_);
    if (auto right = check_edits(tree_, edits_, edited_.text); !right) return right.error();
    return std::move(edited_);
  }

 private:
  Result<void> connect_hooks() {
    const auto hooks = tree_.member(0, "hooks");
    if (!hooks) {
      jsonc::NewEntry entry{"hooks"};
      for (const HookEvent& event : wanted_.events) entry.members.push_back(new_event(event));
      edits_.inserted[0].push_back(std::move(entry));
      edited_.made.hooks = true;
      return {};
    }
    if (!tree_.is(*hooks, Kind::kObject)) return wrong_type(tree_, *hooks, "\"hooks\"", "object in { }");
    for (const HookEvent& event : wanted_.events) {
      const auto found = tree_.member(*hooks, event.name);
      if (!found) {
        edits_.inserted[*hooks].push_back(new_event(event));
      } else if (!tree_.is(*found, Kind::kArray)) {
        return wrong_type(tree_, *found, "\"hooks\"." + std::string(event.name), "array in [ ]");
      } else {
        connect_event(event, *found);
      }
    }
    remove_unwanted(*hooks);
    return {};
  }

  jsonc::NewEntry new_event(const HookEvent& event) {
    edited_.added.emplace_back(event.name);
    edited_.made.events.emplace_back(event.name);
    return {std::string(event.name), "[" + group_for(event) + "]"};
  }
  [[nodiscard]] std::string group_for(const HookEvent& event) const {
    return "{\"hooks\": [" + handler_for(event, wanted_) + "]}";
  }

  void connect_event(const HookEvent& event, Id id) {
    std::optional<Id> first;
    bool has_mixed = false;
    const auto places = handlers_of(tree_, id, wanted_.agent);
    for (const HandlerPlace& place : places) {
      has_mixed = has_mixed || place.ownership == Ownership::kMixed;
      if (place.ownership == Ownership::kOurs && !first) first = place.handler;
    }
    const std::string name(event.name);
    if (first) {
      const bool is_changed = update(event, *first);
      const bool has_more =
          HookRemoval(tree_, known_, edits_, wanted_.agent)
              .remove_from_event(id, [&](const HandlerPlace& place) { return place.handler != *first; });
      if (is_changed || has_more) edited_.updated.push_back(name);
    } else if (has_mixed) {
      edited_.mixed.push_back(name);
    } else {
      auto& to = wanted_.is_last && !tree_.children(id).empty() ? edits_.appended : edits_.inserted;
      to[id].push_back({"", group_for(event)});
      edited_.added.push_back(name);
    }
  }

  // Additions of the user to ATM's handler are kept if possible.
  bool update(const HookEvent& event, Id handler) {
    const auto text = [&](Id object, std::string_view key) {
      const auto member = tree_.member(object, key);
      return member ? tree_.string(*member).value_or("") : "";
    };
    const bool is_of_http = text(handler, "type") == "http";
    if (is_of_http && is_http(event, wanted_)) {
      const auto headers = tree_.member(handler, "headers");
      if (text(handler, "url") == wanted_.hook_url && headers &&
          text(*headers, "Authorization") == authorization(wanted_))
        return false;
    } else if (!is_of_http && !is_http(event, wanted_) && tree_.member(handler, "timeout")) {
      const std::string command = hook_command(wanted_.programs.hook, wanted_.agent);
      if (text(handler, "command") == command) return false;
      edits_.replaced[*tree_.member(handler, "command")] = jsonc::encode_string(command);
      return true;
    }
    edits_.replaced[handler] = handler_for(event, wanted_);
    return true;
  }

  void remove_unwanted(Id hooks) {
    HookRemoval removal(tree_, known_, edits_, wanted_.agent);
    for (const Id event : tree_.children(hooks)) {
      const std::string name = tree_.key(event);
      if (has_event(wanted_.events, name) || (!wanted_.is_client_known && is_event(name))) continue;
      if (!removal.remove_from_event(event, [](const HandlerPlace&) { return true; })) continue;
      edited_.removed.push_back(name);
      auto& made = edited_.made.events;
      if (edits_.removed.count(event) != 0)
        made.erase(std::remove(made.begin(), made.end(), name), made.end());
    }
  }

  Result<void> connect_status_line() {
    const auto line = tree_.member(0, "statusLine");
    if (!line) return add_status_line();
    const auto command = tree_.member(*line, "command");
    if (!tree_.is(*line, Kind::kObject)) return wrong_type(tree_, *line, "\"statusLine\"", "object in { }");
    if (!command || !tree_.is(*command, Kind::kString))
      return wrong_type(tree_, command.value_or(*line), "\"statusLine\"", "object with a text \"command\"");
    const std::string text = *tree_.string(*command);
    const StatusLineParts parts = status_line_parts(text);
    edited_.status_line = parts.ownership == Ownership::kMixed ? StatusLine::kMixed : StatusLine::kForeign;
    if (!wanted_.with_status_line) {
      edited_.status_line_changed = remove_status_line(tree_, known_, edits_);
      if (edits_.removed.count(*line) != 0) edited_.status_line = StatusLine::kNone;
      return {};
    }
    if (parts.ownership == Ownership::kMixed) return {};
    const std::string& former = parts.ownership == Ownership::kOurs ? parts.former : text;
    if (parts.ownership == Ownership::kForeign) {
      edited_.former_status_line = tree_.raw(*line);
      // This value is the user's own, and stays when ATM's is removed.
      edited_.made.inherited = edited_.made.status_line = false;
    }
    edited_.status_line = former.empty() ? StatusLine::kOwn : StatusLine::kWrapped;
    if (former.empty() && !tree_.member(*line, kRefreshKey)) {
      edits_.inserted[*line].push_back({kRefreshKey, kRefreshValue});
      edited_.status_line_changed = true;
    }
    const std::string command_now = status_line_command(wanted_.programs, former);
    if (command_now == text) return {};
    edits_.replaced[*command] = jsonc::encode_string(command_now);
    edited_.status_line_changed = true;
    return {};
  }

  Result<void> add_status_line() {
    if (!wanted_.with_status_line) return {};
    jsonc::NewEntry entry{"statusLine"};
    std::string former;
    if (!wanted_.inherited_status_line.empty()) {
      const auto inherited = jsonc::JsonTree::scan(wanted_.inherited_status_line);
      const auto command = inherited ? inherited->member(0, "command") : std::nullopt;
      former = command ? inherited->string(*command).value_or("") : "";
      if (status_line_parts(former).ownership != Ownership::kForeign) return {};  // it already reports
      if (inherited && !former.empty()) entry.members = other_members(*inherited);
    }
    edited_.made.inherited = !former.empty();
    if (former.empty()) entry.members = {{"type", "\"command\""}};
    entry.members.push_back({"command", jsonc::encode_string(status_line_command(wanted_.programs, former))});
    if (former.empty()) entry.members.push_back({kRefreshKey, kRefreshValue});
    edits_.inserted[0].push_back({entry.key, jsonc::one_line({"", "", entry.members})});
    edited_.status_line = former.empty() ? StatusLine::kOwn : StatusLine::kWrapped;
    edited_.status_line_changed = true;
    edited_.made.status_line = true;
    return {};
  }

  const jsonc::JsonTree& tree_;
  const Wanted& wanted_;
  const std::optional<CreatedContainers> known_;
  Edited edited_;
  jsonc::JsonEdits edits_;
};

}  // namespace

std::string handler_for(const HookEvent& event, const Wanted& wanted) {
  if (!is_http(event, wanted)) {
    return "{\"type\": \"command\", \"command\": " +
           jsonc::encode_string(hook_command(wanted.programs.hook, wanted.agent)) +
           ", \"timeout\": " + std::to_string(wanted.timeout) + "}";
  }
  return "{\"type\": \"http\", \"url\": " + jsonc::encode_string(wanted.hook_url) +
         ", \"timeout\": 5, \"headers\": {\"Authorization\": " + jsonc::encode_string(authorization(wanted)) +
         R"(, "X-Atm-Tmux-Pane": "$TMUX_PANE", "X-Atm-Tmux": "$TMUX", "X-Atm-Config-Dir": "$CLAUDE_CONFIG_DIR"}, )"
         R"("allowedEnvVars": ["TMUX_PANE", "TMUX", "CLAUDE_CONFIG_DIR"]})";
}

Result<Edited> connect_settings(std::string_view text, const Wanted& wanted, const CreatedContainers& made) {
  const auto tree = jsonc::JsonTree::scan(text);
  if (!tree) return tree.error();
  if (!tree->empty()) return Connection(*tree, wanted, made).run();
  // Only white space and comments, which stay on top.
  std::string seed(text);
  const bool is_crlf = text.find("\r\n") != text.npos;
  const bool is_blank = text.empty() || text == "\xEF\xBB\xBF";
  if (!is_blank && seed.back() != '\n') seed += is_crlf ? "\r\n" : "\n";
  seed += is_crlf ? "{}\r\n" : "{}\n";
  const auto seeded = jsonc::JsonTree::scan(seed);
  if (!seeded) return seeded.error();
  return Connection(*seeded, wanted, made).run();
}

Result<Edited> disconnect_settings(std::string_view text, const std::optional<CreatedContainers>& made,
                                   std::string_view agent) {
  const auto tree = jsonc::JsonTree::scan(text);
  if (!tree) return tree.error();
  Edited edited{std::string(text)};
  if (tree->empty() || !tree->is(0, Kind::kObject)) return edited;
  jsonc::JsonEdits edits;
  HookRemoval removal(*tree, made, edits, agent);
  for (const Id member : tree->children(0)) {
    if (tree->key(member) != "hooks") continue;
    const auto names = removal.remove_all(member);
    edited.removed.insert(edited.removed.end(), names.begin(), names.end());
    if (!tree->is(member, Kind::kObject)) continue;
    for (const Id event : tree->children(member)) {
      const auto places = handlers_of(*tree, event, agent);
      if (std::any_of(places.begin(), places.end(),
                      [](const auto& p) { return p.ownership == Ownership::kMixed; }))
        edited.mixed.push_back(tree->key(event));
    }
  }
  if (agent == kClaudeAgent) edited.status_line_changed = remove_status_line(*tree, made, edits);
  if (edits.empty()) return edited;
  edited.text = apply(*tree, edits);
  if (auto right = check_edits(*tree, edits, edited.text); !right) return right.error();
  return edited;
}

bool is_true(std::string_view text, std::string_view member) {
  const auto tree = jsonc::JsonTree::scan(text);
  if (!tree || tree->empty()) return false;
  const auto found = tree->member(0, member);
  return found && tree->raw(*found) == "true";
}

std::string status_line_of(std::string_view text) {
  const auto tree = jsonc::JsonTree::scan(text);
  if (!tree || tree->empty()) return {};
  const auto found = tree->member(0, "statusLine");
  return found && tree->is(*found, Kind::kObject) ? std::string(tree->raw(*found)) : std::string();
}

bool enables_our_plugin(std::string_view text) {
  const auto tree = jsonc::JsonTree::scan(text);
  const auto plugins = tree && !tree->empty() ? tree->member(0, "enabledPlugins") : std::nullopt;
  if (!plugins || !tree->is(*plugins, Kind::kObject)) return false;
  const auto all = tree->children(*plugins);
  return std::any_of(all.begin(), all.end(), [&tree](Id id) {
    return tree->key(id).substr(0, 4) == "atm@" && tree->raw(id) == "true";
  });
}

}  // namespace atm::cli::setup
