// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace atm::kernel {

/// A key of an earlier release. The daemon warns of it and starts.
struct RemovedKey {
  std::vector<std::string> path;
  std::string
      instead;  ///< "its value is fixed by the constant kBusyTime in plugins/transports/unix/defaults.hpp"
};

/// Drops the keys of `json` whose rule in `schema` is {"removed": INSTEAD}, and returns them. Both texts are JSON
/// objects; tables inside are searched, too.
[[nodiscard]] std::vector<RemovedKey> drop_removed_keys(std::string_view schema, std::string& json);

}  // namespace atm::kernel
