// SPDX-License-Identifier: MIT
#include "peer_test_support.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "run_test_support.hpp"

const char* name_of(PeerState state) {
  switch (state) {
    case PeerState::kReads:
      return "reads";
    case PeerState::kIsAbsent:
      return "is absent";
    case PeerState::kIsDead:
      return "is dead";
    case PeerState::kHasFullBacklog:
      return "has a full backlog";
    case PeerState::kIsStopped:
      return "is stopped";
    case PeerState::kCloses:
      break;
  }
  return "closes";
}

Peer::Peer(PeerState state, const std::string& path) {
  if (state == PeerState::kIsAbsent) return;
  listening_ = listen_on(path, state == PeerState::kHasFullBacklog ? 0 : 256);
  if (state == PeerState::kIsDead) {
    close(listening_);
    listening_ = -1;
  }
  if (state == PeerState::kHasFullBacklog) fill_backlog(path);
  if (state == PeerState::kReads) thread_ = std::thread([this] { run(true); });
  if (state == PeerState::kCloses) thread_ = std::thread([this] { run(false); });
}

Peer::~Peer() {
  is_over_ = true;
  if (thread_.joinable()) thread_.join();
  for (const int file : waiting_) close(file);
  if (listening_ >= 0) close(listening_);
}

void Peer::fill_backlog(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  for (int result = 0; result == 0;) {
    waiting_.push_back(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    result = connect(waiting_.back(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  }
}

void Peer::run(bool reads) {
  pollfd readable{listening_, POLLIN, 0};
  for (;;) {
    const bool was_over = is_over_;
    if (poll(&readable, 1, was_over ? 0 : 5) == 0) {
      if (was_over) return;
      continue;
    }
    const int connection = accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC);
    std::array<char, 65536> buffer;
    for (ssize_t size; reads && (size = read(connection, buffer.data(), buffer.size())) > 0;) {
      received_.append(buffer.data(), static_cast<std::size_t>(size));
      lines_ += static_cast<int>(std::count(buffer.data(), buffer.data() + size, '\n'));
    }
    close(connection);
  }
}

bool Peer::comes_to_hold(int lines) const {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  while (lines_ < lines && std::chrono::steady_clock::now() < end) poll(nullptr, 0, 2);
  return lines_ >= lines;
}

std::string Peer::received() {
  is_over_ = true;
  if (thread_.joinable()) thread_.join();
  run(true);
  return received_;
}
