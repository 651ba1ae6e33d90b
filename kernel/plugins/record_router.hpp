// SPDX-License-Identifier: MIT
#pragma once

#include <atm/abi.h>
#include <atm/iface/parser.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "kernel/model/observation.hpp"

namespace atm::kernel {

class BorrowedHooks;
class Breaker;
struct CallSite;
class Clock;
class Log;
class ObservationSink;

/// A parser that the plugin host found. Table, instance and breaker outlive the router.
struct ParserBinding {
  const atm_parser* parser = nullptr;
  void* instance = nullptr;
  std::string id;  ///< the plugin's id
  Breaker* breaker = nullptr;
};

/// Counters of one channel.
struct ChannelStats {
  std::string channel;
  std::string plugin;
  std::uint64_t records = 0;
  std::uint64_t observations = 0;
  std::uint64_t skipped = 0;       ///< records without observations
  std::uint64_t invalid = 0;       ///< malformed records
  std::uint64_t failed = 0;        ///< records on which the parser failed
  std::uint64_t slow = 0;          ///< records that took the parser too long
  std::uint64_t paused = 0;        ///< refusals while the parser was paused; a record may be offered again
  std::uint64_t busy = 0;          ///< records refused by a full mailbox
  std::uint64_t malformed = 0;     ///< malformed observations, refused one by one
  std::uint64_t cut = 0;           ///< observations over the limit of a record
  std::string last_error{};        ///< of the last malformed or failed record
  std::int64_t last_error_ns = 0;  ///< wall time of that error; 0: never
  const CallSite* site = nullptr;  ///< call site of the parser; lives as long as the router
};

/// Observations of a type outside the vocabulary, by agent version: they reveal a new release of an agent.
struct UnknownType {
  std::string type;
  std::string agent;
  std::string agent_version;  ///< as last reported by the agent; may be empty
  std::uint64_t count = 0;
};

struct RouterOptions {
  std::size_t observations_per_record = 256;
  std::uint64_t own_pid_ns = 0;  ///< the PID namespace of records that name none
  /// The pid in the daemon's namespace of a process in another PID namespace; nothing: not visible.
  std::function<std::optional<std::int64_t>(std::uint64_t pid_ns, std::int64_t pid,
                                            std::uint64_t start_ticks)>
      locate{};
};

/// Passes a record to the parser of its channel on the caller's thread, and its observations to the registry. A parser
/// may throw, fail, take long or emit without end; none of this reaches the registry.
class RecordRouter final {
 public:
  /// `sink` receives the observations of each record and outlives the router.
  RecordRouter(RouterOptions options, ObservationSink& sink, const Clock& clock, Log& log);
  ~RecordRouter();

  /// Binds a parser to all its channels. A channel `*/NAME` stands for NAME of each agent of which no
  /// channel is claimed by name. If a channel already has a parser, returns that channel and binds none; empty: all are bound. Before the
  /// first record. [main]
  [[nodiscard]] std::string bind(const ParserBinding& binding);
  /// The plugin whose parser owns this channel; empty: none. [any]
  [[nodiscard]] std::string owner(std::string_view channel) const;

  /// The hooks that an agent runs for another one. A record of such a hook goes to the channel NAME/hook of the agent that
  /// ran it; without a parser of that channel it is skipped. [any]
  void set_borrowed(std::shared_ptr<const BorrowedHooks> borrowed);

  /// Like atm_host_ingest.record, and E_INTERNAL if the parser failed. [any]
  [[nodiscard]] atm_status record(const atm_record& record, atm_error* error) noexcept;

  [[nodiscard]] std::vector<ChannelStats> channels() const;  ///< by name [any]
  [[nodiscard]] std::vector<UnknownType> unknown_types() const;
  [[nodiscard]] std::uint64_t unrouted() const noexcept { return unrouted_.load(std::memory_order_relaxed); }

 private:
  struct Parser;
  struct Route;
  struct Collector;

  [[nodiscard]] atm_status pass(const atm_record& record, atm_error* error);
  [[nodiscard]] std::shared_ptr<const BorrowedHooks> borrowed() const;
  [[nodiscard]] Route* find(std::string_view channel) const;
  [[nodiscard]] Route* find_any(std::string_view channel) const;
  [[nodiscard]] Route& add(std::string_view channel, Route& any);
  [[nodiscard]] atm_status parse(Route& route, const atm_record& record, Collector& to, atm_error* error);
  void note_failure(Route& route, bool is_malformed, const std::string& text);
  [[nodiscard]] atm_status deliver(Route& route, Collector& from);
  void note(Parser& parser, const Observation& observation);
  static atm_status emit(void* self, const atm_observation* observation);

  const RouterOptions options_;
  ObservationSink& sink_;
  const Clock& clock_;
  Log& log_;
  std::vector<std::unique_ptr<Parser>> parsers_;
  mutable std::shared_mutex routes_mutex_;  // guards the three below; a route is never removed
  std::shared_ptr<const BorrowedHooks> borrowed_;
  std::vector<std::unique_ptr<Route>> routes_;  // sorted by channel
  std::unordered_map<std::string_view, Route*> by_channel_;
  std::set<std::string, std::less<>> agents_;  // with a channel that a parser claims by name
  std::atomic<std::uint64_t> unrouted_{0};

  mutable std::mutex unknown_mutex_;  // guards the members below
  std::vector<UnknownType> unknown_;
  std::uint64_t unknown_others_ = 0;
};

}  // namespace atm::kernel
