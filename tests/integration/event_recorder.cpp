// SPDX-License-Identifier: MIT
#include "event_recorder.hpp"

#include <algorithm>
#include <utility>

namespace atm::test {
namespace {

using Kind = EventRecorder::Event::Kind;

}  // namespace

EventRecorder::EventRecorder(const ServedDaemon& daemon) : wire_(daemon) {
  static_cast<void>(wire_.greet());
  wire_.send(R"({"type":"subscribe","activity":true})");
  wire_.sync();
}

const EventRecorder::Event& EventRecorder::await(const Is& is) {
  for (std::size_t i = 0;; ++i) {
    while (i == events_.size()) take(wire_.reply());
    if (is(events_[i])) return events_[i];
  }
}

std::size_t EventRecorder::count(const Is& is) {
  wire_.send(R"({"type":"ping","seq":1})");
  for (;;) {
    auto got = wire_.reply();
    if (std::holds_alternative<protocol::Pong>(got.message)) break;
    take(std::move(got));
  }
  return static_cast<std::size_t>(std::count_if(events_.begin(), events_.end(), is));
}

void EventRecorder::take(protocol::Reply&& reply) {
  const auto add = [&](Kind kind, protocol::Session&& session) {
    std::string id(session.domain.id.view());
    std::string word(session.domain.status.name());
    events_.push_back({kind, std::move(id), std::move(word), std::move(session)});
  };
  if (auto* registered = std::get_if<protocol::SessionRegistered>(&reply.message)) {
    add(Kind::kRegistered, std::move(registered->session));
  } else if (auto* updated = std::get_if<protocol::SessionUpdated>(&reply.message)) {
    add(Kind::kUpdated, std::move(updated->session));
  } else if (auto* removed = std::get_if<protocol::SessionRemoved>(&reply.message)) {
    events_.push_back({Kind::kRemoved, removed->session_id, removed->reason, std::nullopt});
  } else if (auto* activity = std::get_if<protocol::Activity>(&reply.message)) {
    events_.push_back(
        {Kind::kActivity, activity->observation.session_id, activity->observation.type, std::nullopt});
  }
}

EventRecorder::Is event(Kind kind, std::string session, std::string word) {
  return [kind, session = std::move(session), word = std::move(word)](const EventRecorder::Event& e) {
    return e.kind == kind && e.session == session && (word.empty() || e.word == word);
  };
}

}  // namespace atm::test
