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

/// A process as the system describes it; texts are bytes, not necessarily UTF-8.
struct ProcessEntry {
  std::int64_t pid = 0;
  std::int64_t ppid = 0;
  std::uint64_t start_ticks = 0;  ///< with pid: unique within one boot
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

/// Reads /proc. The system may reuse a pid between two reads, so all files of a process are opened below one descriptor
/// of its directory, which never refers to another process. A scan is cached for 250 ms and shared by all callers.
class ProcessTable final {
 public:
  static constexpr std::int64_t kScanLifeNs = 250'000'000;
  static constexpr std::size_t kMaxValueBytes = 32 * 1024;
  static constexpr std::size_t kMaxArgumentBytes = 64 * 1024;

  /// `root` has the layout of /proc.
  explicit ProcessTable(const Clock& clock, std::string root = "/proc");

  /// The current state of one process, including a zombie. [any]
  [[nodiscard]] std::optional<ProcessEntry> lookup(std::int64_t pid) const;

  /// Whether this process lives, by pid and start time; a zombie does not. [any]
  [[nodiscard]] bool is_alive(std::int64_t pid, std::uint64_t start_ticks) const;

  /// The state letter (proc(5)) of this process; nothing if it does not live. [any]
  [[nodiscard]] std::optional<char> state_of(std::int64_t pid, std::uint64_t start_ticks) const;

  /// The live process of this user with this pid and start time in another PID namespace, given by its inode number
  /// `pid_ns`; 0: any namespace. Nothing if that namespace is not below the daemon's. [any]
  [[nodiscard]] std::optional<ProcessEntry> find(std::uint64_t pid_ns, std::int64_t pid,
                                                 std::uint64_t start_ticks);

  /// The inode number of the daemon's PID namespace; 0 if unknown. [any]
  [[nodiscard]] std::uint64_t own_pid_ns() const noexcept { return own_pid_ns_; }

  /// The live processes of this user with one of these names; all of them without names. Without kernel threads, which
  /// belong to root. [any]
  [[nodiscard]] std::vector<ProcessEntry> list(const std::vector<std::string_view>& names);

  /// One variable of the initial environment of a process of this user. The other variables may be secrets and are
  /// wiped. kRead, kNotSet, kNotThere, kNotReadable, kTooLarge. [any]
  [[nodiscard]] ProcessReading environment(std::int64_t pid, std::uint64_t start_ticks, std::string_view name,
                                           std::string& value) const;

  /// The arguments of a process of this user, cut after kMaxArgumentBytes. kRead, kNotThere, kNotReadable. [any]
  [[nodiscard]] ProcessReading arguments(std::int64_t pid, std::uint64_t start_ticks,
                                         std::vector<std::string>& values) const;

  /// The id of this boot; empty if unknown. [any]
  [[nodiscard]] const std::string& boot_id() const noexcept { return boot_id_; }

  /// Number of scans of the whole table. [any]
  [[nodiscard]] std::uint64_t scan_count() const;

 private:
  /// Cached owner of a process, because reading it is half of the cost of a process. A new process has another inode; a
  /// changed user is noticed after one minute.
  struct Owner {
    std::uint64_t inode = 0;
    std::uint32_t uid = 0;
    std::int64_t read_ns = 0;
    bool is_kernel_thread = false;
  };
  using Owners = std::unordered_map<std::int64_t, Owner>;
  static constexpr std::int64_t kOwnerLifeNs = 60'000'000'000;

  using Scan = std::shared_ptr<const std::vector<ProcessEntry>>;

  [[nodiscard]] Scan own_processes();
  [[nodiscard]] std::vector<ProcessEntry> scan(std::int64_t now_ns);
  /// A process found earlier in another namespace.
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
  mutable std::mutex mutex_;  // guards the members below; a second caller waits for the first one's scan
  Scan scan_;
  std::int64_t scanned_ns_ = 0;
  std::uint64_t scan_count_ = 0;
  Owners owners_;
  std::vector<Known> known_;
  std::size_t next_known_ = 0;  ///< replaced next when the table is full
};

}  // namespace atm::kernel
