// SPDX-License-Identifier: MIT
#include "explain_reasons.hpp"

#include <atm/domain/relative_time.hpp>

#include "session_names.hpp"

namespace atm::cli {

namespace {

constexpr std::string_view kHook = "/hook";
constexpr std::string_view kObservation = "/observation";
constexpr std::string_view kTranscript = "/transcript";
constexpr std::string_view kLevel = "state.reported";

const Evidence* level_of(const SessionDomain& session) {
  for (const Evidence& evidence : session.evidence) {
    if (std::string_view(evidence.says).starts_with(kLevel)) return &evidence;
  }
  return nullptr;
}

/// What the agent itself has reported.
const Evidence* own_report(const SessionDomain& session) {
  const Evidence* const hook = heard_from(session, kHook);
  return hook != nullptr ? hook : heard_from(session, kObservation);
}

const Evidence* newest_against(const SessionDomain& session) {
  const Evidence* newest = nullptr;
  for (const Evidence& evidence : session.evidence) {
    const bool is_newer = newest == nullptr || evidence.at > newest->at;
    if (evidence.stance == Stance::kDisagrees && is_newer) newest = &evidence;
  }
  return newest;
}

std::string with_age(const Evidence& evidence, Timestamp now) {
  return evidence.origin + " (" + format_relative(evidence.at, now) + ")";
}

std::string level_doubt(const SessionDomain& session) {
  const std::string& origin = session.status_cause.origin;
  switch (session.status.kind()) {
    case StatusKind::kActive:
      return origin + " reports that the agent works, but not on what";
    case StatusKind::kIdle:
      return origin + " reports that the turn is over, but not how it ended";
    default:
      return "only " + origin + " reports this status";
  }
}

// A capability that decides how long silence proves a status (STATE-C3).
struct Deciding {
  std::string_view capability{};
  std::string_view word{};     ///< of the manifest
  std::string_view what{};     ///< what the agent would report
  bool is_unreported = false;  ///< it does not, so its silence proves nothing
};

Deciding deciding_capability(const SessionDomain& session, const AgentReports& reports) {
  switch (session.status.kind()) {
    case StatusKind::kWaitingForPermission:
    case StatusKind::kWaitingForInput:
      return {"permission_resolved", reports.permission_resolved, "your answer to a request",
              reports.permission_resolved == "inferred"};
    case StatusKind::kActive:
    case StatusKind::kThinking:
    case StatusKind::kRunningTool:
      return {"interrupt", reports.interrupt, "an interruption", reports.interrupt == "none"};
    default:
      return {};
  }
}

// Hooks do not report it, so the text names the other sources.
std::string unhooked(std::string_view what, const SessionDomain& session, Timestamp now) {
  const Evidence* const level = level_of(session);
  const Evidence* const transcript = heard_from(session, kTranscript);
  std::string text(what);
  if (level == nullptr && transcript == nullptr) {
    return text + "; no session file or transcript is known that would show it";
  }
  text += "; ";
  if (level != nullptr) text += with_age(*level, now);
  if (level != nullptr && transcript != nullptr) text += " or ";
  if (transcript != nullptr) text += with_age(*transcript, now);
  return text + " would show it";
}

}  // namespace

std::string cause_text(const SessionDomain& session) {
  const StatusCause& cause = session.status_cause;
  if (cause.type.empty()) return {};
  return cause.type + (cause.origin.empty() ? "" : " from " + cause.origin) + ", seq " +
         std::to_string(cause.seq);
}

std::string attention_text(const Attention& attention) {
  return attention.reason + (attention.confirmed ? ", announced" : ", not announced yet") +
         (attention.acknowledged ? ", acknowledged" : "");
}

const Evidence* heard_from(const SessionDomain& session, std::string_view suffix) {
  for (const Evidence& evidence : session.evidence) {
    if (std::string_view(evidence.origin).ends_with(suffix)) return &evidence;
  }
  return nullptr;
}

bool has_hooks(const SessionDomain& session) {
  return own_report(session) != nullptr;
}

std::string doubt_text(const SessionDomain& session, Timestamp now, const AgentReports& reports) {
  if (session.certain) return {};
  if (session.status.kind() == StatusKind::kStale) {
    return "there was no evidence for a long time, and its process cannot be verified";
  }
  if (session.detail && session.detail->word == "stopped") {
    return "a signal (Ctrl-Z, SIGSTOP) has stopped its process";
  }
  if (session.status.reason() == "startup") {
    return "its process has a terminal but has not begun a session; look at its screen";
  }
  if (const Evidence* against = newest_against(session)) {
    return with_age(*against, now) + " disagrees: it reports " + against->says;
  }
  const StatusCause& cause = session.status_cause;
  if (cause.type.starts_with(kLevel)) return level_doubt(session);
  if (std::string_view(cause.origin).ends_with(kTranscript)) {
    return cause.origin + " shows completed work, but neither waits nor work in progress";
  }
  if (cause.type == "status.reported") {
    return cause.origin + " arrived, so no dialog is open; your decision is unknown";
  }
  const bool is_quiet_from_the_start = session.status.kind() == StatusKind::kIdle && !session.finished;
  const Evidence* const hook = own_report(session);
  if (hook == nullptr || (is_quiet_from_the_start && cause.type == "session.started")) {
    return "there is no evidence yet of what the session does";
  }
  const Deciding deciding = deciding_capability(session, reports);
  const bool is_named = !deciding.word.empty() && deciding.word != "exact";
  const std::string capability =
      is_named ? " (" + std::string(deciding.capability) + " is " + std::string(deciding.word) + ")" : "";
  if (deciding.is_unreported && level_of(session) == nullptr)
    return "the agent does not report " + std::string(deciding.what) + capability +
           ", and neither a title nor a session file shows that the status still holds";
  const bool is_hook = std::string_view(hook->origin).ends_with(kHook);
  const std::string unproven =
      is_named ? "the agent may not report " + std::string(deciding.what) + capability + ", and " : "";
  return unproven + (is_hook ? "no hook since " : "no observation since ") + hook->says + " " +
         format_relative(hook->at, now) + ", and no other evidence shows that the status still holds";
}

std::vector<std::string> what_would_change(const SessionDomain& session, Timestamp now,
                                           const AgentReports& reports) {
  const bool reports_interruption = reports.interrupt == "exact";
  const std::string interruption = reports_interruption
                                       ? "an interruption: the agent reports it"
                                       : unhooked("an interruption fires no hook", session, now);
  switch (session.status.kind()) {
    case StatusKind::kRunningTool:
      return {"the tool's result, a question to you, or the end of the turn", interruption};
    case StatusKind::kActive:
    case StatusKind::kThinking:
      return {"a tool that starts, a question to you, or the end of the turn", interruption};
    case StatusKind::kCompacting:
      return {"the end of the compaction, or the next step of the turn", interruption};
    case StatusKind::kWaitingForPermission:
    case StatusKind::kWaitingForInput:
      return {
          "your answer: the agent continues, or its turn ends",
          reports_interruption ? interruption : unhooked("a refusal or Esc may fire no hook", session, now)};
    case StatusKind::kBackground:
      return {"the next turn: the agent starts it when a task ends, or you start it with a prompt"};
    case StatusKind::kError:
      return {"only your next prompt"};
    case StatusKind::kIdle:
      return {"your next prompt, or a turn that the agent starts itself"};
    case StatusKind::kStale:
      return {"any new evidence; otherwise a clean-up removes the session"};
    case StatusKind::kEnded:
      return {"a resume; otherwise a clean-up removes the session"};
  }
  return {};
}

std::vector<std::string> how_to_see_more(const protocol::Session& session) {
  const SessionDomain& domain = session.domain;
  if (domain.status.kind() == StatusKind::kEnded) return {};
  std::vector<std::string> hints;
  if (!has_hooks(domain)) {
    hints.emplace_back(
        "no hook has reported, so tools and questions are seen late or not at all; connect the agent "
        "with atm setup");
  }
  const SessionRuntime& place = session.runtime;
  if (!place.pid) {
    hints.emplace_back(
        "its process is unknown, so its exit is not seen; without evidence the session becomes stale");
  } else if (!place.verified) {
    hints.push_back("its process " + std::to_string(*place.pid) +
                    " is not verified; until it is, the session becomes stale without evidence");
  }
  if (domain.attention && domain.attention->confirmed && !domain.attention->acknowledged) {
    hints.push_back("atm ack " + short_name(domain.id.view()) + " acknowledges the attention");
  }
  return hints;
}

}  // namespace atm::cli
