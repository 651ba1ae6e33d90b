// SPDX-License-Identifier: MIT
#include "session_facts.hpp"

#include "session_table.hpp"
#include "text.hpp"

namespace atm::cli {

namespace {

using tui::Role;

constexpr std::string_view kWorktrees = "/.claude/worktrees/";

StatusWord word_of(const SessionDomain& session) {
  const bool needs = needs_user(session);
  switch (session.status.kind()) {
    case StatusKind::kWaitingForPermission:
      return {"⚑", needs ? "needs you" : "waiting", needs ? Role::kAttention : Role::kDim};
    case StatusKind::kWaitingForInput:
      return {"?", needs ? "needs you" : "waiting", needs ? Role::kAttention : Role::kDim};
    case StatusKind::kError:
      return {"✗", "error", needs ? Role::kBad : Role::kDim};
    case StatusKind::kActive:
      return {"◉", "active", Role::kBusy};
    case StatusKind::kThinking:
      return {"◉", "thinking", Role::kBusy};
    case StatusKind::kRunningTool:
      return {"▸", "running", Role::kBusy};
    case StatusKind::kCompacting:
      return {"◍", "compacting", Role::kBusy};
    case StatusKind::kBackground:
      return {"◔", "background", Role::kBusy};
    case StatusKind::kIdle:
      if (needs) return {"⚑", "needs you", Role::kAttention};
      return session.finished ? StatusWord{"✓", "done", Role::kGood} : StatusWord{"◦", "idle", Role::kText};
    case StatusKind::kStale:
      return {"◌", "stale", Role::kDim};
    case StatusKind::kEnded:
      return {"∙", "ended", Role::kDim};
  }
  return {"", "", Role::kText};
}

// The last name of a path.
std::string_view base_of(std::string_view path) {
  while (path.size() > 1 && path.back() == '/') path.remove_suffix(1);
  return path.size() > 1 ? path.substr(path.rfind('/') + 1) : path;
}

}  // namespace

StatusWord status_word(const SessionDomain& session) {
  StatusWord word = word_of(session);
  if (!session.certain) word.word += '?';
  return word;
}

std::string what_text(const SessionDomain& session) {
  const SessionStatus& status = session.status;
  std::string text;
  if (status.kind() == StatusKind::kWaitingForPermission) text = "permission";
  if (const auto tool = status.tool_name()) text.append(text.empty() ? "" : ": ").append(*tool);
  if (const auto reason = status.reason()) text = *reason;
  if (const auto error = status.error_kind()) text = *error;
  if (const auto tasks = status.background_tasks(); tasks > 0)
    text = std::to_string(tasks) + (tasks == 1 ? " task" : " tasks");
  if (status.kind() == StatusKind::kIdle && session.attention) text = session.attention->reason;
  if (session.detail) text.append(text.empty() ? "" : ", ").append(detail_text(*session.detail));
  return terminal_safe(text);
}

std::string session_name(const protocol::Session& session) {
  const SessionDomain& domain = session.domain;
  if (std::string title = session_title(domain); !title.empty()) return title;
  const std::string_view directory =
      domain.working_directory ? std::string_view(*domain.working_directory) : "";
  if (const std::size_t at = directory.find(kWorktrees); at != directory.npos)
    return terminal_safe(base_of(directory.substr(at + kWorktrees.size())));
  if (!directory.empty()) return terminal_safe(base_of(directory));
  return domain.model.name().empty() ? "-" : terminal_safe(domain.model.name());
}

std::string_view project_of(const SessionDomain& session) {
  if (!session.working_directory) return {};
  const std::string_view directory = *session.working_directory;
  return directory.substr(0, directory.find(kWorktrees));
}

Timestamp since(const SessionDomain& session) {
  return session.attention && needs_user(session) ? session.attention->since : session.status_since;
}

Activity activity_of(const SessionDomain& session) {
  if (needs_user(session)) return Activity::kNeedsUser;
  const StatusKind kind = session.status.kind();
  if (session.status.is_active() || kind == StatusKind::kBackground) return Activity::kWorks;
  return session.finished && kind == StatusKind::kIdle ? Activity::kIsDone : Activity::kOther;
}

Money known_cost(const SessionDomain& session) {
  return session.cost_source.empty() ? Money() : session.cost;
}

bool is_quiet(const SessionDomain& session) {
  if (needs_user(session) || session.finished) return false;
  const StatusKind kind = session.status.kind();
  return kind == StatusKind::kIdle || session.status.is_removable();
}

int urgency(const SessionDomain& session) {
  constexpr int kError = 1;
  constexpr int kDone = 2;
  constexpr int kUncertain = 3;
  if (needs_user(session)) {
    if (session.status.kind() == StatusKind::kError) return kError;
    const bool is_confirmed = session.certain || (session.attention && session.attention->confirmed);
    return is_confirmed ? 0 : kUncertain;
  }
  return session.finished && session.status.kind() == StatusKind::kIdle ? kDone : kNoUrgency;
}

}  // namespace atm::cli
