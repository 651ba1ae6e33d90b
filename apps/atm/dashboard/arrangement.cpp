// SPDX-License-Identifier: MIT
#include "arrangement.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "session_facts.hpp"
#include "session_table.hpp"

namespace atm::cli {

namespace {

std::uint32_t hash_of(std::string_view text) {
  return static_cast<std::uint32_t>(std::hash<std::string_view>()(text));
}

std::string_view parent_of(const SessionDomain& session) {
  return session.parent ? session.parent->view() : std::string_view();
}

}  // namespace

// Builds the rows of one page.
class Arrangement::Builder final {
 public:
  Builder(const Choice& choice, Rows& out) : choice_(choice), out_(out) {}

  void add_inbox(const List& shown) {
    List inbox;
    for (const Entry* entry : shown) {
      if (entry->urgency < kNoUrgency) inbox.push_back(entry);
    }
    std::sort(inbox.begin(), inbox.end(), [](const Entry* a, const Entry* b) {
      const auto key = [](const Entry& e) { return std::tie(e.urgency, e.since, e.node->first); };
      return key(*a) < key(*b);
    });
    for (const Entry* entry : inbox) add_session(*entry, 0, false);
  }

  void add_board(List shown) {
    sort(shown);
    const auto column_of = [](const Entry& entry) -> std::size_t {
      switch (entry.activity) {
        case Activity::kNeedsUser:
          return 0;
        case Activity::kWorks:
          return entry.status == StatusKind::kBackground ? 2 : 1;
        case Activity::kIsDone:
          return 3;
        default:
          return 4;
      }
    };
    for (std::size_t column = 0; column < kBoardColumns; ++column) {
      out_.columns[column] = out_.rows.size();
      for (const Entry* entry : shown) {
        if (column_of(*entry) == column) add_session(*entry, 0, false);
      }
    }
    out_.columns[kBoardColumns] = out_.rows.size();
  }

  /// `height`: fold the quiet sessions if more rows exist; absent: the user decided.
  void add_list(List shown, std::optional<std::size_t> height) {
    sort(shown);
    const bool folds = height ? is_longer(shown, *height) : choice_.folds_quiet == true;
    List quiet;
    if (folds && choice_.filter.is_empty()) {
      const auto first = std::stable_partition(shown.begin(), shown.end(), [this](const Entry* entry) {
        return !entry->is_quiet || is_pinned(*entry);
      });
      quiet.assign(first, shown.end());
      shown.erase(first, shown.end());
    }
    add_all(shown);
    if (quiet.empty()) return;
    out_.quiet_text = quiet_text(quiet);
    out_.rows.push_back({.key = "quiet:", .kind = Row::Kind::kQuiet});
  }

 private:
  using Children = std::map<std::string_view, List>;
  struct Family {
    Children children{};
    std::set<const Entry*> added{};
    std::set<const Entry*> hidden{};
  };

  [[nodiscard]] bool is_pinned(const Entry& entry) const {
    return !choice_.pins.empty() && choice_.pins.count(entry.node->first) != 0;
  }
  [[nodiscard]] bool is_open(std::string_view key) const {
    return choice_.closed.empty() || choice_.closed.count(std::string(key)) == 0;
  }

  // By status, as in atm list; the other orders compare one value and begin with the greatest.
  void sort(List& shown) const {
    std::sort(shown.begin(), shown.end(), [](const Entry* a, const Entry* b) {
      const auto key = [](const Entry& e) { return std::tie(e.rank, e.started_at, e.node->first); };
      return key(*a) < key(*b);
    });
    if (choice_.order == Order::kName) {
      sort_by_name(shown);
    } else if (choice_.order != Order::kNeed) {
      std::stable_sort(shown.begin(), shown.end(),
                       [](const Entry* a, const Entry* b) { return a->value > b->value; });
    }
    if (choice_.is_reversed) std::reverse(shown.begin(), shown.end());
    if (choice_.pins.empty()) return;
    std::stable_partition(shown.begin(), shown.end(),
                          [this](const Entry* entry) { return is_pinned(*entry); });
  }

