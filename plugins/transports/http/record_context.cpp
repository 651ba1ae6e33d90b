// SPDX-License-Identifier: MIT
#include "record_context.hpp"

#include <atm/domain/utf8.hpp>

namespace http_ingest {

atm::AttrList<4> context_of(std::string_view tmux_pane, std::string_view tmux,
                            std::string_view config_dir) noexcept {
  atm::AttrList<4> context;
  const auto add = [&context](std::string_view key, std::string_view text) {
    if (!text.empty() && text.front() != '$' && atm::utf8_valid(text)) context.add(key, text);
  };
  add("tmux.pane", tmux_pane);
  // "/tmp/tmux-1000/default,4711,0"
  add("tmux.socket", tmux.substr(0, tmux.find(',')));
  add("env.CLAUDE_CONFIG_DIR", config_dir);
  return context;
}

}  // namespace http_ingest
