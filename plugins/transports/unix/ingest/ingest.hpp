// SPDX-License-Identifier: MIT
#pragma once

#include <atm/plugin/host.hpp>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "counters.hpp"
#include "ingest/ingest_queue.hpp"
#include "ingest/spool.hpp"

namespace unix_socket {

/// Hands records of connections and entries of the spools to the host, in the order of the IngestQueue, and counts
/// them. [transport]
class Ingest final {
 public:
  using Sender = IngestQueue::Sender;

  Ingest(const atm::Host& host, Counters& counters, std::chrono::nanoseconds busy)
      : host_(host), counters_(counters), queue_(busy.count()) {}
  Ingest(const Ingest&) = delete;
  Ingest& operator=(const Ingest&) = delete;

  // Before the start.

  void add_spool(Spool::Options options);
  /// Accesses the spools only while `is_owner` is true: otherwise another daemon may read them.
  void only_while(std::function<bool()> is_owner) { is_owner_ = std::move(is_owner); }
  /// `plan` is called when next_ns() may have become earlier. It may throw.
  void on_change(std::function<void()> plan) { plan_ = std::move(plan); }

  // Connections.

  /// Hands over the first record of a connection. Absent: it waits; repeat the call when advance() returns the sender.
  /// kPaused: keep() it; kBusy: the registry stayed busy, and the record is refused.
  [[nodiscard]] std::optional<atm::Status> submit(Sender sender, const atm_record& record,
                                                  atm::ErrorBuffer& error);
  /// Keeps the record that submit() refused until the pause of its channel ends; `entry` is its text as a spool entry.
  /// False: not written.
  [[nodiscard]] bool keep(const atm_record& record, std::string_view entry);
  /// The registry was busy for a request. True: the sender waits like one with a record.
  [[nodiscard]] bool may_wait(Sender sender);
  /// The sender has no buffered message, or is gone.
  void leave(Sender sender) noexcept;

  // Spools.

  /// The daemon starts. `is_first`: no connection can have waited for longer than the entries.
  void start(bool is_first);
  /// The entries that must precede the first connection are handed over, or the registry has been busy for too long.
  [[nodiscard]] bool is_started() const noexcept { return start_until_ns_ == 0; }
  /// Connections have arrived: finds the entries that precede them. Returns whether it found any; accept all
  /// connections then. Call admit() before the first record of these connections.
  [[nodiscard]] bool search_for_connections();
  /// The open connections are read: the entries of the last search may be handed over.
  void admit() noexcept { queue_.set_known(looked_ns_); }
  [[nodiscard]] bool is_search_due() const { return queue_.is_search_due(host_.monotonic_ns()); }
  /// A search on schedule. Call admit() next. Returns whether entries wait; accept all connections then. Call searched()
  /// when those are read.
  [[nodiscard]] bool search_all();
  /// `is_complete`: all connections could be accepted.
  void searched(bool is_complete);
  /// Leaves new entries to the next daemon.
  void stop();

  // The schedule.

  /// The monotonic time of the next call of advance(); IngestQueue::kNever: none is needed.
  [[nodiscard]] std::int64_t next_ns() const noexcept { return queue_.next_ns(); }
  /// Performs what is due. Returns the connection that may continue; 0: none.
  [[nodiscard]] Sender advance();

 private:
  struct Directory {
    Directory(Spool::Options options, Spool::Hand hand) : spool(std::move(options), std::move(hand)) {}
    Spool spool;
    SpoolTally unlogged{};
  };

  std::optional<atm::Status> wait_or_refuse(IngestQueue::Decision decision);
  /// Whether the spools may be accessed; tells the queue if not.
  [[nodiscard]] bool owns_spools();
  bool look(Spool::Look look);
  void schedule_search();
  [[nodiscard]] Spool::Progress hand_over_entries(std::size_t most);
  void hand_over_slice();
  [[nodiscard]] atm::Status hand_over(const SpoolRecord& record);
  void account(Directory& directory);
  void log_tally(Directory& directory);
  void update_queue();
  [[nodiscard]] bool is_waiting() const noexcept;

  const atm::Host host_;
  Counters& counters_;
  std::function<bool()> is_owner_ = [] { return true; };
  std::function<void()> plan_ = [] {};
  IngestQueue queue_;
  std::deque<Directory> directories_;
  std::int64_t start_until_ns_ = 0;      // until then the entries precede all connections; 0: started
  std::int64_t looked_ns_ = 0;           // the time of the last search
  std::int64_t searching_since_ns_ = 0;  // the search is not complete; 0: it is
  int idle_searches_ = 0;                // since the last connection
  bool is_pausing_ = false;
  bool is_stopped_ = false;
};

}  // namespace unix_socket
