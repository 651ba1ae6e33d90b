// SPDX-License-Identifier: MIT
#include "agents/live_agents.hpp"

#include <algorithm>
#include <atm/json.hpp>
#include <atm/plugin/interfaces.hpp>
#include <utility>

namespace unix_socket {

namespace json = atm::json;
using atm::Status;

namespace {

constexpr std::string_view kOrigin = "unix";
// A process closes its sockets before it ends; a live process may connect again.
constexpr std::int64_t kGrace = 1'000'000'000;
constexpr std::size_t kMostOrigins = 16;

bool has_ended(const json::Value& session) {
  const json::Value* status = json::get_object(session, "status");
  return status != nullptr && json::get_string(*status, "status") == "ended";
}

bool runs_in(const json::Value& session, const ProcessId& process) {
  const json::Value* where = json::get_object(session, "process");
  return where != nullptr && json::get_int(*where, "pid") == process.pid &&
         json::get_int(*where, "start_ticks") == process.start_ticks;
}

bool came_by(const json::Value& session, const std::vector<std::string>& origins) {
  const json::Value* evidence = json::get_array(session, "evidence");
  if (evidence == nullptr) return false;
  return std::any_of(evidence->Begin(), evidence->End(), [&](const json::Value& one) {
    const auto origin = json::get_string(one, "origin");
    return origin && std::find(origins.begin(), origins.end(), *origin) != origins.end();
  });
}

}  // namespace

void LiveAgents::open(std::uint64_t client, const ProcessId& process) {
  if (open_.insert_or_assign(client, Stream{process, {}}).second) counters_.add(Counter::kStreams);
}

void LiveAgents::on_record(std::uint64_t client, std::string_view origin) {
  const auto found = open_.find(client);
  if (found == open_.end()) return;
  auto& origins = found->second.origins;
  if (origins.size() == kMostOrigins || std::find(origins.begin(), origins.end(), origin) != origins.end())
    return;
  origins.emplace_back(origin);
}

void LiveAgents::close(std::uint64_t client) {
  auto stream = open_.extract(client);
  if (!stream || is_stopped_ || stream.mapped().origins.empty()) return;
  ended_.push_back({client, std::move(stream.mapped()), host_.monotonic_ns()});
}

void LiveAgents::stop() {
  is_stopped_ = true;
  ended_.clear();
}

bool LiveAgents::advance() {
  ended_.remove_if([this](Ended& ended) { return advance(ended); });
  return !ended_.empty();
}

bool LiveAgents::advance(Ended& ended) {
  switch (ended.stage) {
    case Ended::Stage::kWaiting:
      if (!is_running(ended.stream.process)) return report_exit(ended);
      if (report(ended)) return true;
      if (host_.monotonic_ns() - ended.since_ns >= kGrace) ask(ended);
      return false;
    case Ended::Stage::kAsked:
      return false;
    case Ended::Stage::kReporting:
      return report_close(ended);
  }
  return true;
}

/// Whether another stream of that process reports its sessions: since before, or as the replacement.
bool LiveAgents::report(const Ended& ended) {
  const auto& origins = ended.stream.origins;
  for (auto& [client, other] : open_) {
    if (other.process != ended.stream.process) continue;
    const bool feeds_the_same = std::find_first_of(other.origins.begin(), other.origins.end(),
                                                   origins.begin(), origins.end()) != other.origins.end();
    if (client < ended.client && !feeds_the_same) continue;
    for (const std::string& origin : origins) on_record(client, origin);
    return true;
  }
  return false;
}

bool LiveAgents::report_exit(const Ended& ended) {
  atm::AttrList<2> attrs;
  attrs.add("pid", ended.stream.process.pid);
  attrs.add("start_ticks", ended.stream.process.start_ticks);
  // The registry ends all sessions of the process, whichever session the observation names.
  const std::string session = "pending-" + std::to_string(ended.stream.process.pid);
  const atm_observation observation =
      atm::make_observation({"process.exited", session, {}, {}, kOrigin, host_.wall_ns()}, attrs.view());
  atm::ErrorBuffer error;
  const Status status = host_.observe(observation, ATM_EXPECT_ANY, nullptr, nullptr, error);
  if (status == Status::kBusy) return false;
  counters_.add(Counter::kStreamExits);
  return true;
}

void LiveAgents::ask(Ended& ended) {
  auto call = std::make_unique<Call>(Call{inbox_});
  call->message.reply = ended.client;
  if (host_.sessions({}, &on_sessions, call.get()) != Status::kOk) return;
  static_cast<void>(call.release());  // owned by on_sessions now
  ended.stage = Ended::Stage::kAsked;
}

void LiveAgents::deliver(const PeerMessage& message) {
  const auto found = std::find_if(ended_.begin(), ended_.end(),
                                  [&](const Ended& one) { return one.client == message.reply; });
  if (found == ended_.end()) return;
  found->stage = Ended::Stage::kReporting;
  json::Reader reader;
  for (const std::string& text : message.texts) {
    const json::Value* session = reader.parse(text);
    if (session == nullptr || has_ended(*session) || !runs_in(*session, found->stream.process) ||
        !came_by(*session, found->stream.origins))
      continue;
    if (const auto id = json::get_string(*session, "id")) found->sessions.emplace_back(*id);
  }
}

bool LiveAgents::report_close(Ended& ended) {
  atm::AttrList<3> attrs;
  attrs.add("reason", "closed");
  attrs.add("pid", ended.stream.process.pid);
  attrs.add("start_ticks", ended.stream.process.start_ticks);
  while (!ended.sessions.empty()) {
    const atm_observation observation = atm::make_observation(
        {"session.ended", ended.sessions.back(), {}, {}, kOrigin, host_.wall_ns()}, attrs.view());
    atm::ErrorBuffer error;
    if (host_.observe(observation, ATM_EXPECT_PRESENT, nullptr, nullptr, error) == Status::kBusy)
      return false;
    counters_.add(Counter::kStreamCloses);
    ended.sessions.pop_back();
  }
  return true;
}

}  // namespace unix_socket
