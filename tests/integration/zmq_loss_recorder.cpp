// SPDX-License-Identifier: MIT
#include "zmq_loss_recorder.hpp"

#include <memory>

#include "support/catch.hpp"

namespace atm::test {
namespace {

SessionText text_of(const json::Value& session) {
  json::Buffer buffer;
  json::Writer writer(buffer);
  session.Accept(writer);
  return std::make_shared<const std::string>(json::text_of(buffer));
}

}  // namespace

std::uint64_t count_in(const json::Value& root, std::string_view name) {
  return static_cast<std::uint64_t>(json::get_int(root, name).value_or(0));
}

void add_sessions(const json::Value& root, std::map<std::string, SessionText>& to) {
  const json::Value* const sessions = json::get_array(root, "sessions");
  REQUIRE(sessions != nullptr);
  for (const json::Value& session : sessions->GetArray())
    to.emplace(json::get_string(session, "id").value_or(""), text_of(session));
}

EventRecorder::EventRecorder(const ZmqDaemon& daemon) {
  const auto prepare = [](zmq::socket_t& socket) {
    socket.set(zmq::sockopt::linger, 0);
    socket.set(zmq::sockopt::reconnect_ivl, 2);
  };
  prepare(events_);
  events_.set(zmq::sockopt::rcvhwm, 0);
  events_.connect(daemon.publish());
  events_.set(zmq::sockopt::subscribe, "atm/1/");
  for (zmq::socket_t& requests : requests_) {
    requests = zmq::socket_t(context_, ZMQ_DEALER);
    prepare(requests);
    requests.connect(daemon.request());
  }
}

void EventRecorder::listen(std::vector<ZmqTrial>& trials, std::chrono::milliseconds timeout) {
  std::vector<zmq::pollitem_t> items{{events_.handle(), 0, ZMQ_POLLIN, 0}};
  for (zmq::socket_t& requests : requests_) items.push_back({requests.handle(), 0, ZMQ_POLLIN, 0});
  zmq::poll(items, timeout);
  zmq::message_t frame;
  while (events_.recv(frame, zmq::recv_flags::dontwait)) {
    REQUIRE(events_.recv(frame, zmq::recv_flags::dontwait));  // the topic contains no further information
    const Published message = read(frame.to_string_view());
    for (ZmqTrial& trial : trials) trial.carry(message);
  }
  for (zmq::socket_t& requests : requests_)
    while (requests.recv(frame, zmq::recv_flags::dontwait)) take_reply(requests, frame, trials);
  for (std::size_t i = 0; i < trials.size(); ++i) {
    if (!trials[i].wants_to_ask(last_ + 1)) continue;
    asked_[++last_] = i;
    requests_[i % requests_.size()].send(
        zmq::buffer(R"({"type":"get_all_sessions","id":)" + std::to_string(last_) + '}'));
  }
}

Published EventRecorder::read(std::string_view json) {
  const json::Value* const root = reader_.parse(json);
  REQUIRE(root != nullptr);
  Published message;
  message.epoch = count_in(*root, "epoch");
  message.number = count_in(*root, "number");
  message.seq = count_in(*root, "seq");
  const std::string_view type = json::get_string(*root, "type").value_or("");
  if (type == "heartbeat") {
    message.kind = Published::Kind::kHeartbeat;
    message.count = count_in(*root, "sessions");
    epoch_ = message.epoch;
    heartbeat_seq_ = message.seq;
    ++heartbeats_;
  } else if (type == "gap") {
    message.kind = Published::Kind::kGap;
  } else if (type != "activity") {
    message.kind = Published::Kind::kState;
    const json::Value* const session = json::get_object(*root, "session");
    if (session != nullptr) message.session = text_of(*session);
    removals_ += session == nullptr ? 1 : 0;
    message.id = session != nullptr ? json::get_string(*session, "id").value_or("")
                                    : json::get_string(*root, "session_id").value_or("");
  }
  return message;
}

void EventRecorder::take_reply(zmq::socket_t& socket, zmq::message_t& frame, std::vector<ZmqTrial>& trials) {
  Snapshot snapshot;
  std::uint64_t id = 0;
  for (bool is_more = true; is_more;) {
    const json::Value* const root = reader_.parse(frame.to_string_view());
    REQUIRE(root != nullptr);
    if (json::get_string(*root, "code") == "busy") return;  // the trial asks again later
    REQUIRE(json::get_string(*root, "type") == "sessions");
    id = count_in(*root, "id");
    snapshot.seq = count_in(*root, "seq");
    add_sessions(*root, snapshot.sessions);
    is_more = frame.more();
    if (is_more) REQUIRE(socket.recv(frame));
  }
  const auto asked = asked_.find(id);
  if (asked != asked_.end()) trials[asked->second].carry(id, snapshot);
}

}  // namespace atm::test
