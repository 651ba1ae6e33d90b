// SPDX-License-Identifier: MIT
#pragma once

#include <atm/plugin/host.hpp>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "agents/process.hpp"
#include "counters.hpp"
#include "cross_thread_queue.hpp"

namespace unix_socket {

/// Streams: connections that an agent process keeps for its lifetime. At the end of a stream, this class determines
/// whether the process has exited or only stopped reporting, after a grace period. [transport]
class LiveAgents final {
 public:
  LiveAgents(const atm::Host& host, std::shared_ptr<CrossThreadQueue> inbox, Counters& counters)
      : host_(host), inbox_(std::move(inbox)), counters_(counters) {}

  /// `client` is a stream of that process. Ids of clients increase.
  void open(std::uint64_t client, const ProcessId& process);
  /// A record arrived from that origin.
  void on_record(std::uint64_t client, std::string_view origin);
  /// The connection has ended; no effect for a client without a stream.
  void close(std::uint64_t client);
  /// The daemon stops: the end of a connection has no effect from now on.
  void stop();

  /// Processes ended streams; returns whether it must be called again in a moment.
  bool advance();
  /// An answer to a request that no client made.
  void deliver(const PeerMessage& message);

 private:
  struct Stream {
    ProcessId process;
    std::vector<std::string> origins;
  };
  struct Ended {
    enum class Stage : std::uint8_t { kWaiting, kAsked, kReporting };
    std::uint64_t client = 0;
    Stream stream;
    std::int64_t since_ns = 0;
    Stage stage = Stage::kWaiting;
    std::vector<std::string> sessions{};  // in state kReporting
  };

  /// Whether this stream is completely processed.
  [[nodiscard]] bool advance(Ended& ended);
  [[nodiscard]] bool report(const Ended& ended);
  [[nodiscard]] bool report_exit(const Ended& ended);
  [[nodiscard]] bool report_close(Ended& ended);
  void ask(Ended& ended);

  const atm::Host host_;
  const std::shared_ptr<CrossThreadQueue> inbox_;
  Counters& counters_;
  std::map<std::uint64_t, Stream> open_;
  std::list<Ended> ended_;
  bool is_stopped_ = false;
};

}  // namespace unix_socket
