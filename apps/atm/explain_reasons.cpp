// SPDX-License-Identifier: MIT
#include "explain_reasons.hpp"

#include <atm/domain/relative_time.hpp>

namespace atm::cli {

namespace {

constexpr std::string_view kHook = "/hook";
constexpr std::string_view kTranscript = "/transcript";
constexpr std::string_view kLevel = "state.reported";

const Evidence* level_of(const SessionDomain& session) {
  for (const Evidence& evidence : session.evidence) {
    if (std::string_view(evidence.says).starts_with(kLevel)) return &evidence;
  }
  return nullptr;
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
      return origin + " says that the agent works, not at what";
    case StatusKind::kIdle:
      return origin + " says that the turn is over, and nothing says how it ended";
    default:
      return origin + " says so, and nothing else does";
  }
}

// No hook tells of it, so where else it would be seen has to be said.
std::string unhooked(std::string_view what, const SessionDomain& session, Timestamp now) {
  const Evidence* const level = level_of(session);
  const Evidence* const transcript = heard_from(session, kTranscript);
  std::string text(what);
  if (level == nullptr && transcript == nullptr) {
    return text + "; neither the client's session file nor its transcript is at hand to tell";
  }
  text += "; ";
  if (level != nullptr) text += with_age(*level, now);
  if (level != nullptr && transcript != nullptr) text += " or ";
  if (transcript != nullptr) text += with_age(*transcript, now);
  return text + " would tell";
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
  return heard_from(session, kHook) != nullptr;
}

std::string doubt_text(const SessionDomain& session, Timestamp now) {
  if (session.certain) return {};
  if (session.status.kind() == StatusKind::kStale) {
    return "nothing was heard of it for long, and its process cannot be verified";
  }
  if (session.detail && session.detail->word == "stopped") {
    return "a signal (Ctrl-Z, SIGSTOP) has stopped its process";
  }
  if (session.status.reason() == "startup") {
    return "its process has a terminal, and began no session in it yet; look at its screen";
  }
  if (const Evidence* against = newest_against(session)) {
    return with_age(*against, now) + " disagrees: it says " + against->says;
  }
  const StatusCause& cause = session.status_cause;
  if (cause.type.starts_with(kLevel)) return level_doubt(session);
  if (std::string_view(cause.origin).ends_with(kTranscript)) {
    return cause.origin + " tells what was done, not what is waited for or goes on";
  }
  if (cause.type == "status.reported") {
    return cause.origin + " came, so no dialog is open any more; what was decided is not known";
  }
  const bool is_quiet_from_the_start = session.status.kind() == StatusKind::kIdle && !session.finished;
  const Evidence* const hook = heard_from(session, kHook);
  if (hook == nullptr || (is_quiet_from_the_start && cause.type == "session.started")) {
    return "nothing has said yet what the session does";
  }
  return "no hook since " + hook->says + " " + format_relative(hook->at, now) +
         ", and nothing else says that it is still so";
}

std::vector<std::string> what_would_change(const SessionDomain& session, Timestamp now) {
  const std::string interruption = unhooked("an interruption fires no hook", session, now);
  switch (session.status.kind()) {
    case StatusKind::kRunningTool:
      return {"the tool's result, a question to you, or the end of the turn", interruption};
    case StatusKind::kActive:
    case StatusKind::kThinking:
      return {"a tool that starts, a question to you, or the end of the turn", interruption};
    case StatusKind::kCompacting:
      return {"the end of the compaction, or what the turn does next", interruption};
    case StatusKind::kWaitingForPermission:
    case StatusKind::kWaitingForInput:
      return {"your answer: the agent goes on, or its turn ends",
              unhooked("a refusal or Esc may fire no hook", session, now)};
    case StatusKind::kBackground:
      return {"the next turn: the agent begins it when a task ends, or you with a prompt"};
    case StatusKind::kError:
      return {"your next prompt, and nothing else"};
    case StatusKind::kIdle:
      return {"your next prompt, or a turn that the agent begins itself"};
    case StatusKind::kStale:
      return {"anything that is heard of it; else a clean-up removes it"};
    case StatusKind::kEnded:
      return {"its being resumed; else a clean-up removes it"};
  }
  return {};
}

std::vector<std::string> how_to_see_more(const protocol::Session& session) {
  const SessionDomain& domain = session.domain;
  if (domain.status.kind() == StatusKind::kEnded) return {};
  std::vector<std::string> hints;
  if (!has_hooks(domain)) {
    hints.emplace_back(
        "no hook of it was heard, so tools and questions are seen late or not at all; connect it as "
        "docs/operate/connect.md says");
  }
  const SessionInfrastructure& place = session.infrastructure;
  if (!place.pid) {
    hints.emplace_back("its process is not known, so its exit is not seen: silence makes it stale");
  } else if (!place.verified) {
    hints.push_back("its process " + std::to_string(*place.pid) +
                    " is not verified to be alive so far: until it is, silence makes it stale");
  }
  if (domain.attention && domain.attention->confirmed && !domain.attention->acknowledged) {
    hints.push_back("atm ack " + std::string(domain.id.short_form()) + " silences the call");
  }
  return hints;
}

}  // namespace atm::cli
