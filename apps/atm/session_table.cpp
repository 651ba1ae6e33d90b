// SPDX-License-Identifier: MIT
#include "session_table.hpp"

#include <algorithm>
#include <array>
#include <atm/domain/session_view.hpp>
#include <cmath>
#include <ctime>
#include <tuple>

#include "explain_reasons.hpp"
#include "session_names.hpp"
#include "text.hpp"

namespace atm::cli {

namespace {

Style status_style(const SessionDomain& session) {
  if (session.status.kind() == StatusKind::kError) return Style::kRed;
  if (needs_user(session)) return Style::kYellow;
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

// Only known titles and branches take columns.
struct Optional {
  bool has_titles = false;
  bool has_branches = false;

  explicit Optional(const Sessions& sessions) {
    for (const protocol::Session* session : sessions) {
      has_titles = has_titles || !session_title(session->domain).empty();
      has_branches = has_branches || !session_branch(session->domain).empty();
    }
  }
};

std::vector<Column> columns(const Optional& optional) {
  std::vector<Column> all{
      {.title = "ID"},
      {.title = "AGENT", .dispensable = 2},
      {.title = "STATUS", .shrink = Shrink::kEnd, .narrowest = 18},
      {.title = "CONTEXT"},
      {.title = "COST", .align = Align::kRight},
      {.title = "LINES", .align = Align::kRight, .dispensable = 6},
      {.title = "AGE", .align = Align::kRight, .dispensable = 5},
      {.title = "ACTIVE", .align = Align::kRight},
  };
  if (optional.has_titles)
    all.push_back({.title = "TITLE", .shrink = Shrink::kEnd, .narrowest = 10, .dispensable = 3});
  all.push_back({.title = "DIRECTORY", .shrink = Shrink::kPath, .narrowest = 10});
  if (optional.has_branches)
    all.push_back({.title = "BRANCH", .shrink = Shrink::kEnd, .narrowest = 8, .dispensable = 4});
  all.push_back({.title = "PANE", .dispensable = 1});
  return all;
}

std::string or_dash(std::string_view text) {
  return std::string(text.empty() ? "-" : text);
}

// The ledger's amount; without it the agent's own.
std::string cost_text(const SessionDomain& domain, const SessionView& view, const Scene& scene) {
  const auto spent = scene.spent.find(domain.id.view());
  return spent == scene.spent.end() ? view.cost_display : spent->second.amount;
}

std::vector<Cell> row(const protocol::Session& session, const Optional& optional, const SessionNames& names,
                      const Scene& scene) {
  const SessionDomain& domain = session.domain;
  const SessionView view = SessionView::from(domain, scene.now);
  std::vector<Cell> cells{
      {terminal_safe(names.of(domain.id.view()))},
      {agent_text(domain)},
      {status_text(domain), status_style(domain)},
      {short_context_text(domain), context_style(domain.context)},
      {cost_text(domain, view, scene)},
      {lines_text(domain.lines_changed)},
      {view.age_display},
      {format_age(domain.last_activity, scene.now)},
  };
  if (optional.has_titles) cells.push_back({or_dash(session_title(domain))});
  cells.push_back({directory_text(domain, scene)});
  if (optional.has_branches) cells.push_back({or_dash(session_branch(domain))});
  cells.push_back({terminal_safe(session.runtime.tmux_pane.value_or("-"))});
  return cells;
}

std::string text_fact(const SessionDomain& session, std::string_view key) {
  const auto* const text = session.facts.get<std::string>(key);
  return text == nullptr ? "" : terminal_safe(*text);
}

}  // namespace

std::uint8_t rank_for_people(const SessionDomain& session) {
  if (needs_user(session)) return 0;
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

void sort_for_people(Sessions& sessions) {
  std::sort(sessions.begin(), sessions.end(), [](const protocol::Session* a, const protocol::Session* b) {
    const auto key = [](const SessionDomain& s) {
      return std::make_tuple(rank_for_people(s), s.started_at, s.id.view());
    };
    return key(a->domain) < key(b->domain);
  });
}

bool needs_user(const SessionDomain& session) {
  return session.attention ? !session.attention->acknowledged : session.status.needs_attention();
}

std::string status_text(const SessionDomain& session) {
  const SessionView view = SessionView::from(session, session.last_activity);
  std::string text = view.status;
  if (session.status.needs_attention() && session.status.kind() != StatusKind::kError)
    text = needs_user(session) ? "needs you" : "waiting";
  if (view.status_detail) text += " (" + *view.status_detail + ")";
  if (session.detail) text += ", " + detail_text(*session.detail);
  if (!session.certain) text += '?';
  if (session.finished && session.status.kind() == StatusKind::kIdle) text += " ✓";
  return terminal_safe(text);
}

std::string detail_text(const StatusDetail& detail) {
  std::string args;
  for (const auto& [name, value] : detail.args) {
    const auto* const text = std::get_if<std::string>(&value);
    const auto* const number = std::get_if<std::int64_t>(&value);
    if (name.view() == "next" || (text == nullptr && number == nullptr)) continue;
    args += args.empty() ? "" : ", ";
    args += text != nullptr ? *text : std::string(name.view()) + ' ' + std::to_string(*number);
  }
  return args.empty() ? detail.word : detail.word + " (" + args + ')';
}

std::string session_title(const SessionDomain& session) {
  if (!session.name.empty()) return terminal_safe(session.name);
  return text_fact(session, "agent.session.name");
}

std::string session_branch(const SessionDomain& session) {
  return text_fact(session, "agent.worktree.branch");
}

std::string context_text(const SessionDomain& session) {
  std::string text = session.context.str();
  if (session.context.is_warning()) text += session.context.is_critical() ? " !!" : " !";
  return text;
}

std::string short_context_text(const SessionDomain& session) {
  const ContextUsage& context = session.context;
  const auto percent = context.usage_percentage();
  if (!percent) return context.str();
  // Rounded down, so that the number and the mark agree.
  std::string text = std::to_string(static_cast<int>(std::floor(*percent))) + "%";
  if (context.is_warning()) text += context.is_critical() ? " !!" : " !";
  return text;
}

std::string local_time(Timestamp time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(
      std::chrono::time_point_cast<std::chrono::system_clock::duration>(time));
  std::tm local{};
  localtime_r(&seconds, &local);
  std::array<char, 40> buffer{};
  std::string text(buffer.data(), std::strftime(buffer.data(), buffer.size(), "%FT%T%z", &local));
  if (text.size() > 2) text.insert(text.size() - 2, ":");
  return text;
}

std::string session_table(const Sessions& sessions, const Scene& scene) {
  if (sessions.empty()) return "no sessions\n";
  const Optional optional(sessions);
  Table table(columns(optional));
  SessionNames names;
  for (const protocol::Session* session : sessions) names.add(session->domain.id.view());
  for (const protocol::Session* session : sessions) table.add_row(row(*session, optional, names, scene));
  return table.render(scene.canvas);
}

std::string hint_text(const Sessions& sessions, const Scene& scene) {
  const auto without = std::count_if(sessions.begin(), sessions.end(), [](const protocol::Session* session) {
    return session->domain.status.kind() != StatusKind::kEnded && !has_hooks(session->domain);
  });
  if (without == 0) return {};
  const std::string text = std::to_string(without) + (without == 1 ? " session" : " sessions") +
                           " without hooks: tools and questions are seen late or not at all; connect " +
                           (without == 1 ? "its agent" : "their agents") + " with atm setup";
  return "\n" + styled(text, Style::kDim, scene.canvas.colour) + "\n";
}

std::string session_line(const protocol::Session& session, const std::string& name, const Scene& scene) {
  const SessionDomain& domain = session.domain;
  const SessionView view = SessionView::from(domain, scene.now);
  std::string line = pad_right(terminal_safe(name), 8) + "  ";
  const std::string status = pad_right(status_text(domain), 24);
  line += styled(status, status_style(domain), scene.canvas.colour) + "  ";
  line += pad_right(short_context_text(domain), 6) + "  " + pad_left(view.cost_display, 7) + "  ";
  return line + directory_text(domain, scene);
}

}  // namespace atm::cli
