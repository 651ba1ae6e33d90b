// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <string_view>
#include <vector>

#include "agent_table.hpp"

namespace processes {

struct Settings {
  std::chrono::seconds discover_every{10};  ///< 0: only on request
  std::vector<AgentProgram> agents;

  static constexpr std::string_view kSchema = R"json({
    "type": "object", "additionalProperties": false,
    "properties": {
      "discover_seconds": {"type": "integer", "minimum": 0, "maximum": 3600,
        "description": "period of the scan for agents in seconds; 0: scan only when a client sends `discover`; default 10"},
      "agents": {"type": "array", "maxItems": 64,
        "description": "further programs that are agents: `agents = [{program = \"my-claude\", agent = \"claude_code\"}]`",
        "items": {
        "type": "object", "additionalProperties": false, "required": ["program", "agent"],
        "properties": {
          "program": {"type": "string", "minLength": 1, "maxLength": 255,
            "description": "the file name of a program or script"},
          "agent": {"type": "string", "pattern": "^([a-z][a-z0-9_]{0,63})?$",
            "description": "a name in lower case; empty: the program is not an agent"}
        }
      }}
    }
  })json";

  /// Throws std::invalid_argument if the text is not a JSON object.
  [[nodiscard]] static Settings from_json(std::string_view json);
};

}  // namespace processes
