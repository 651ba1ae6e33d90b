// SPDX-License-Identifier: MIT
#include "connection_flood.hpp"

#include <poll.h>
#include <unistd.h>

#include <cstring>
#include <stdexcept>

#include "client.hpp"

namespace atm::bench {

namespace {

constexpr std::size_t kBufferBytes = 64 * 1024;
constexpr int kPatienceMs = 20'000;

}  // namespace

ConnectionFlood::ConnectionFlood(std::vector<Socket> ends) {
  readers_.reserve(ends.size());
  for (Socket& end : ends) readers_.push_back({std::move(end), std::vector<char>(kBufferBytes)});
}

ConnectionFlood::ConnectionFlood(const std::string& socket_path, std::size_t count,
                                 std::string_view request) {
  readers_.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    Reader& reader =
        readers_.emplace_back(Reader{Socket::connect(socket_path), std::vector<char>(kBufferBytes)});
    if (!reader.socket.send(std::string(kHello) + std::string(request)))
      throw std::runtime_error("atmd turns a subscriber away");
  }
  read([](std::size_t, std::string_view line) {
    if (has_type(line, "error")) throw std::runtime_error("atmd answers " + std::string(line));
    return has_type(line, "sessions");
  });
}

void ConnectionFlood::read(const IsLast& is_last) {
  std::vector<std::size_t> reading;
  std::vector<pollfd> polls;
  for (std::size_t i = 0; i < readers_.size(); ++i) {
    if (take_lines(i, is_last)) continue;
    reading.push_back(i);
    polls.push_back({readers_[i].socket.fd(), POLLIN, 0});
  }
  while (!reading.empty()) {
    if (::poll(polls.data(), polls.size(), kPatienceMs) <= 0)
      throw std::runtime_error(std::to_string(reading.size()) + " subscribers waited 20 s in vain");
    for (std::size_t i = reading.size(); i-- > 0;) {
      if (polls[i].revents == 0) continue;
      fill(readers_[reading[i]]);
      if (!take_lines(reading[i], is_last)) continue;
      reading.erase(reading.begin() + static_cast<std::ptrdiff_t>(i));
      polls.erase(polls.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }
}

bool ConnectionFlood::take_lines(std::size_t index, const IsLast& is_last) {
  Reader& reader = readers_[index];
  while (reader.begin < reader.end) {
    const char* const from = reader.bytes.data() + reader.begin;
    const void* const newline = std::memchr(from, '\n', reader.end - reader.begin);
    if (newline == nullptr) return false;
    const auto length = static_cast<std::size_t>(static_cast<const char*>(newline) - from);
    reader.begin += length + 1;
    if (is_last(index, {from, length})) return true;
  }
  return false;
}

void ConnectionFlood::fill(Reader& reader) {
  std::memmove(reader.bytes.data(), reader.bytes.data() + reader.begin, reader.end - reader.begin);
  reader.end -= reader.begin;
  reader.begin = 0;
  if (reader.end == reader.bytes.size()) reader.bytes.resize(2 * reader.bytes.size());
  const ssize_t n =
      ::read(reader.socket.fd(), reader.bytes.data() + reader.end, reader.bytes.size() - reader.end);
  if (n <= 0) throw std::runtime_error("a subscriber's stream has ended");
  reader.end += static_cast<std::size_t>(n);
}

}  // namespace atm::bench
