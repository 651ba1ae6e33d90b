// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

namespace unix_socket {

/// Decides which record the registry receives next and when. It stores no record and reads no clock: the caller states
/// every fact as an argument and executes the decision. `now_ns` is monotonic, `time_ns` is the Unix time of a record.
///
/// The policy of the transport, all of it. A sender is a connection or the spool.
///
/// 1. Senders. A sender whose record must wait joins the queue at its end. The sender at the head hands over all records
///    that it has buffered, in their order, and leaves. No other sender hands over a record meanwhile.
/// 2. Search. The daemon searches the spool when connections arrive, and on a schedule that no connection delays. A
///    search finds all entries that were written before it. Then the daemon reads all open connections, and only then
///    the found entries become known. If the search finds entries, the daemon also accepts all connections that have
///    connected by now, in the order of arrival and with further searches. So everything that was sent before an entry
///    was written is handed over, or in the queue, when the entry becomes known.
/// 3. Earlier entries. A record of a connection with the time T waits for the entries with a time of at most T that were
///    known when the connection joined the queue. They are handed over at its place. The time of an entry is never
///    earlier than the last search that did not find it: a slow hook writes its record long after its own time.
/// 4. Other entries. After a search on schedule, kSpoolDelayNs after the first unknown entry can exist, the spool joins
///    the queue with the entries up to the time of the search. An entry with a later time gets the time of the next
///    search: the clock of its writer is ahead. Before the daemon accepts its first connection, the spool joins at once.
/// 5. A busy registry. While the registry is busy, the head tries again every kRetryNs. A message of a connection is
///    refused if the registry has accepted nothing from the queue for `busy_ns` while the message waited. A spool entry
///    is never refused.
/// 6. Paused channels. A record whose parser is paused, and every later record of its group (the channels of one agent),
///    is appended to the file `paused` of the spool. Every kOfferNs the spool joins the queue to offer the first record
///    of each group again, and after the pause it hands over all of them. No other group waits for them.
///
/// The laws, as tests in ingest_queue_test.cpp: no record overtakes a record of its sender or of its session; every
/// sender and the spool get their turn, whatever the others send; a busy registry loses no accepted record.
class IngestQueue final {
 public:
  /// The id of a connection, or kSpool.
  using Sender = std::uint64_t;
  static constexpr Sender kSpool = 0;
  static constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
  static constexpr std::int64_t kSpoolDelayNs = 50'000'000;
  static constexpr std::int64_t kRetryNs = 1'000'000;
  static constexpr std::int64_t kOfferNs = 100'000'000;

  enum class Decision : std::uint8_t {
    kGo,          ///< hand the record over
    kSpoolFirst,  ///< hand over the spool entries up to spool_until_ns(), then ask again
    kKeep,        ///< append the record to the file `paused`
    kWait,        ///< the sender is in the queue; ask again when it is the head
    kRefuse,      ///< the registry has been busy for too long
  };

  explicit IngestQueue(std::int64_t busy_ns) : busy_ns_(busy_ns) {}

  // Connections.

  /// Whether ask() would answer kGo to any sender; needs no clock.
  [[nodiscard]] bool is_free_for(std::int64_t time_ns) const noexcept {
    return waiting_.empty() && kept_.empty() && time_ns < earliest_ns_;
  }
  /// The first record of a connection.
  [[nodiscard]] Decision ask(Sender sender, std::int64_t time_ns, std::string_view channel,
                             std::int64_t now_ns);
  /// The sender has no buffered record, or is gone.
  void leave(Sender sender) noexcept;

  // The registry.

  /// It refused a message of this sender as busy: kWait or kRefuse.
  Decision busy(Sender sender, std::int64_t now_ns);
  /// It accepted a record from the queue.
  void taken(std::int64_t now_ns) noexcept { last_taken_ns_ = now_ns; }

  // The spool.

  /// The earliest time of the known entries; kNever: there are none.
  void set_earliest(std::int64_t time_ns) noexcept { earliest_ns_ = time_ns; }
  /// The Unix time of the last search whose entries are known.
  void set_known(std::int64_t time_ns) noexcept { known_ns_ = time_ns; }
  /// Schedules a search of the spool; an earlier one stays.
  void search_spool_at(std::int64_t at_ns) noexcept;
  /// Not while the spool is in the queue: entries found now would overtake connections behind it.
  [[nodiscard]] bool is_search_due(std::int64_t now_ns) const noexcept {
    return now_ns >= search_at_ns_ && !is_spool_waiting();
  }
  void begin_search() noexcept { search_at_ns_ = kNever; }
  /// The search is complete: the spool joins the queue if it has entries up to `until_ns` (kNever: any).
  void join_spool(std::int64_t until_ns, std::int64_t now_ns);
  /// The latest time of the entries to hand over now.
  [[nodiscard]] std::int64_t spool_until_ns() const noexcept { return spool_until_ns_; }
  [[nodiscard]] bool is_spool_waiting() const noexcept;

  // Paused channels.

  /// The groups of the records in the file `paused`.
  void set_kept(std::set<std::size_t> groups) noexcept { kept_ = std::move(groups); }
  [[nodiscard]] bool is_offer_due(std::int64_t now_ns) const noexcept {
    return !kept_.empty() && now_ns >= offer_at_ns_;
  }
  /// A parser has refused a record because of a pause.
  void paused(std::int64_t now_ns) noexcept { offer_at_ns_ = now_ns + kOfferNs; }

  // The schedule.

  /// The sender that hands over now. The spool joins here if an offer is due.
  [[nodiscard]] std::optional<Sender> next(std::int64_t now_ns);
  /// When next() has a sender, or a search is due; kNever: only new input changes that.
  [[nodiscard]] std::int64_t next_ns() const noexcept;
  [[nodiscard]] bool is_empty() const noexcept { return waiting_.empty(); }
  /// The number of waits of connections that began since the last call.
  [[nodiscard]] std::uint64_t take_waits() noexcept;

 private:
  struct Waiting {
    Sender sender = kSpool;
    std::int64_t since_ns = 0;
    std::int64_t until_ns = 0;  // the latest time of the entries that go at this place
  };
  using Place = std::deque<Waiting>::const_iterator;

  Decision wait(Sender sender, std::int64_t until_ns, std::int64_t now_ns);
  [[nodiscard]] Place place_of(Sender sender) const noexcept;

  const std::int64_t busy_ns_;
  std::deque<Waiting> waiting_;
  std::set<std::size_t> kept_;
  std::int64_t earliest_ns_ = kNever;
  std::int64_t known_ns_ = std::numeric_limits<std::int64_t>::min();  // no search yet
  std::int64_t spool_until_ns_ = 0;
  std::int64_t search_at_ns_ = kNever;
  std::int64_t offer_at_ns_ = 0;
  std::int64_t retry_at_ns_ = 0;
  std::int64_t last_taken_ns_ = 0;
  std::uint64_t waits_ = 0;
};

}  // namespace unix_socket
