// SPDX-License-Identifier: MIT
#pragma once

#include <atm/plugin.hpp>
#include <atm/plugin/processes.hpp>
#include <string>

#include "agents.hpp"

namespace processes {

/// The session `pending-<pid>` of an agent without a known session, until the registry learns the real one. Borrows its
/// arguments.
class PendingSession final {
 public:
  PendingSession(const Agent& agent, const atm::Processes& processes, const std::string& host);

  /// Emits process.bound and session.started; the registry calls `done` as often as the result says. If a session has
  /// been bound to the process meanwhile, the registry ignores both.
  [[nodiscard]] unsigned tell(const atm::Host& host, atm_ingest_done done, void* context) const;

  /// The terminal of the process. The list borrows the texts of this object.
  template <std::size_t N>
  void add_terminal(atm::AttrList<N>& attrs) const {
    const auto add = [&attrs](std::string_view key, std::string_view text) {
      if (!text.empty()) attrs.add(key, text);
    };
    add("tty", agent_.process.tty);
    add("tmux.pane", tmux_pane_);
    add("tmux.socket", tmux_socket_);
  }

 private:
  [[nodiscard]] bool tell(const atm::Host& host, std::string_view type, atm::Attrs attrs,
                          std::uint32_t expect, atm_ingest_done done, void* context) const;
  [[nodiscard]] std::string variable(const atm::Processes& processes, std::string_view name) const;

  const Agent& agent_;
  const std::string& host_name_;
  const std::string id_;
  const std::string boot_id_;
  const std::string tmux_pane_;
  const std::string tmux_socket_;
};

}  // namespace processes
