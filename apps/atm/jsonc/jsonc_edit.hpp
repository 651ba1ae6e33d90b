// SPDX-License-Identifier: MIT
// Changes to JSON text that keep all other bytes.
//
// A new entry usually goes to the front of its container: a separate line that ends with a comma, so that no line of the user
// changes. All changes refer to the tree of the former text.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "jsonc_tree.hpp"

namespace atm::cli::jsonc {

struct NewEntry {
  std::string key{};    ///< empty in an array
  std::string value{};  ///< JSON on one line
  /// Entries of the value, which is then an object with a line for each.
  std::vector<NewEntry> members{};
};

struct JsonEdits {
  using Id = JsonNode::Id;
  std::map<Id, std::vector<NewEntry>> inserted{};  ///< by container, at its front
  std::map<Id, std::vector<NewEntry>> appended{};  ///< by array with an element, at its end
  std::set<Id> removed{};                          ///< entries, with their keys; none inside another
  std::map<Id, std::string> replaced{};            ///< values, by JSON on one line

  [[nodiscard]] bool empty() const {
    return inserted.empty() && appended.empty() && removed.empty() && replaced.empty();
  }
};

/// The text after the changes. The tree is not empty.
[[nodiscard]] std::string apply(const JsonTree& tree, const JsonEdits& edits);

/// Returns true if `after` is the result of `edits` on `tree`'s text for another parser too: same entries, same order.
/// kInternal names the difference. Text that fails this check must not be written.
[[nodiscard]] Result<void> check_edits(const JsonTree& tree, const JsonEdits& edits, std::string_view after);

/// An entry on one line.
[[nodiscard]] std::string one_line(const NewEntry& entry);

}  // namespace atm::cli::jsonc
