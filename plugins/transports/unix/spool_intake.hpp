// SPDX-License-Identifier: MIT
#pragma once

#include <atm/plugin/host.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "counters.hpp"
#include "spool.hpp"

namespace unix_socket {

/// Ingests the spools of this daemon before later records of clients, and counts the entries. [transport]
class SpoolIntake final {
 public:
  SpoolIntake(const atm::Host& host, Counters& counters) : host_(host), counters_(counters) {}

  SpoolIntake(const SpoolIntake&) = delete;
  SpoolIntake& operator=(const SpoolIntake&) = delete;

  /// Before the first look.
  void add(Spool::Options options);
  /// Accesses the directories only while `is_owner` is true: otherwise another daemon may read them.
  void only_while(std::function<bool()> is_owner) { is_owner_ = std::move(is_owner); }
  [[nodiscard]] bool is_used() const noexcept { return !directories_.empty(); }
  /// Called when a record is kept until the end of a pause.
  void on_paused(std::function<void()> told) { told_paused_ = std::move(told); }

  void look(Spool::Look look);
  /// Finds all entries; returns the time up to which they are found: now, or later by the clock of a writer.
  [[nodiscard]] std::int64_t find_all();
  /// Finds the last entries: those written later are left to the next daemon.
  void look_last();
  /// Hands over entries written up to `until_ns`, in slices.
  [[nodiscard]] Spool::Progress take_in(std::int64_t until_ns);
  /// Whether a record of that time may follow: all earlier entries have been handed over, now or before.
  [[nodiscard]] bool is_clear_for(std::int64_t time_ns);
  /// Keeps a client's record of a paused channel, the text of an `ingest` message, ahead of later records of the
  /// channel. False: not written.
  [[nodiscard]] bool defer(std::string_view text, std::string_view channel, std::int64_t time_ns);
  /// Whether earlier records of that channel, or of another one of the agent, wait for the end of a pause.
  [[nodiscard]] bool is_paused(std::string_view channel) const noexcept;
  [[nodiscard]] bool is_paused() const noexcept;
  /// Hands over records whose pause has ended.
  void take_in_paused();
  /// The monotonic time at which the host accepted the last one.
  [[nodiscard]] std::int64_t last_taken_ns() const noexcept { return last_taken_ns_; }
  [[nodiscard]] bool is_held() const noexcept;
  /// Whether entries were found and not handed over.
  [[nodiscard]] bool is_waiting() const noexcept;

 private:
  struct Directory {
    Directory(Spool::Options options, Spool::Hand hand) : spool(std::move(options), std::move(hand)) {}
    Spool spool;
    SpoolTally untold{};
  };

  [[nodiscard]] atm::Status hand_over(const SpoolRecord& record);
  void account(Directory& directory);
  void tell(Directory& directory);

  const atm::Host host_;
  Counters& counters_;
  std::function<bool()> is_owner_ = [] { return true; };
  std::function<void()> told_paused_ = [] {};
  std::deque<Directory> directories_;
  std::int64_t last_taken_ns_ = 0;
  bool is_pausing_ = false;
};

}  // namespace unix_socket
