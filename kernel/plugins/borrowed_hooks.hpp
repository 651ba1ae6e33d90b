// SPDX-License-Identifier: MIT
#pragma once

#include <atm/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace atm::kernel {

/// An agent may run the hooks of another agent: it reads them from the settings of that agent. Its manifest states how
/// its payloads differ (the table `borrowed`). Immutable.
class BorrowedHooks final {
 public:
  /// Adds the table of a manifest, a JSON object as in AgentManifest::json. Before the first call of owner_of().
  void add(std::string_view manifest);

  /// The agent to which a record of this channel belongs; empty: to the agent of the channel. [any]
  [[nodiscard]] std::string_view owner_of(std::string_view channel, std::string_view payload) const;

 private:
  struct Condition {
    std::string member;    ///< of the payload
    std::string quoted;    ///< the same, as it stands in the payload
    std::string expected;  ///< a text, "*": present, "-": absent
  };
  struct Table {
    std::string agent;
    std::string channel;
    std::vector<Condition> when;
  };

  [[nodiscard]] static bool holds(const Condition& condition, const json::Value& payload);

  std::vector<Table> tables_;
};

}  // namespace atm::kernel
