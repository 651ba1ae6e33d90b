// SPDX-License-Identifier: MIT
#include "rows.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "session_facts.hpp"
#include "session_table.hpp"

namespace atm::cli {

namespace {

using Session = protocol::Session;
using List = std::vector<const Session*>;

// By status, as in atm list; the other orders compare one value and begin with the greatest.
double value_of(const Session& session, Order order, Timestamp now) {
  const SessionDomain& domain = session.domain;
  switch (order) {
    case Order::kAge:
      return std::chrono::duration<double>(elapsed(since(domain), now)).count();
    case Order::kCost:
      return domain.cost.as_usd();
    case Order::kContext:
      return domain.context.usage_percentage().value_or(-1);
    default:
      return 0;
  }
}

void sort_sessions(List& sessions, const Choice& choice, Timestamp now) {
  sort_for_people(sessions);
  if (choice.order == Order::kName) {
    std::stable_sort(sessions.begin(), sessions.end(),
                     [](const Session* a, const Session* b) { return session_name(*a) < session_name(*b); });
  } else if (choice.order != Order::kNeed) {
    std::stable_sort(sessions.begin(), sessions.end(), [&](const Session* a, const Session* b) {
      return value_of(*a, choice.order, now) > value_of(*b, choice.order, now);
    });
  }
  if (choice.is_reversed) std::reverse(sessions.begin(), sessions.end());
  std::stable_partition(sessions.begin(), sessions.end(), [&choice](const Session* session) {
    return choice.pins.count(session->domain.id.str()) != 0;
  });
}

bool is_open(const Choice& choice, const std::string& key) {
  return choice.closed.count(key) == 0;
}

// A session, its subagents and the sessions that it started.
class Tree final {
 public:
  Tree(const Choice& choice, std::vector<Row>& out) : choice_(choice), out_(out) {}

  void add(const List& sessions) {
    for (const Session* session : sessions) known_.emplace(session->domain.id.view(), session);
    List roots;
    for (const Session* session : sessions) {
      const auto& parent = session->domain.parent;
      const bool is_child = parent && *parent != session->domain.id && known_.count(parent->view()) != 0;
      if (is_child) {
        children_[parent->view()].push_back(session);
      } else {
        roots.push_back(session);
      }
    }
    for (const Session* session : roots) add_one(session, 0);
    // Sessions that name each other as parents are roots too.
    for (const Session* session : sessions) {
      if (added_.count(session) == 0 && hidden_.count(session) == 0) add_one(session, 0);
    }
  }

  std::size_t base = 0;  // depth of a root

 private:
  void add_one(const Session* session, std::size_t depth) {
    if (!added_.insert(session).second) return;
    const SessionDomain& domain = session->domain;
    const auto children = children_.find(domain.id.view());
    Row row{.kind = Row::Kind::kSession, .key = domain.id.str(), .session = session, .depth = base + depth};
    row.has_children = children != children_.end() || !domain.subagents.empty();
    row.is_open = is_open(choice_, row.key);
    out_.push_back(row);
    if (!row.is_open) {
      if (children != children_.end()) hide(children->second);
      return;
    }
    for (const Subagent& subagent : domain.subagents) {
      out_.push_back({.kind = Row::Kind::kSubagent,
                      .key = domain.id.str() + "/" + subagent.id,
                      .session = session,
                      .subagent = &subagent,
                      .depth = base + depth + 1});
    }
    if (children == children_.end()) return;
    for (const Session* child : children->second) add_one(child, depth + 1);
  }
  void hide(const List& sessions) {
    for (const Session* session : sessions) {
      if (!hidden_.insert(session).second) continue;
      const auto children = children_.find(session->domain.id.view());
      if (children != children_.end()) hide(children->second);
    }
  }

