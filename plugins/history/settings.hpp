// SPDX-License-Identifier: MIT
#pragma once

#include <atm/plugin/values.hpp>
#include <cstdint>
#include <string>
#include <string_view>

namespace history {

struct Settings {
  std::string directory;  ///< of history.db
  std::int64_t keep_days = 30;
  std::int64_t max_mib = 512;

  static constexpr std::string_view kSchema = R"json({
    "type": "object",
    "additionalProperties": false,
    "properties": {
      "directory": {"type": "string", "pattern": "^/", "maxLength": 4000,
        "description": "directory of `history.db`, on a local file system, writable by its owner only; default the state directory"},
      "keep_days": {"type": "integer", "minimum": 1, "maximum": 3650,
        "description": "age in days after which inputs are deleted; default 30"},
      "max_mib": {"type": "integer", "minimum": 8, "maximum": 1048576,
        "description": "size of `history.db` in MiB above which the oldest inputs are deleted; default 512"}
    }
  })json";

  /// Throws std::runtime_error without a home directory.
  [[nodiscard]] static Settings parse(std::string_view config_json);
};

}  // namespace history
