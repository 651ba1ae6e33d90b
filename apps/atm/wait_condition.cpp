// SPDX-License-Identifier: MIT
#include "wait_condition.hpp"

#include <utility>

namespace atm::cli {

bool holds(Until until, const SessionDomain& session) {
  switch (until) {
    case Until::kNeedsInput:
      return session.attention && !session.attention->acknowledged &&
             (session.attention->confirmed || session.status.kind() == StatusKind::kError);
    case Until::kIdle:
      return session.status.kind() == StatusKind::kIdle && session.certain;
    case Until::kEnded:
      return session.status.kind() == StatusKind::kEnded;
  }
  return false;
}

std::optional<WaitCondition::Decision> WaitCondition::decide(const Changes& changes,
                                                             const client::SessionCopy& copy) {
  const Removals removed = removals(changes, copy);
  return id_.empty() ? of_any(changes, copy, removed) : of_one(copy, removed);
}

WaitCondition::Removals WaitCondition::removals(const Changes& changes, const client::SessionCopy& copy) {
  Removals removed = changes.removed;
  for (const auto& removal : removed) known_.erase(removal.id);
  if (copy.is_current()) {
    for (auto id = known_.begin(); id != known_.end();) {
      if (copy.find(*id) != nullptr) {
        ++id;
        continue;
      }
      removed.push_back({*id, ""});
      id = known_.erase(id);
    }
  }
  known_.insert(changes.seen.begin(), changes.seen.end());
  return removed;
}

std::optional<WaitCondition::Decision> WaitCondition::of_one(const client::SessionCopy& copy,
                                                             const Removals& removed) const {
  for (const auto& removal : removed) {
    if (removal.id == id_) return Decision{until_ == Until::kEnded, id_, {}, removal.reason};
  }
  const protocol::Session* const session = copy.find(id_);
  if (session == nullptr) return std::nullopt;
  if (holds(until_, session->domain)) return Decision{true, id_, *session};
  if (holds(Until::kEnded, session->domain)) return Decision{false, id_, *session};
  return std::nullopt;
}

std::optional<WaitCondition::Decision> WaitCondition::of_any(const Changes& changes,
                                                             const client::SessionCopy& copy,
                                                             const Removals& removed) {
  const bool is_first = !std::exchange(has_begun_, true);
  const protocol::Session* longest = nullptr;  // of several sessions
  for (const std::string& id : changes.seen) {
    const protocol::Session& session = *copy.find(id);
    bool counts = holds(until_, session.domain);
    if (!holds(Until::kEnded, session.domain)) {
      over_.erase(id);
    } else if (!over_.insert(id).second || is_first) {
      counts = false;
    }
    const bool is_longer = longest == nullptr || session.domain.status_since < longest->domain.status_since;
    if (counts && is_longer) longest = &session;
  }
  if (longest != nullptr) return Decision{true, longest->domain.id.str(), *longest};
  for (const auto& removal : removed) {
    const bool is_new = over_.erase(removal.id) == 0;
    if (until_ == Until::kEnded && is_new) return Decision{true, removal.id, {}, removal.reason};
  }
  return std::nullopt;
}

}  // namespace atm::cli