  const Choice& choice_;
  std::vector<Row>& out_;
  std::map<std::string_view, const Session*> known_;
  std::map<std::string_view, List> children_;
  std::set<const Session*> added_;
  std::set<const Session*> hidden_;
};

void add_tree(const List& sessions, const Choice& choice, std::vector<Row>& out) {
  // The projects in the order of their first sessions.
  std::vector<std::pair<std::string, List>> projects;
  std::map<std::string, std::size_t> places;
  for (const Session* session : sessions) {
    const std::string project = project_of(session->domain);
    const auto [at, is_new] = places.emplace(project, projects.size());
    if (is_new) projects.push_back({project, {}});
    projects[at->second].second.push_back(session);
  }
  for (const auto& [project, members] : projects) {
    Row header{
        .kind = Row::Kind::kProject, .key = "project:" + project, .has_children = true, .text = project};
    header.is_open = is_open(choice, header.key);
    for (const Session* session : members) header.counts.add(session->domain);
    const bool is_shown = header.is_open;
    out.push_back(std::move(header));
    if (!is_shown) continue;
    Tree tree(choice, out);
    tree.base = 1;
    tree.add(members);
  }
}

std::string quiet_text(const List& quiet) {
  std::map<std::string_view, std::size_t> kinds;
  for (const Session* session : quiet) ++kinds[session->domain.status.name()];
  std::string text;
  for (const auto& [kind, count] : kinds)
    text.append(text.empty() ? "" : ", ").append(std::to_string(count)).append(" ").append(kind);
  return text;
}

std::vector<Row> list_rows(List sessions, const Choice& choice, Timestamp now, bool folds) {
  std::vector<Row> rows;
  List quiet;
  if (folds) {
    const auto first =
        std::stable_partition(sessions.begin(), sessions.end(), [&choice](const Session* session) {
          return !is_quiet(session->domain) || choice.pins.count(session->domain.id.str()) != 0;
        });
    quiet.assign(first, sessions.end());
    sessions.erase(first, sessions.end());
  }
  sort_sessions(sessions, choice, now);
  if (choice.is_tree) {
    add_tree(sessions, choice, rows);
  } else {
    for (const Session* session : sessions)
      rows.push_back({.kind = Row::Kind::kSession, .key = session->domain.id.str(), .session = session});
  }
  if (!quiet.empty()) rows.push_back({.kind = Row::Kind::kQuiet, .key = "quiet:", .text = quiet_text(quiet)});
  return rows;
}

std::vector<Row> inbox_rows(const List& sessions) {
  List inbox;
  for (const Session* session : sessions) {
    if (urgency(session->domain) < 4) inbox.push_back(session);
  }
  std::sort(inbox.begin(), inbox.end(), [](const Session* a, const Session* b) {
    const auto key = [](const SessionDomain& s) {
      return std::make_tuple(urgency(s), since(s), s.id.view());
    };
    return key(a->domain) < key(b->domain);
  });
  std::vector<Row> rows;
  for (const Session* session : inbox)
    rows.push_back({.kind = Row::Kind::kSession, .key = session->domain.id.str(), .session = session});
  return rows;
}

}  // namespace

void Counts::add(const SessionDomain& session) {
  ++sessions;
  if (needs_user(session)) {
    ++needs;
  } else if (session.status.is_active() || session.status.kind() == StatusKind::kBackground) {
    ++works;
  } else if (session.finished && session.status.kind() == StatusKind::kIdle) {
    ++done;
  }
  if (!session.cost_source.empty()) cost += session.cost;
}

Rows rows_of(const SessionMap& sessions, Page page, const Choice& choice, Timestamp now, std::size_t height) {
  Rows out;
  List shown;
  for (const auto& [id, session] : sessions) {
    out.counts.add(session.domain);
    if (!choice.filter.matches(session, now)) continue;
    shown.push_back(&session);
    const bool is_acked = session.domain.attention && session.domain.attention->acknowledged;
    out.acked += is_acked ? 1 : 0;
  }
  out.shown = shown.size();
  if (page == Page::kInbox) {
    out.rows = inbox_rows(shown);
    return out;
  }
  // A filter shows what it matches.
  const bool folds = choice.folds_quiet.value_or(false) && choice.filter.is_empty();
  out.rows = list_rows(shown, choice, now, folds);
  const bool is_too_long = out.rows.size() > height && !choice.folds_quiet && choice.filter.is_empty();
  if (is_too_long) out.rows = list_rows(std::move(shown), choice, now, true);
  return out;
}

}  // namespace atm::cli
