// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace atm::kernel {

class Clock;

/// A process as the system shows it; texts are bytes, not yet UTF-8.
struct ProcessEntry {
  std::int64_t pid = 0;
  std::int64_t ppid = 0;
  std::uint64_t start_ticks = 0;  ///< with pid: one process for good, within one boot
  std::int64_t age_ns = 0;
  std::uint32_t uid = 0;  ///< real
  char state = '?';
  bool is_zombie = false;
  std::string tty;   ///< "/dev/pts/3"; empty: none
  std::string comm;  ///< at most 15 bytes
  std::string exe;   ///< empty: not readable
  std::string cwd;   ///< empty: not readable

  /// Whether comm or the file name of exe is `name`.
  [[nodiscard]] bool is_named(std::string_view name) const noexcept;
};

enum class ProcessReading : std::uint8_t { kRead, kNotSet, kNotThere, kNotReadable, kTooLarge };

/// Reads /proc. A pid may be used again between two reads: all files of one process are opened under one
/// descriptor of its directory, which the system never gives to another process. A scan is kept for 250 ms and
/// shared, so that no two callers pay for the same.
class ProcessTable final {
 public:
  static constexpr std::int64_t kScanLifeNs = 250'000'000;
  static constexpr std::size_t kMaxValueBytes = 32 * 1024;
  static constexpr std::size_t kMaxArgumentBytes = 64 * 1024;

  /// `root` is laid out as /proc.
  explicit ProcessTable(const Clock& clock, std::string root = "/proc");

  /// One process now, a zombie too. [any]
  [[nodiscard]] std::optional<ProcessEntry> lookup(std::int64_t pid) const;

  /// Whether this very process lives; a zombie does not. [any]
  [[nodiscard]] bool is_alive(std::int64_t pid, std::uint64_t start_ticks) const;

  /// The state letter (proc(5)) of this very process; nothing when it does not live. [any]
  [[nodiscard]] std::optional<char> state_of(std::int64_t pid, std::uint64_t start_ticks) const;

  /// The living process of our user that has this pid and start in another PID namespace, which the inode number
  /// `pid_ns` names; 0: in whichever. Nothing where that namespace is not below ours. [any]
  [[nodiscard]] std::optional<ProcessEntry> find(std::uint64_t pid_ns, std::int64_t pid,
                                                 std::uint64_t start_ticks);

  /// The inode number of our own PID namespace; 0 when unknown. [any]
  [[nodiscard]] std::uint64_t own_pid_ns() const noexcept { return own_pid_ns_; }

  /// The living processes of our user that have one of these names; all of them without names. [any]
  [[nodiscard]] std::vector<ProcessEntry> list(const std::vector<std::string_view>& names);

  /// One variable of the environment a process of our user began with. The others are wiped from memory
  /// unseen: they may be secrets. kRead, kNotSet, kNotThere, kNotReadable, kTooLarge. [any]
  [[nodiscard]] ProcessReading environment(std::int64_t pid, std::uint64_t start_ticks, std::string_view name,
                                           std::string& value) const;

  /// The arguments of a process of our user, cut after kMaxArgumentBytes. kRead, kNotThere, kNotReadable.
  /// [any]
  [[nodiscard]] ProcessReading arguments(std::int64_t pid, std::uint64_t start_ticks,
                                         std::vector<std::string>& values) const;

  /// This boot; empty when unknown. [any]
  [[nodiscard]] const std::string& boot_id() const noexcept { return boot_id_; }

  /// How often the whole table was read. [any]
  [[nodiscard]] std::uint64_t scan_count() const;

 private:
  /// Whose a process is, which to read is half of what a process costs. The system gives the directory of another
  /// process another inode; that one changes its user is seen when the minute is over.
  struct Owner {
    std::uint64_t inode = 0;
    std::uint32_t uid = 0;
    std::int64_t read_ns = 0;
  };
  using Owners = std::unordered_map<std::int64_t, Owner>;
  static constexpr std::int64_t kOwnerLifeNs = 60'000'000'000;

  using Scan = std::shared_ptr<const std::vector<ProcessEntry>>;

  [[nodiscard]] Scan own_processes();
  [[nodiscard]] std::vector<ProcessEntry> scan(std::int64_t now_ns);
  /// A process in another namespace that was found before.
  struct Known {
    std::uint64_t pid_ns = 0;
    std::int64_t pid = 0;
    std::uint64_t start_ticks = 0;
    std::int64_t local_pid = 0;
  };
  static constexpr std::size_t kMaxKnown = 64;

  [[nodiscard]] std::optional<std::int64_t> known(std::uint64_t pid_ns, std::int64_t pid,
                                                  std::uint64_t start_ticks) const;
  [[nodiscard]] bool is_in_namespace(const ProcessEntry& entry, std::uint64_t pid_ns, std::int64_t pid) const;
  [[nodiscard]] std::int64_t age_of(std::uint64_t start_ticks) const;

  const Clock& clock_;
  const std::string root_;
  const std::int64_t ns_per_tick_;
  const std::uint32_t uid_;
  std::string boot_id_;
  std::uint64_t own_pid_ns_;
  mutable std::mutex mutex_;  // guards what follows, and makes a second caller wait for the first one's scan
  Scan scan_;
  std::int64_t scanned_ns_ = 0;
  std::uint64_t scan_count_ = 0;
  Owners owners_;
  std::vector<Known> known_;
  std::size_t next_known_ = 0;  ///< to be replaced next, once all places are taken
};

}  // namespace atm::kernel
