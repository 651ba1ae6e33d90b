// SPDX-License-Identifier: MIT
#pragma once

#include <atm/host/events.h>
#include <atm/iface/store.h>

#include <atm/plugin/values.hpp>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "kernel/registry/registry_options.hpp"

namespace atm::kernel {

class Clock;

struct ReplayLimits {
  std::size_t replays = 2;
  std::size_t ending = 6;  ///< closed ones whose threads have not ended
  std::size_t bytes = std::size_t{64}
                      << 20;  ///< of one replay, estimated from its checkpoint and its snapshot
  std::size_t queued_bytes = std::size_t{1} << 20;  ///< a replay with more undelivered JSON waits
  std::size_t seeks = 64;                           ///< unanswered ones of a replay
};

/// The replays of atm/host/events.h. Each has a thread, on which the store passes the past, and a registry of its own.
/// [any]
class Replays final {
 public:
  /// `registry`: those of the daemon's registry.
  Replays(const Clock& clock, std::uint64_t epoch, RegistryOptions registry, ReplayLimits limits = {});
  ~Replays();
  Replays(const Replays&) = delete;
  Replays& operator=(const Replays&) = delete;

  /// The store whose past is replayed; both outlive the last stop(). Before the first open(). [main]
  void connect(const atm_store* store, void* instance) noexcept;

  /// Whether a subscription of the host's services is a replay.
  [[nodiscard]] static bool is_replay(std::uint64_t subscription) noexcept {
    return (subscription & kBit) != 0;
  }

  // Functions for transports, as in atm/host/events.h.
  [[nodiscard]] atm_status open(const atm_subscription_options& options, std::uint64_t& subscription,
                                ErrorText& error);
  [[nodiscard]] atm_status drain(std::uint64_t subscription, std::uint64_t max_events,
                                 const atm_event_sink& sink);
  [[nodiscard]] atm_status close(std::uint64_t subscription);
  [[nodiscard]] atm_status seek(std::uint64_t subscription, std::int64_t at_ns);
  [[nodiscard]] atm_status set_speed(std::uint64_t subscription, double speed);

  /// Ends all replays. False: a disk still holds a thread, which uses nothing of the store's instance. [main]
  [[nodiscard]] bool stop(std::chrono::milliseconds limit);

 private:
  class Replay;
  /// Shared with the threads, which may outlive this object.
  struct Running {
    std::mutex mutex;
    std::condition_variable changed;
    std::size_t count = 0;
  };
  static constexpr std::uint64_t kBit = std::uint64_t{1} << 63;  // no subscription of the bus has it

  [[nodiscard]] std::shared_ptr<Replay> find(std::uint64_t subscription);

  const Clock& clock_;
  const std::uint64_t epoch_;
  const RegistryOptions registry_;
  const ReplayLimits limits_;
  const std::shared_ptr<Running> running_ = std::make_shared<Running>();
  const atm_store* store_ = nullptr;
  void* instance_ = nullptr;

  std::mutex mutex_;  // guards the members below
  std::vector<std::shared_ptr<Replay>> replays_;
  std::uint64_t next_id_ = 1;
  bool is_stopped_ = false;
};

}  // namespace atm::kernel