  static void sort_by_name(List& shown) {
    std::vector<std::pair<std::string, const Entry*>> named;
    named.reserve(shown.size());
    for (const Entry* entry : shown) named.emplace_back(session_name(entry->node->second), entry);
    std::stable_sort(named.begin(), named.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    std::transform(named.begin(), named.end(), shown.begin(), [](const auto& one) { return one.second; });
  }

  // Whether the rows of all sessions do not fit.
  [[nodiscard]] bool is_longer(const List& shown, std::size_t height) const {
    if (choice_.closed.empty() && shown.size() > height) return true;
    Rows all;
    Builder(choice_, all).add_all(shown);
    return all.rows.size() > height;
  }

  void add_all(const List& shown) {
    if (choice_.is_tree) return add_projects(shown);
    for (const Entry* entry : shown) add_session(*entry, 0, false);
  }

  // In the order of their first sessions.
  void add_projects(const List& shown) {
    std::vector<std::pair<Project*, List>> projects;
    std::unordered_map<std::string_view, std::size_t> places;
    for (const Entry* entry : shown) {
      const std::string_view project = project_of(entry->node->second.domain);
      const auto [at, is_new] = places.emplace(project, projects.size());
      if (is_new) {
        out_.projects.push_back({"project:" + std::string(project), std::string(project), {}});
        projects.emplace_back(&out_.projects.back(), List());
      }
      projects[at->second].first->counts.add(entry->activity, {});
      projects[at->second].second.push_back(entry);
    }
    for (const auto& [project, members] : projects) {
      const bool is_shown = is_open(project->key);
      out_.rows.push_back({.key = project->key,
                           .project = project,
                           .kind = Row::Kind::kProject,
                           .has_children = true,
                           .is_open = is_shown});
      if (is_shown) add_members(members);
    }
  }

  // The sessions of one project, each with its subagents and the sessions that it started.
  void add_members(const List& members) {
    Family family;
    List roots;
    std::unordered_map<std::string_view, const Entry*> known;
    for (const Entry* entry : members) {
      if (const auto parent = parent_of(entry->node->second.domain); !parent.empty())
        known.emplace(parent, nullptr);
    }
    // Only parents need to be found.
    for (const Entry* entry : known.empty() ? List() : members) {
      const auto at = known.find(entry->node->first);
      if (at != known.end()) at->second = entry;
    }
    for (const Entry* entry : members) {
      const std::string_view parent = parent_of(entry->node->second.domain);
      const bool is_child = !parent.empty() && parent != entry->node->first && known.at(parent) != nullptr;
      (is_child ? family.children[parent] : roots).push_back(entry);
    }
    for (const Entry* entry : roots) add_relatives(*entry, 1, family);
    if (family.children.empty()) return;
    // Sessions that name each other as parents are roots too.
    for (const Entry* entry : members) {
      if (family.added.count(entry) == 0 && family.hidden.count(entry) == 0) add_relatives(*entry, 1, family);
    }
  }

  void add_relatives(const Entry& entry, std::size_t depth, Family& family) {
    if (family.children.empty()) {
      add_session(entry, depth, false);
      return;
    }
    if (!family.added.insert(&entry).second) return;
    const auto children = family.children.find(entry.node->first);
    const bool has_children = children != family.children.end();
    const bool is_shown = add_session(entry, depth, has_children);
    if (!has_children) return;
    if (!is_shown) return hide(children->second, family);
    for (const Entry* child : children->second) add_relatives(*child, depth + 1, family);
  }

  static void hide(const List& entries, Family& family) {
    for (const Entry* entry : entries) {
      if (!family.hidden.insert(entry).second) continue;
      const auto children = family.children.find(entry->node->first);
      if (children != family.children.end()) hide(children->second, family);
    }
  }

  // With its subagents, if it is open and a part of a tree. Returns whether it is open.
  bool add_session(const Entry& entry, std::size_t depth, bool has_children) {
    const auto& [id, session] = *entry.node;
    const auto& subagents = session.domain.subagents;
    const bool is_leaf = depth == 0;
    const bool is_shown = is_leaf || is_open(id);
    out_.rows.push_back({.key = id,
                         .session = &session,
                         .depth = static_cast<std::uint16_t>(std::min<std::size_t>(depth, 1000)),
                         .has_children = !is_leaf && (has_children || !subagents.empty()),
                         .is_open = is_shown});
    if (is_leaf || !is_shown) return is_shown;
    for (std::size_t i = 0; i < subagents.size(); ++i) {
      out_.texts.push_back(id + "/" + subagents[i].id);
      out_.rows.push_back({.key = out_.texts.back(),
                           .session = &session,
                           .subagent = static_cast<std::uint32_t>(i),
                           .depth = static_cast<std::uint16_t>(depth + 1),
                           .kind = Row::Kind::kSubagent});
    }
    return true;
  }

  static std::string quiet_text(const List& quiet) {
    std::map<std::string_view, std::size_t> kinds;
    for (const Entry* entry : quiet) ++kinds[status_name(entry->status)];
    std::string text;
    for (const auto& [kind, count] : kinds)
      text.append(text.empty() ? "" : ", ").append(std::to_string(count)).append(" ").append(kind);
    return text;
  }

  const Choice& choice_;
  Rows& out_;
};

void Arrangement::note(const client::SessionCopy::Changes& changes) {
  constexpr std::size_t kMost = 1000;
  // An entry refers to its session, so no entry of a removed one may remain.
  if (changes.removed.empty() && changed_.size() + changes.seen.size() <= kMost) {
    changed_.insert(changed_.end(), changes.seen.begin(), changes.seen.end());
  } else {
    forget();
  }
}

void Arrangement::forget() {
  has_all_changed_ = true;
  changed_.clear();
  entries_.clear();
  rows_.reset();
}

Arrangement::Entry Arrangement::entry_of(const Node& node, Timestamp now) const {
  const protocol::Session& session = node.second;
  const SessionDomain& domain = session.domain;
  Entry entry;
  entry.node = &node;
  entry.cost = known_cost(domain);
  entry.started_at = domain.started_at;
  entry.since = since(domain);
  for (const Subagent& subagent : domain.subagents)
    entry.subagents = entry.subagents * 31 + hash_of(subagent.id) + 1;
  if (choice_.is_tree) {
    entry.project = hash_of(project_of(domain));
    entry.parent = hash_of(parent_of(domain));
  }
  entry.status = domain.status.kind();
  entry.rank = rank_for_people(domain);
  entry.urgency = static_cast<std::uint8_t>(urgency(domain));
  entry.activity = activity_of(domain);
  entry.is_quiet = is_quiet(domain);
  entry.is_acked = domain.attention && domain.attention->acknowledged;
  entry.has_branch = !session_branch(domain).empty();
  entry.matches = choice_.filter.matches(session, now);
  switch (choice_.order) {
    case Order::kAge:
      // The time of the last change instead of an age, so that the order holds while time passes.
      entry.value = -std::chrono::duration<double>(entry.since.time_since_epoch()).count();
      break;
    case Order::kCost:
      entry.value = domain.cost.as_usd();
      break;
    case Order::kContext:
      entry.value = domain.context.usage_percentage().value_or(-1);
      break;
    case Order::kName:
      entry.name = hash_of(session_name(session));
      break;
    case Order::kNeed:
      break;
  }
  return entry;
}

bool Arrangement::has_same_row(const Entry& a, const Entry& b) {
  const auto key = [](const Entry& e) {
    return std::tuple(e.value, e.started_at, e.subagents, e.name, e.project, e.parent, e.rank, e.urgency,
                      e.activity, e.is_quiet, e.is_acked, e.has_branch, e.matches);
  };
  if (key(a) != key(b)) return false;
  // Only the inbox, and the text of the folded sessions, depend on these.
  return (a.urgency == kNoUrgency || a.since == b.since) && (!a.is_quiet || a.status == b.status);
}

void Arrangement::take_all(Timestamp now) {
  forget();
  has_all_changed_ = false;
  filtered_at_ = now;
  entries_.reserve(sessions_.size());
  for (const Node& node : sessions_) entries_.push_back(entry_of(node, now));
  std::sort(entries_.begin(), entries_.end(),
            [](const Entry& a, const Entry& b) { return std::less<>()(a.node, b.node); });
}

Arrangement::Entry& Arrangement::known_entry(const Node& node) {
  const auto at = std::lower_bound(
      entries_.begin(), entries_.end(), &node,
      [](const Entry& entry, const Node* other) { return std::less<>()(entry.node, other); });
  return at != entries_.end() && at->node == &node ? *at : *entries_.insert(at, Entry());
}

void Arrangement::take_changes(Timestamp now) {
  for (const std::string& id : changed_) {
    const auto at = sessions_.find(id);
    if (at == sessions_.end()) continue;
    Entry entry = entry_of(*at, now);
    Entry& known = known_entry(*at);
    const bool is_same = known.node != nullptr && has_same_row(known, entry);
    if (is_same && rows_ && known.cost != entry.cost) {
      rows_->counts.cost += entry.cost - known.cost;
    }
    if (!is_same) rows_.reset();
    known = entry;
  }
  changed_.clear();
}

std::shared_ptr<const Rows> Arrangement::rows(Page page, const Choice& choice, Timestamp now,
                                              std::size_t height) {
  const bool is_old =
      choice.filter.depends_on_time() && elapsed(filtered_at_, now) >= std::chrono::seconds(1);
  if (!(choice == choice_)) {
    choice_ = choice;
    has_all_changed_ = true;
  }
  if (has_all_changed_ || is_old) take_all(now);
  take_changes(now);
  const bool depends_on_height = !choice_.folds_quiet && choice_.filter.is_empty() && page == Page::kList;
  if (rows_ && page == page_ && (height == height_ || !depends_on_height)) return rows_;
  page_ = page;
  height_ = height;
  rows_ = std::make_shared<Rows>();
  List shown;
  shown.reserve(entries_.size());
  for (const Entry& entry : entries_) {
    rows_->counts.add(entry.activity, entry.cost);
    if (!entry.matches) continue;
    shown.push_back(&entry);
    rows_->acked += entry.is_acked ? 1 : 0;
    rows_->has_branches = rows_->has_branches || entry.has_branch;
  }
  rows_->shown = shown.size();
  rows_->rows.reserve(shown.size() + shown.size() / 8);  // with those of projects
  Builder builder(choice_, *rows_);
  if (page == Page::kInbox) {
    builder.add_inbox(shown);
  } else if (page == Page::kBoard) {
    builder.add_board(std::move(shown));
  } else {
    builder.add_list(std::move(shown), depends_on_height ? std::optional(height) : std::nullopt);
  }
  return rows_;
}

}  // namespace atm::cli
