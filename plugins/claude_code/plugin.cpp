// SPDX-License-Identifier: MIT
#include <atm/plugin/entry.hpp>

#include "claude_code.hpp"
#include "sources/sources.hpp"

namespace claude_code {

/// Combines source and parser. The source hands its records to the host, which calls the parser; the two are
/// independent.
class Plugin final : public ClaudeCode, public Sources {
 public:
  using ClaudeCode::kDescriptor;

  Plugin(const atm::Host& host, std::string_view config_json)
      : ClaudeCode(host, config_json), Sources(host, config_json) {}
};

}  // namespace claude_code

ATM_PLUGIN(claude_code::Plugin);
