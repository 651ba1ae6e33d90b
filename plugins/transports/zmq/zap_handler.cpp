// SPDX-License-Identifier: MIT
#include "zap_handler.hpp"

#include <array>
#include <cstdint>
#include <vector>

namespace zeromq {

namespace {

constexpr std::size_t kKeyBytes = 32;

std::string bytes_of(const std::string& z85) {
  std::array<std::uint8_t, kKeyBytes> key{};
  if (zmq_z85_decode(key.data(), z85.c_str()) == nullptr) return {};
  return {reinterpret_cast<const char*>(key.data()), key.size()};
}

}  // namespace

ZapHandler::ZapHandler(zmq::context_t& context, const std::set<std::string, std::less<>>& allowed)
    : socket_(context, ZMQ_ROUTER) {
  for (const std::string& key : allowed) allowed_.insert(bytes_of(key));
  allowed_.erase(std::string());  // the result for 40 characters that do not decode
  socket_.set(zmq::sockopt::linger, 0);
  socket_.bind("inproc://zeromq.zap.01");
}

void ZapHandler::answer(Counters& counters) {
  // Envelope up to an empty frame; then version, request id, domain, address, routing id, mechanism,
  // credentials.
  constexpr std::size_t kMechanism = 5;
  for (;;) {
    std::vector<std::string> envelope;
    std::vector<std::string> frames;
    bool is_enveloped = false;
    zmq::message_t part;
    do {
      if (!socket_.recv(part, zmq::recv_flags::dontwait)) return;
      (is_enveloped ? frames : envelope).push_back(part.to_string());
      is_enveloped = is_enveloped || part.empty();
    } while (part.more());
    if (frames.size() < 2) continue;
    const bool is_known = frames.size() == kMechanism + 2 && frames[0] == "1.0" &&
                          frames[kMechanism] == "CURVE" && allowed_.contains(frames[kMechanism + 1]);
    if (!is_known) counters.add(Counter::kClientsRefused);
    envelope.insert(envelope.end(), {"1.0", frames[1], is_known ? "200" : "400",
                                     is_known ? "OK" : "the key is not in the list", "", ""});
    for (std::size_t i = 0; i < envelope.size(); ++i) {
      const auto more = i + 1 < envelope.size() ? zmq::send_flags::sndmore : zmq::send_flags::none;
      if (!socket_.send(zmq::buffer(envelope[i]), more | zmq::send_flags::dontwait)) return;
    }
  }
}

}  // namespace zeromq
