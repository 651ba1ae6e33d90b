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

std::optional<WaitCondition::Decision> WaitCondition::apply(const protocol::DaemonMessage& message) {
  const Board::Changes changes = board_.apply(message);
  if (!id_.empty()) return of_one(changes);
  const bool is_first = !std::exchange(has_begun_, true);
  return of_any(changes, is_first);
}

std::optional<WaitCondition::Decision> WaitCondition::of_one(const Board::Changes& changes) const {
  for (const Board::Removal& removal : changes.removed) {
    if (removal.id == id_) return Decision{until_ == Until::kEnded, id_, {}, removal.reason};
  }
  const protocol::Session* const session = board_.find(id_);
  if (session == nullptr) return std::nullopt;
  if (holds(until_, session->domain)) return Decision{true, id_, *session};
  if (holds(Until::kEnded, session->domain)) return Decision{false, id_, *session};
  return std::nullopt;
}

std::optional<WaitCondition::Decision> WaitCondition::of_any(const Board::Changes& changes, bool is_first) {
  const protocol::Session* longest = nullptr;  // of several at once
  for (const std::string& id : changes.seen) {
    const protocol::Session& session = *board_.find(id);
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
  for (const Board::Removal& removal : changes.removed) {
    const bool is_news = over_.erase(removal.id) == 0;
    if (until_ == Until::kEnded && is_news) return Decision{true, removal.id, {}, removal.reason};
  }
  return std::nullopt;
}

}  // namespace atm::cli
