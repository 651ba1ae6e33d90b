// SPDX-License-Identifier: MIT
// ATM's entries in a settings file, and the containers that are removed with them.
#pragma once

#include <functional>
#include <vector>

#include "hook_command.hpp"
#include "jsonc_edit.hpp"
#include "settings_edit.hpp"

namespace atm::cli::setup {

struct HandlerPlace {
  jsonc::JsonNode::Id group = 0;
  jsonc::JsonNode::Id handler = 0;
  Ownership ownership = Ownership::kForeign;
};

/// The handlers of one event, a member of "hooks"; other values are ignored.
[[nodiscard]] std::vector<HandlerPlace> handlers_of(const jsonc::JsonTree& tree, jsonc::JsonNode::Id event,
                                                    std::string_view agent);

/// Marks for removal every handler of ATM that `goes`, and the containers around it: the group, the event if `made` has
/// it, "hooks" likewise. Without `made`, every emptied container is removed. Containers with comments stay.
class HookRemoval final {
 public:
  HookRemoval(const jsonc::JsonTree& tree, const std::optional<CreatedContainers>& made,
              jsonc::JsonEdits& edits, std::string_view agent)
      : tree_(tree), made_(made), edits_(edits), agent_(agent) {}

  using Goes = std::function<bool(const HandlerPlace&)>;
  /// Returns true if the event lost a handler.
  bool remove_from_event(jsonc::JsonNode::Id event, const Goes& goes);
  /// Removes every handler of ATM in a member "hooks". Returns the names of the events that lost one.
  std::vector<std::string> remove_all(jsonc::JsonNode::Id hooks);

 private:
  [[nodiscard]] bool group_goes(jsonc::JsonNode::Id group,
                                const std::set<jsonc::JsonNode::Id>& handlers) const;

  const jsonc::JsonTree& tree_;
  const std::optional<CreatedContainers>& made_;
  jsonc::JsonEdits& edits_;
  std::string_view agent_;
};

/// Removes ATM's command from the statusLine of the root: restores the former one or removes the member. Returns true
/// if there was one.
bool remove_status_line(const jsonc::JsonTree& tree, const std::optional<CreatedContainers>& made,
                        jsonc::JsonEdits& edits);

}  // namespace atm::cli::setup
