// SPDX-License-Identifier: MIT
// The peer at the other end of a socket path, in each of its states.
#pragma once
#include <atomic>
#include <string>
#include <thread>
#include <vector>

enum class PeerState { kReads, kIsAbsent, kIsDead, kHasFullBacklog, kIsStopped, kCloses };

inline constexpr PeerState kPeerStates[] = {PeerState::kReads,     PeerState::kIsAbsent,
                                            PeerState::kIsDead,    PeerState::kHasFullBacklog,
                                            PeerState::kIsStopped, PeerState::kCloses};

const char* name_of(PeerState state);

class Peer {
 public:
  Peer(PeerState state, const std::string& path);
  ~Peer();
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  // kReads: waits for that many lines and returns true if they arrive.
  bool comes_to_hold(int lines) const;

  // kReads, kIsStopped: all bytes received from closed connections. Ends the peer.
  std::string received();

 private:
  void fill_backlog(const std::string& path);
  void run(bool reads);

  int listening_ = -1;
  std::vector<int> waiting_;
  std::string received_;
  std::atomic<int> lines_{0};
  std::atomic<bool> is_over_{false};
  std::thread thread_;
};
