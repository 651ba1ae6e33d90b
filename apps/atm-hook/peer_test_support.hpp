// SPDX-License-Identifier: MIT
// What may be at the other end of a socket's path.
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

  // kReads: whether that many lines have come, which is waited for.
  bool comes_to_hold(int lines) const;

  // kReads, kIsStopped: all that has come up to now, of clients that have ended. Ends the peer.
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
