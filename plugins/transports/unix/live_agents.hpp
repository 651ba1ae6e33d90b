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

#include "counters.hpp"
#include "cross_thread_queue.hpp"
#include "process.hpp"

namespace unix_socket {

/// Connections of agents that tell of themselves as long as they live: the end of one says that its process is gone, or
/// has nothing more to say. Takes a moment to find out which. [transport]
class LiveAgents final {
 public:
  LiveAgents(const atm::Host& host, std::shared_ptr<CrossThreadQueue> inbox, Counters& counters)
      : host_(host), inbox_(std::move(inbox)), counters_(counters) {}

  /// `client` is a stream of that process. Clients have rising numbers.
  void open(std::uint64_t client, const ProcessId& process);
  /// Something came by that origin.
  void on_record(std::uint64_t client, std::string_view origin);
  /// The connection is over; nothing for a client that is no stream.
  void close(std::uint64_t client);
  /// The daemon stops: from now on the end of a connection says nothing.
  void stop();

  /// Goes on with what has ended; whether to call again in a moment.
  bool advance();
  /// An answer to what was asked by no client.
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
    std::vector<std::string> sessions{};  // kReporting
  };

  /// Whether there is nothing more to do about it.
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
