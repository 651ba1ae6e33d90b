// SPDX-License-Identifier: MIT
#include "last_value_cache.hpp"

#include <atm/domain/timestamp.hpp>
#include <atm/plugin/values.hpp>
#include <atm/protocol/json_text.hpp>
#include <utility>

#include "topic.hpp"

namespace zeromq {

using atm::to_view;
using atm::protocol::append_name;
using atm::protocol::append_number;
using atm::protocol::append_quoted;

namespace {

constexpr std::size_t kMaxOwed = 256;

void append_member(std::string& out, std::string_view name, std::uint64_t value) {
  append_name(out, name);
  append_number(out, value);
}

/// Whether a state message is about this session.
bool says(std::string_view message, std::string_view session) {
  message.remove_suffix(1);
  return message.ends_with(session);
}

}  // namespace

void LastValueCache::take(const atm_event& event) {
  epoch_ = event.epoch;
  switch (event.kind) {
    case ATM_EVENT_SESSION_REGISTERED:
      return publish_state(event, "registered");
    case ATM_EVENT_SESSION_UPDATED:
      return publish_state(event, "updated");
    case ATM_EVENT_SESSION_REMOVED:
      entries_.erase(std::string(to_view(event.session)));
      return publish_removed(to_view(event.session), to_view(event.type), event.seq);
    case ATM_EVENT_ACTIVITY:
      return publish_activity(event);
    case ATM_EVENT_GAP:
      return publish_gap(event);
    case ATM_EVENT_SNAPSHOT_BEGIN:
      ++snapshot_;
      return;
    case ATM_EVENT_SNAPSHOT_ITEM:
      return take_item(event);
    case ATM_EVENT_SNAPSHOT_END:
      return end_snapshot(event);
    default:
      return;  // a kind that a newer host defines
  }
}

void LastValueCache::forget() {
  entries_.clear();
  resends_.clear();
  has_snapshot_ = false;
}

std::string LastValueCache::begin_message(std::string_view type, std::uint64_t seq, std::size_t more) {
  std::string out;
  out.reserve(more + 160);
  out += "{\"type\":\"";
  out += type;
  out += '"';
  append_member(out, "seq", seq);
  append_member(out, "number", ++number_);
  append_member(out, "epoch", epoch_);
  seq_ = seq;
  return out;
}

Text LastValueCache::send(std::string_view topic, std::string&& message) {
  Text text = std::make_shared<const std::string>(std::move(message));
  publish_(topic, text);
  return text;
}

void LastValueCache::publish_state(const atm_event& event, std::string_view kind) {
  const std::string_view session = to_view(event.session);
  auto at = entries_.find(session);
  if (at == entries_.end()) at = entries_.emplace(std::string(session), Entry{}).first;
  Entry& entry = at->second;
  std::string message = begin_message(kind == "registered" ? "session_registered" : "session_updated",
                                      event.seq, to_view(event.json).size());
  append_member(message, "rev", event.rev);
  append_name(message, "session");
  message += to_view(event.json);
  message += '}';
  if (!entry.topic.ends_with(kind)) entry.topic = session_topic(session, kind);
  entry.rev = event.rev;
  entry.snapshot = snapshot_;
  entry.text = send(entry.topic, std::move(message));
}

void LastValueCache::publish_removed(std::string_view session, std::string_view reason, std::uint64_t seq) {
  std::string message = begin_message("session_removed", seq, session.size() + reason.size());
  append_name(message, "session_id");
  append_quoted(message, session);
  append_name(message, "reason");
  append_quoted(message, reason);
  message += '}';
  send(session_topic(session, "removed"), std::move(message));
}

void LastValueCache::publish_activity(const atm_event& event) {
  std::string message = begin_message("activity", event.seq, to_view(event.json).size());
  append_member(message, "rev", event.rev);
  append_name(message, "observation");
  message += to_view(event.json);
  message += '}';
  send(session_topic(to_view(event.session), "activity"), std::move(message));
}

void LastValueCache::publish_gap(const atm_event& event) {
  std::string message = begin_message("gap", event.seq, 0);
  append_member(message, "missed", event.missed);
  message += '}';
  send(kGapTopic, std::move(message));
}

void LastValueCache::take_item(const atm_event& event) {
  const auto at = entries_.find(to_view(event.session));
  // A session that was removed and created again restarts its revisions.
  if (at != entries_.end() && at->second.rev == event.rev && says(*at->second.text, to_view(event.json))) {
    at->second.snapshot = snapshot_;  // unchanged during the gap
  } else {
    publish_state(event, "updated");
  }
}

void LastValueCache::end_snapshot(const atm_event& event) {
  for (auto at = entries_.begin(); at != entries_.end();) {
    if (at->second.snapshot == snapshot_) {
      ++at;
      continue;
    }
    publish_removed(at->first, "unknown", event.seq);
    at = entries_.erase(at);
  }
  seq_ = event.seq;
  has_snapshot_ = true;
}

void LastValueCache::request_resend(std::string_view prefix) {
  if (entries_.empty()) return;
  // Resending everything is a bounded answer to any number of subscriptions.
  if (resends_.size() >= kMaxOwed) {
    resends_.clear();
    prefix = kRoot;
  }
  resends_.insert_or_assign(std::string(prefix), std::string());
}

std::size_t LastValueCache::resend(std::size_t most) {
  std::size_t sent = 0;
  while (!resends_.empty()) {
    const auto owed = resends_.begin();
    // No session has an empty id, so an empty one is the start.
    for (auto at = entries_.upper_bound(owed->second); at != entries_.end(); ++at) {
      if (!at->second.topic.starts_with(owed->first)) continue;
      if (sent == most) return sent;
      publish_(at->second.topic, at->second.text);
      owed->second = at->first;
      ++sent;
    }
    resends_.erase(owed);
  }
  return sent;
}

void LastValueCache::refresh(std::size_t count) {
  for (std::size_t i = 0; i < count && !entries_.empty(); ++i) {
    auto at = entries_.upper_bound(refreshed_);
    if (at == entries_.end()) at = entries_.begin();
    publish_(at->second.topic, at->second.text);
    refreshed_ = at->first;
  }
}

void LastValueCache::heartbeat(std::int64_t wall_ns, std::int64_t interval_ms) {
  if (!has_snapshot_) return;
  std::string message = "{\"type\":\"heartbeat\"";
  append_member(message, "seq", seq_);
  append_member(message, "number", number_);
  append_member(message, "epoch", epoch_);
  append_member(message, "sessions", entries_.size());
  append_name(message, "time");
  append_quoted(message, atm::to_rfc3339(atm::Timestamp(std::chrono::nanoseconds(wall_ns))));
  append_member(message, "interval_ms", static_cast<std::uint64_t>(interval_ms));
  message += '}';
  send(kHeartbeatTopic, std::move(message));
}

}  // namespace zeromq
