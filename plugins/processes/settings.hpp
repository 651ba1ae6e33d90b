// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <string_view>
#include <vector>

#include "agent_table.hpp"

namespace processes {

struct Settings {
  std::chrono::seconds discover_every{10};  ///< 0: only when asked
  std::vector<AgentProgram> agents;

  static constexpr std::string_view kSchema = R"json({
    "type": "object", "additionalProperties": false,
    "properties": {
      "discover_seconds": {"type": "integer", "minimum": 0, "maximum": 3600,
        "description": "seconds from one look for agents to the next; 0 looks only when asked"},
      "agents": {"type": "array", "maxItems": 64, "items": {
        "type": "object", "additionalProperties": false, "required": ["program", "agent"],
        "properties": {
          "program": {"type": "string", "minLength": 1, "maxLength": 255,
            "description": "the file name of a program or script"},
          "agent": {"type": "string", "pattern": "^([a-z][a-z0-9_]{0,63})?$",
            "description": "a name in lower case; empty: that program is no agent"}
        }
      }}
    }
  })json";

  /// Throws std::invalid_argument when the text is no JSON object.
  [[nodiscard]] static Settings from_json(std::string_view json);
};

}  // namespace processes
