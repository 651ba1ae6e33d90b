// SPDX-License-Identifier: MIT
#include "router.hpp"

#include <array>
#include <cerrno>

#include "zero_copy_message.hpp"

namespace zeromq {

namespace {

constexpr int kRepliesWaiting = 1000;
constexpr int kRequestsWaiting = 64;

}  // namespace

Router::Router(zmq::context_t& context, const Settings& settings, Counters& counters)
    : socket_(context, ZMQ_ROUTER), counters_(counters) {
  socket_.set(zmq::sockopt::linger, 0);
  socket_.set(zmq::sockopt::sndhwm, kRepliesWaiting);
  socket_.set(zmq::sockopt::rcvhwm, kRequestsWaiting);
  socket_.set(zmq::sockopt::maxmsgsize, static_cast<std::int64_t>(settings.request_bytes));
  // Otherwise ZeroMQ silently drops a reply to an unknown peer.
  socket_.set(zmq::sockopt::router_mandatory, true);
}

bool Router::receive(Requests& to) {
  // Routing id, optional empty delimiter, request; a fourth part reveals too many.
  std::array<zmq::message_t, 4> parts;
  std::size_t count = 0;
  bool has_more = true;
  while (has_more) {
    zmq::message_t beyond;
    zmq::message_t& part = count < parts.size() ? parts[count] : beyond;
    if (!socket_.recv(part, zmq::recv_flags::dontwait)) return false;
    has_more = part.more();
    count += count < parts.size() ? 1 : 0;
  }
  Sender from{parts[0].to_string(), count > 2 && parts[1].empty()};
  std::vector<std::string_view> frames;
  for (std::size_t i = from.is_delimited ? 2 : 1; i < count; ++i) frames.push_back(parts[i].to_string_view());
  to.receive(from, frames);
  return true;
}

void Router::send(Reply&& reply) {
  constexpr auto kMore = zmq::send_flags::sndmore | zmq::send_flags::dontwait;
  try {
    if (!socket_.send(zmq::buffer(reply.to.peer), kMore)) return counters_.add(Counter::kRepliesDropped);
    if (reply.to.is_delimited) static_cast<void>(socket_.send(zmq::const_buffer{}, kMore));
    for (std::size_t i = 0; i < reply.frames.size(); ++i) {
      zmq::message_t frame = zero_copy_message(reply.frames[i], reply.in_flight);
      static_cast<void>(socket_.send(frame, i + 1 < reply.frames.size() ? kMore : zmq::send_flags::dontwait));
    }
  } catch (const zmq::error_t& error) {
    if (error.num() != EHOSTUNREACH) throw;
    counters_.add(Counter::kRepliesUnrouted);
  }
}

}  // namespace zeromq
