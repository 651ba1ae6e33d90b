// SPDX-License-Identifier: MIT
// A copy of the daemon's sessions, made from its messages. No I/O: what carries the messages is the caller's.
#pragma once

#include <atm/protocol/daemon_message_reader.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace atm::client {

/// Give it every message of a subscription in the order they came: the greeting, `sessions` whole or in
/// parts, the events. Replies to other requests, a `sessions` among them, are not for it. It always holds
/// the last it was told, and says whether that is all: between a gap or an end of the connection and the
/// end of the next snapshot, it is not.
class SessionCopy final {
 public:
  enum class Standing : std::uint8_t {
    kBehind,   ///< a snapshot is to come: at the beginning, after a gap, after disconnected()
    kCurrent,  ///< up to seq()
    kBroken,   ///< what came does not fit: something is missing that no gap announced. Subscribe again.
  };
  struct Removal {
    std::string id;
    std::string reason;  ///< empty: a snapshot names it no more
  };
  struct Changes {
    std::vector<std::string> seen{};  ///< ids that are new or were told of again
    std::vector<Removal> removed{};
    bool is_another_start =
        false;  ///< of the daemon: all is forgotten, and of nothing is said that it is over
  };
  using Sessions = std::map<std::string, protocol::Session, std::less<>>;

  Changes apply(const protocol::DaemonMessage& message) {
    if (const auto* hello = std::get_if<protocol::ServerHello>(&message)) return greet(*hello);
    if (const auto* part = std::get_if<protocol::Sessions>(&message)) return add_part(*part);
    if (const auto* event = std::get_if<protocol::SessionRegistered>(&message)) {
      return advance(event->seq) ? take(event->session) : Changes{};
    }
    if (const auto* event = std::get_if<protocol::SessionUpdated>(&message)) {
      if (!advance(event->seq)) return {};
      if (!is_later(event->session)) standing_ = Standing::kBroken;
      return take(event->session);
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

  /// The connection or the subscription has ended: what comes next begins with a snapshot.
  void disconnected() {
    begun_.reset();
    standing_ = Standing::kBehind;
  }

  [[nodiscard]] Standing standing() const noexcept { return standing_; }
  [[nodiscard]] bool is_current() const noexcept { return standing_ == Standing::kCurrent; }
  /// The number of the last event in the copy.
  [[nodiscard]] std::uint64_t seq() const noexcept { return seq_; }
  /// Which start of the daemon this is of; absent before the greeting.
  [[nodiscard]] std::optional<std::uint64_t> epoch() const noexcept { return epoch_; }
  [[nodiscard]] std::uint64_t gaps() const noexcept { return gaps_; }
  [[nodiscard]] std::uint64_t missed() const noexcept { return missed_; }  ///< events that gaps announced

  [[nodiscard]] const Sessions& sessions() const noexcept { return sessions_; }
  /// Null: it knows none of that id.
  [[nodiscard]] const protocol::Session* find(std::string_view id) const {
    const auto at = sessions_.find(id);
    return at == sessions_.end() ? nullptr : &at->second;
  }

 private:
  Changes greet(const protocol::ServerHello& hello) {
    disconnected();
    const bool is_first = !std::exchange(is_greeted_, true);
    const bool is_same = epoch_ && epoch_ == hello.epoch;
    epoch_ = hello.epoch;
    if (is_first || is_same) return {};
    sessions_.clear();
    seq_ = 0;
    Changes changes;
    changes.is_another_start = true;
    return changes;
  }

  // Whether an event of this number is news. Between two of a subscription numbers may lie that are not for
  // it, or that a newer event of the same session stands for; but none comes twice, and none of a lower
  // number afterwards. A part of a snapshot is followed by the rest of it, or by a gap.
  bool advance(std::uint64_t seq) {
    if (standing_ == Standing::kBehind) standing_ = Standing::kBroken;
    begun_.reset();
    if (seq <= seq_) {
      standing_ = Standing::kBroken;
      return false;
    }
    seq_ = seq;
    return true;
  }

  // A first word of a session is never an update, and its revision only rises.
  [[nodiscard]] bool is_later(const protocol::Session& session) const {
    const protocol::Session* const known = find(session.domain.id.view());
    return known != nullptr && session.domain.rev > known->domain.rev;
  }

  Changes take(const protocol::Session& session) {
    std::string id = session.domain.id.str();
    sessions_.insert_or_assign(id, session);
    return {{std::move(id)}, {}, false};
  }

  // A session that came and went before it was told of is removed all the same.
  Changes remove(const protocol::SessionRemoved& event) {
    if (!advance(event.seq) || sessions_.erase(event.session_id) == 0) return {};
    return {{}, {{event.session_id, event.reason}}, false};
  }

  Changes add_part(const protocol::Sessions& part) {
    if (begun_ && begun_->seq == part.seq) {
      begun_->sessions.insert(begun_->sessions.end(), part.sessions.begin(), part.sessions.end());
    } else {
      begun_ = part;  // what another subscription began is void
    }
    if (part.more) {
      standing_ = Standing::kBehind;
      return {};
    }
    const protocol::Sessions whole = std::move(*begun_);
    begun_.reset();
    return replace_all(whole);
  }

  Changes replace_all(const protocol::Sessions& snapshot) {
    standing_ = snapshot.seq >= seq_ ? Standing::kCurrent : Standing::kBroken;
    seq_ = snapshot.seq;
    Changes changes;
    const Sessions before = std::exchange(sessions_, {});
    for (const protocol::Session& session : snapshot.sessions) {
      changes.seen.push_back(session.domain.id.str());
      sessions_.insert_or_assign(session.domain.id.str(), session);
    }
    for (const auto& [id, session] : before) {
      if (find(id) == nullptr) changes.removed.push_back({id, ""});
    }
    return changes;
  }

  Sessions sessions_;
  Standing standing_ = Standing::kBehind;
  std::uint64_t seq_ = 0;
  std::optional<std::uint64_t> epoch_;
  bool is_greeted_ = false;
  std::uint64_t gaps_ = 0;
  std::uint64_t missed_ = 0;
  std::optional<protocol::Sessions> begun_;  // the parts so far of a snapshot that is not complete
};

}  // namespace atm::client
