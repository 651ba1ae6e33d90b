// SPDX-License-Identifier: MIT
#include "pending_session.hpp"

namespace processes {
namespace {

template <std::size_t N>
void add_known(atm::AttrList<N>& attrs, std::string_view key, std::string_view text) {
  if (!text.empty()) attrs.add(key, text);
}

}  // namespace

PendingSession::PendingSession(const Agent& agent, const atm::Processes& processes, const std::string& host)
    : agent_(agent),
      host_name_(host),
      id_("pending-" + std::to_string(agent.process.pid)),
      boot_id_(processes.boot_id()),
      tmux_pane_(variable(processes, "TMUX_PANE")),
      tmux_socket_(variable(processes, "TMUX")) {}

// The first part of TMUX, which is SOCKET,PID,SESSION.
std::string PendingSession::variable(const atm::Processes& processes, std::string_view name) const {
  std::string value;
  static_cast<void>(processes.environment(agent_.process.pid, agent_.process.start_ticks, name, value));
  return value.substr(0, value.find(','));
}

unsigned PendingSession::tell(const atm::Host& host, atm_ingest_done done, void* context) const {
  const atm::Process& process = agent_.process;
  atm::AttrList<8> bound;
  bound.add("pid", process.pid);
  bound.add("start_ticks", static_cast<std::int64_t>(process.start_ticks));
  add_known(bound, "boot_id", boot_id_);
  add_known(bound, "host", host_name_);
  add_terminal(bound);
  if (!tell(host, "process.bound", bound.view(), ATM_EXPECT_ABSENT, done, context)) return 0;

  atm::AttrList<4> started;
  started.add("source", std::string_view("discovered"));
  started.add("started_at_ns", host.wall_ns() - process.age_ns);
  add_known(started, "cwd", process.cwd);
  return tell(host, "session.started", started.view(), ATM_EXPECT_PRESENT, done, context) ? 2 : 1;
}

bool PendingSession::tell(const atm::Host& host, std::string_view type, atm::Attrs attrs,
                          std::uint32_t expect, atm_ingest_done done, void* context) const {
  atm::ObservationHead head{type, id_, agent_.agent};
  head.origin = "processes";
  head.time_ns = host.wall_ns();
  atm::ErrorBuffer error;
  return host.observe(atm::make_observation(head, attrs), expect, done, context, error) == atm::Status::kOk;
}

}  // namespace processes
