// SPDX-License-Identifier: MIT
#include "session_table.hpp"

#include <algorithm>
#include <atm/domain/session_view.hpp>
#include <tuple>

#include "explain_reasons.hpp"
#include "text.hpp"

namespace atm::cli {

namespace {

// Acknowledged attention no longer counts, even if its wait continues.
bool calls(const SessionDomain& session) {
  return session.attention ? !session.attention->acknowledged : session.status.needs_attention();
}

int rank(const SessionDomain& session) {
  if (calls(session)) return 0;
  if (session.status.is_active()) return 1;
  switch (session.status.kind()) {
    case StatusKind::kBackground:
      return 2;
    case StatusKind::kStale:
      return 4;
    case StatusKind::kEnded:
      return 5;
    default:
      return 3;
  }
}

Style status_style(const SessionDomain& session) {
  if (session.status.kind() == StatusKind::kError) return Style::kRed;
  if (calls(session)) return Style::kYellow;
  if (session.status.is_active()) return Style::kGreen;
  if (session.status.kind() == StatusKind::kBackground) return Style::kBlue;
  return session.status.is_removable() ? Style::kDim : Style::kPlain;
}

Style context_style(const ContextUsage& context) {
  if (context.is_critical()) return Style::kRed;
  return context.is_warning() ? Style::kYellow : Style::kPlain;
}

std::string agent_text(const SessionDomain& session) {
  const std::string type = session.agent_type.short_name();
  if (type == "main") return terminal_safe(session.agent.empty() ? "-" : session.agent);
  return terminal_safe(session.agent + "/" + type);
}

std::string directory_text(const SessionDomain& session, const Scene& scene) {
  if (!session.working_directory) return "-";
  return terminal_safe(with_tilde(*session.working_directory, scene.home));
}

std::string lines_text(const LinesChanged& lines) {
  return lines.added == 0 && lines.removed == 0 ? "-" : lines.str();
}

std::vector<Column> columns() {
  return {
      {.title = "ID"},
      {.title = "AGENT", .dispensable = 2},
      {.title = "STATUS", .shrink = Shrink::kEnd, .narrowest = 18},
      {.title = "CONTEXT"},
      {.title = "COST", .align = Align::kRight},
      {.title = "LINES", .align = Align::kRight, .dispensable = 4},
      {.title = "AGE", .align = Align::kRight, .dispensable = 3},
      {.title = "ACTIVE", .align = Align::kRight},
      {.title = "DIRECTORY", .shrink = Shrink::kMiddle, .narrowest = 10},
      {.title = "PANE", .dispensable = 1},
  };
}

std::vector<Cell> row(const protocol::Session& session, const Scene& scene) {
  const SessionDomain& domain = session.domain;
  const SessionView view = SessionView::from(domain, scene.now);
  return {
      {terminal_safe(domain.id.is_pending() ? domain.id.view() : std::string_view(view.id_short))},
      {agent_text(domain)},
      {status_text(domain), status_style(domain)},
      {context_text(domain), context_style(domain.context)},
      {view.cost_display},
      {lines_text(domain.lines_changed)},
      {view.age_display},
      {format_age(domain.last_activity, scene.now)},
      {directory_text(domain, scene)},
      {terminal_safe(session.runtime.tmux_pane.value_or("-"))},
  };
}

}  // namespace

void sort_for_people(Sessions& sessions) {
  std::sort(sessions.begin(), sessions.end(), [](const protocol::Session* a, const protocol::Session* b) {
    const auto key = [](const SessionDomain& s) {
      return std::make_tuple(rank(s), s.started_at, s.id.view());
    };
    return key(a->domain) < key(b->domain);
  });
}

std::string status_text(const SessionDomain& session) {
  const SessionView view = SessionView::from(session, session.last_activity);
  std::string text = view.status;
  if (view.status_detail) text += " (" + *view.status_detail + ")";
  if (session.detail) text += ", " + session.detail->word;
  if (!session.certain) text += '?';
  if (session.finished && session.status.kind() == StatusKind::kIdle) text += " ✓";
  return terminal_safe(text);
}

std::string context_text(const SessionDomain& session) {
  std::string text = session.context.str();
  if (session.context.is_warning()) text += session.context.is_critical() ? " !!" : " !";
  return text;
}

std::string session_table(const Sessions& sessions, const Scene& scene) {
  if (sessions.empty()) return "no sessions\n";
  Table table(columns());
  for (const protocol::Session* session : sessions) table.add_row(row(*session, scene));
  return table.render(scene.canvas);
}

std::string hint_text(const Sessions& sessions, const Scene& scene) {
  const auto without = std::count_if(sessions.begin(), sessions.end(), [](const protocol::Session* session) {
    return session->domain.status.kind() != StatusKind::kEnded && !has_hooks(session->domain);
  });
  if (without == 0) return {};
  const std::string text = std::to_string(without) + (without == 1 ? " session" : " sessions") +
                           " without hooks: tools and questions are seen late or not at all; connect " +
                           (without == 1 ? "its agent" : "their agents") +
                           " as docs/operate/connect.md describes";
  return "\n" + styled(text, Style::kDim, scene.canvas.colour) + "\n";
}

std::string summary_text(const Sessions& sessions) {
  std::size_t calling = 0;
  Money cost;
  for (const protocol::Session* session : sessions) {
    calling += calls(session->domain) ? 1 : 0;
    cost += session->domain.cost;
  }
  std::string text = std::to_string(sessions.size()) + (sessions.size() == 1 ? " session" : " sessions");
  if (calling > 0) text += ", " + std::to_string(calling) + (calling == 1 ? " needs you" : " need you");
  return text + ", " + cost.format();
}

std::string session_line(const protocol::Session& session, const Scene& scene) {
  const SessionDomain& domain = session.domain;
  const SessionView view = SessionView::from(domain, scene.now);
  std::string line = pad_right(terminal_safe(view.id_short), 8) + "  ";
  const std::string status = pad_right(status_text(domain), 24);
  line += styled(status, status_style(domain), scene.canvas.colour) + "  ";
  line += pad_right(context_text(domain), 20) + "  " + pad_left(view.cost_display, 7) + "  ";
  return line + directory_text(domain, scene);
}

}  // namespace atm::cli
