// SPDX-License-Identifier: MIT
#include <atm/client/session_copy.hpp>
#include <utility>
#include <variant>

namespace atm::client {

SessionCopy::Changes SessionCopy::apply(const protocol::DaemonMessage& message) {
  return apply(protocol::DaemonMessage(message));
}

SessionCopy::Changes SessionCopy::apply(protocol::DaemonMessage&& message) {
  if (const auto* hello = std::get_if<protocol::ServerHello>(&message)) return greet(*hello);
  if (auto* part = std::get_if<protocol::Sessions>(&message)) return add_part(std::move(*part));
  if (auto* event = std::get_if<protocol::SessionRegistered>(&message)) {
    return advance(event->seq) ? take(std::move(event->session)) : Changes{};
  }
  if (auto* event = std::get_if<protocol::SessionUpdated>(&message)) {
    if (!advance(event->seq)) return {};
    if (!is_later(event->session)) state_ = State::kBroken;
    return take(std::move(event->session));
  }
  if (const auto* event = std::get_if<protocol::SessionRemoved>(&message)) return remove(*event);
  if (const auto* event = std::get_if<protocol::Activity>(&message)) {
    static_cast<void>(advance(event->seq));
  } else if (const auto* gap = std::get_if<protocol::Gap>(&message)) {
    ++gaps_;
    missed_ += gap->missed;
    disconnected();
  }
  return {};
}

void SessionCopy::disconnected() {
  begun_.reset();
  state_ = State::kBehind;
}

SessionCopy::Changes SessionCopy::greet(const protocol::ServerHello& hello) {
  disconnected();
  const bool is_first = !std::exchange(is_greeted_, true);
  const bool is_same = epoch_ && epoch_ == hello.epoch;
  epoch_ = hello.epoch;
  // The first greeting, or another connection to the same daemon: the copy stays.
  if (is_first || is_same) return {};
  sessions_.clear();
  seq_ = 0;
  Changes changes;
  changes.is_another_start = true;
  return changes;
}

bool SessionCopy::advance(std::uint64_t seq) {
  if (state_ == State::kBehind) state_ = State::kBroken;
  begun_.reset();
  if (seq <= seq_) {
    state_ = State::kBroken;
    return false;
  }
  seq_ = seq;
  return true;
}

bool SessionCopy::is_later(const protocol::Session& session) const {
  const protocol::Session* const known = find(session.domain.id.view());
  return known != nullptr && session.domain.rev > known->domain.rev;
}

SessionCopy::Changes SessionCopy::take(protocol::Session&& session) {
  std::string id = session.domain.id.str();
  sessions_.insert_or_assign(id, std::move(session));
  return {{std::move(id)}, {}, false};
}

SessionCopy::Changes SessionCopy::remove(const protocol::SessionRemoved& event) {
  if (!advance(event.seq) || sessions_.erase(event.session_id) == 0) return {};
  return {{}, {{event.session_id, event.reason}}, false};
}

SessionCopy::Changes SessionCopy::add_part(protocol::Sessions&& part) {
  // The parts of an earlier subscription are void.
  if (!begun_ || begun_->seq != part.seq) begun_ = Snapshot{part.seq};
  for (protocol::Session& session : part.sessions) {
    std::string id = session.domain.id.str();
    const auto [at, is_new] = begun_->sessions.insert_or_assign(std::move(id), std::move(session));
    if (is_new) begun_->order.push_back(&*at);
  }
  if (part.more) {
    state_ = State::kBehind;
    return {};
  }
  Snapshot whole = std::move(*begun_);
  begun_.reset();
  return replace_all(std::move(whole));
}

SessionCopy::Changes SessionCopy::replace_all(Snapshot&& snapshot) {
  state_ = snapshot.seq >= seq_ ? State::kCurrent : State::kBroken;
  seq_ = snapshot.seq;
  Changes changes;
  changes.seen.reserve(snapshot.order.size());
  for (const auto* entry : snapshot.order) changes.seen.push_back(entry->first);
  const Sessions before = std::exchange(sessions_, std::move(snapshot.sessions));
  for (const auto& [id, session] : before) {
    if (find(id) == nullptr) changes.removed.push_back({id, ""});
  }
  return changes;
}

const protocol::Session* SessionCopy::find(std::string_view id) const {
  const auto at = sessions_.find(id);
  return at == sessions_.end() ? nullptr : &at->second;
}

}  // namespace atm::client
