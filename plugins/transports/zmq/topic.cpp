// SPDX-License-Identifier: MIT
#include "topic.hpp"

namespace zeromq {

std::string session_topic(std::string_view session, std::string_view event) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string topic(kRoot);
  topic.reserve(kRoot.size() + session.size() + event.size() + 16);
  topic += "session/";
  for (const char c : session) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte > 0x20 && byte != 0x7F && c != '/' && c != '%') {
      topic += c;
      continue;
    }
    topic += '%';
    topic += kHex[byte >> 4];
    topic += kHex[byte & 0xFU];
  }
  topic += '/';
  topic += event;
  return topic;
}

bool concerns_us(std::string_view prefix) {
  return prefix.size() < kRoot.size() ? kRoot.starts_with(prefix) : prefix.starts_with(kRoot);
}

}  // namespace zeromq
