// SPDX-License-Identifier: MIT
// Accounts for each record: folded, in a spool, or lost with a reason.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "chaos/agents.hpp"

namespace atm::test {

/// One run of the daemon.
struct Life {
  std::int64_t begin_ns = 0;
  std::int64_t end_ns = 0;                       ///< 0: it runs
  bool is_orderly = false;                       ///< it ended with exit code 0 after SIGTERM
  std::map<std::string, std::int64_t> losses{};  ///< its counters of loss, as last read
};

struct Balance {
  std::size_t sent = 0;
  std::size_t folded = 0;
  std::size_t spooled = 0;      ///< not read yet
  std::size_t removed = 0;      ///< in a spool that was removed
  std::size_t refused = 0;      ///< the daemon answered with an error
  std::size_t unanswered = 0;   ///< the sender got no answer
  std::size_t out_of_time = 0;  ///< the hook reached its deadline
  std::size_t killed = 0;       ///< in progress in a daemon that was killed
  std::size_t disk_full = 0;    ///< no daemon served, and the disk was full
  std::size_t counted = 0;      ///< none of the above, and covered by a counter of the daemon or of the hook
  std::size_t twice = 0;        ///< folded a second time
  std::map<std::string, std::int64_t> counters{};  ///< of loss, summed
  std::vector<std::string> faults{};

  [[nodiscard]] std::string text() const;
};

/// The facts of all lives. Thread-safe.
class Account final {
 public:
  explicit Account(std::filesystem::path ledger) : ledger_(std::move(ledger)) {}

  /// Starts a new life and returns its number.
  std::uint32_t begin_life();
  void end_life(bool is_orderly);
  void note_losses(const std::string& stats_json);
  /// Adds a period without a daemon and with a full disk.
  void note_full_disk(std::int64_t begin_ns, std::int64_t end_ns);
  [[nodiscard]] std::uint32_t lives() const;

  /// The spool is read in place, in the runtime directory `run`; the removed ones lie below `graves`.
  [[nodiscard]] Balance balance(const Agents& agents, const std::filesystem::path& run,
                                const std::filesystem::path& graves) const;

 private:
  struct Full {
    std::int64_t begin_ns;
    std::int64_t end_ns;
  };

  const std::filesystem::path ledger_;
  mutable std::mutex mutex_;
  std::vector<Life> lives_{Life{}};  // numbered from 1
  std::vector<Full> full_;
};

}  // namespace atm::test
