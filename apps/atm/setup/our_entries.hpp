// SPDX-License-Identifier: MIT
// Our own entries among those of a settings file, and what goes with them.
#pragma once

#include <functional>
#include <vector>

#include "hook_command.hpp"
#include "jsonc_edit.hpp"
#include "settings_edit.hpp"

namespace atm::cli::setup {

struct HandlerPlace {
  JsonNode::Id group = 0;
  JsonNode::Id handler = 0;
  Ownership ownership = Ownership::kForeign;
};

/// The handlers of one event, a member of "hooks"; what is no handler is passed over.
[[nodiscard]] std::vector<HandlerPlace> handlers_of(const JsonTree& tree, JsonNode::Id event);

/// Marks for removal every handler of ours that `goes`, and what was around it for its sake: the group, the event if
/// `made` has it, "hooks" likewise. Without `made` all that becomes empty goes. Nothing with a comment goes but handlers.
class HookRemoval final {
 public:
  HookRemoval(const JsonTree& tree, const std::optional<CreatedContainers>& made, JsonEdits& edits)
      : tree_(tree), made_(made), edits_(edits) {}

  using Goes = std::function<bool(const HandlerPlace&)>;
  /// Whether the event lost a handler.
  bool remove_from_event(JsonNode::Id event, const Goes& goes);
  /// Every handler of ours in a member "hooks"; the names of the events that lost one.
  std::vector<std::string> remove_all(JsonNode::Id hooks);

 private:
  [[nodiscard]] bool group_goes(JsonNode::Id group, const std::set<JsonNode::Id>& handlers) const;

  const JsonTree& tree_;
  const std::optional<CreatedContainers>& made_;
  JsonEdits& edits_;
};

/// Takes our command out of the statusLine of the root: the former one back in its place, or the whole member.
/// Whether there was one.
bool remove_status_line(const JsonTree& tree, const std::optional<CreatedContainers>& made, JsonEdits& edits);

}  // namespace atm::cli::setup
