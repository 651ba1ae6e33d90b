// SPDX-License-Identifier: MIT
#include "publisher.hpp"

namespace zeromq {

namespace {

constexpr std::int64_t kMaxSubscriptionBytes = 4096;  // the longest topic is below 1,024

}  // namespace

Publisher::Publisher(zmq::context_t& context, int send_hwm, Counters& counters)
    : socket_(context, ZMQ_XPUB), counters_(counters) {
  socket_.set(zmq::sockopt::linger, 0);
  socket_.set(zmq::sockopt::sndhwm, send_hwm);
  socket_.set(zmq::sockopt::maxmsgsize, kMaxSubscriptionBytes);
  // Reports every subscription, so that each late joiner receives the last values. Of several with the same prefix,
  // only the last unsubscription is reported; SubscriptionFilter relies on that.
  socket_.set(zmq::sockopt::xpub_verbose, 1);
  socket_.set(zmq::sockopt::xpub_nodrop, 1);
}

void Publisher::publish(std::string_view topic, const Text& text) {
  constexpr auto kFlags = zmq::send_flags::sndmore | zmq::send_flags::dontwait;
  zmq::message_t name(topic.data(), topic.size());
  if (!socket_.send(name, kFlags)) {
    counters_.add(Counter::kSubscriberOverflows);
    socket_.set(zmq::sockopt::xpub_nodrop, 0);
    static_cast<void>(socket_.send(name, kFlags));
    socket_.set(zmq::sockopt::xpub_nodrop, 1);
  }
  zmq::message_t body = zero_copy_message(text, in_flight_);
  static_cast<void>(socket_.send(body, zmq::send_flags::dontwait));
  counters_.add(Counter::kPublished);
}

}  // namespace zeromq
