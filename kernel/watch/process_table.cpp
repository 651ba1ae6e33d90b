// SPDX-License-Identifier: MIT
#include "kernel/watch/process_table.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atm/posix/file_descriptor.hpp>
#include <atm/posix/proc_stat.hpp>
#include <cerrno>
#include <charconv>
#include <limits>

#include "kernel/system/clock.hpp"
#include "kernel/watch/proc_environment.hpp"

namespace atm::kernel {
namespace {

constexpr std::int64_t kNsPerSecond = 1'000'000'000;
constexpr std::size_t kSmallFile = 4096;

// `file`: empty, or the name of a file with a slash before it.
posix::FileDescriptor open_process(const std::string& root, std::int64_t pid, const char* file, int flags) {
  if (pid <= 0 || pid > std::numeric_limits<pid_t>::max()) return posix::FileDescriptor();
  return posix::FileDescriptor(::open((root + '/' + std::to_string(pid) + file).c_str(), flags | O_CLOEXEC));
}
posix::FileDescriptor open_process(const std::string& root, std::int64_t pid) {
  return open_process(root, pid, "", O_PATH | O_DIRECTORY);
}

posix::FileDescriptor open_at(const posix::FileDescriptor& directory, const char* name) {
  return posix::FileDescriptor(::openat(directory.get(), name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
}

// Reads a file of at most kSmallFile bytes that the system writes at once.
std::optional<std::string_view> read_once(const posix::FileDescriptor& fd,
                                          std::array<char, kSmallFile>& buffer) {
  const ssize_t got = fd ? ::read(fd.get(), buffer.data(), buffer.size()) : -1;
  if (got < 0) return std::nullopt;
  return std::string_view(buffer.data(), static_cast<std::size_t>(got));
}

// Reads at most max_bytes of a file.
std::optional<std::string> read_at(const posix::FileDescriptor& directory, const char* name,
                                   std::size_t max_bytes) {
  const posix::FileDescriptor fd = open_at(directory, name);
  if (!fd) return std::nullopt;
  std::string text(max_bytes, '\0');
  std::size_t have = 0;
  while (have < max_bytes) {
    const ssize_t got = ::read(fd.get(), text.data() + have, max_bytes - have);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return std::nullopt;
    if (got == 0) break;
    have += static_cast<std::size_t>(got);
  }
  text.resize(have);
  return text;
}

std::optional<posix::ProcStat> stat_in(const posix::FileDescriptor& file) {
  std::array<char, kSmallFile> buffer;
  const auto text = read_once(file, buffer);
  return text ? posix::parse_proc_stat(*text) : std::nullopt;
}

std::optional<posix::ProcStat> stat_of(const posix::FileDescriptor& directory) {
  return directory ? stat_in(open_at(directory, "stat")) : std::nullopt;
}

std::optional<std::uint32_t> uid_of(const posix::FileDescriptor& directory) {
  std::array<char, kSmallFile> buffer;
  const auto text = read_once(open_at(directory, "status"), buffer);
  return text ? posix::parse_proc_uid(*text) : std::nullopt;
}

std::string link_of(const posix::FileDescriptor& directory, const char* name) {
  std::array<char, kSmallFile> target{};
  const ssize_t got = ::readlinkat(directory.get(), name, target.data(), target.size());
  return got > 0 ? std::string(target.data(), static_cast<std::size_t>(got)) : std::string();
}

std::optional<std::uint64_t> namespace_of(const posix::FileDescriptor& directory) {
  return directory ? posix::parse_proc_namespace(link_of(directory, "ns/pid")) : std::nullopt;
}

// An agent that updates itself continues to run from a removed file.
std::string program_of(const posix::FileDescriptor& directory) {
  std::string exe = link_of(directory, "exe");
  constexpr std::string_view kGone = " (deleted)";
  if (exe.size() > kGone.size() && exe.compare(exe.size() - kGone.size(), kGone.size(), kGone) == 0)
    exe.resize(exe.size() - kGone.size());
  return exe;
}

bool is_same(const posix::FileDescriptor& directory, std::uint64_t start_ticks) {
  const auto stat = stat_of(directory);
  return stat && !stat->has_ended() && stat->start_ticks == start_ticks;
}

std::optional<std::int64_t> to_pid(std::string_view name) {
  std::int64_t pid = 0;
  const auto parsed = std::from_chars(name.data(), name.data() + name.size(), pid);
  if (parsed.ec != std::errc() || parsed.ptr != name.data() + name.size()) return std::nullopt;
  return pid;
}

std::string read_boot_id(const std::string& root) {
  const posix::FileDescriptor directory(::open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!directory) return {};
  std::string id = read_at(directory, "sys/kernel/random/boot_id", kSmallFile).value_or("");
  while (!id.empty() && id.back() == '\n') id.pop_back();
  return id;
}

ProcessEntry entry_of(std::int64_t pid, const posix::FileDescriptor& directory, posix::ProcStat stat,
                      std::uint32_t uid) {
  ProcessEntry entry;
  entry.pid = pid;
  entry.ppid = stat.ppid;
  entry.start_ticks = stat.start_ticks;
  entry.uid = uid;
  entry.state = stat.state;
  entry.is_zombie = stat.has_ended();
  entry.tty = posix::tty_name(stat.tty_nr);
  entry.comm = std::move(stat.comm);
  entry.exe = program_of(directory);
  entry.cwd = link_of(directory, "cwd");
  return entry;
}

}  // namespace

bool ProcessEntry::is_named(std::string_view name) const noexcept {
  if (comm == name) return true;
  const std::size_t slash = exe.rfind('/');
  return !exe.empty() && std::string_view(exe).substr(slash == std::string::npos ? 0 : slash + 1) == name;
}

ProcessTable::ProcessTable(const Clock& clock, std::string root)
    : clock_(clock),
      root_(std::move(root)),
      ns_per_tick_(kNsPerSecond / std::max<long>(::sysconf(_SC_CLK_TCK), 1)),
      uid_(::getuid()),
      boot_id_(read_boot_id(root_)),
      own_pid_ns_(namespace_of(posix::FileDescriptor(
                                   ::open((root_ + "/self").c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)))
                      .value_or(0)) {}

std::int64_t ProcessTable::age_of(std::uint64_t start_ticks) const {
  std::int64_t started_ns = 0;
  if (__builtin_mul_overflow(start_ticks, ns_per_tick_, &started_ns)) return 0;
  return std::max<std::int64_t>(clock_.monotonic_ns() - started_ns, 0);
}

std::optional<ProcessEntry> ProcessTable::lookup(std::int64_t pid) const {
  const posix::FileDescriptor directory = open_process(root_, pid);
  auto stat = stat_of(directory);
  const auto uid = stat ? uid_of(directory) : std::nullopt;
  if (!uid) return std::nullopt;
  ProcessEntry entry = entry_of(pid, directory, *std::move(stat), *uid);
  entry.age_ns = age_of(entry.start_ticks);
  return entry;
}

bool ProcessTable::is_alive(std::int64_t pid, std::uint64_t start_ticks) const {
  return state_of(pid, start_ticks).has_value();
}

std::optional<char> ProcessTable::state_of(std::int64_t pid, std::uint64_t start_ticks) const {
  // One file: without a second read, the pid cannot be reused between two reads.
  const auto stat = stat_in(open_process(root_, pid, "/stat", O_RDONLY | O_NOFOLLOW));
  const bool is_it = stat && !stat->has_ended() && stat->start_ticks == start_ticks;
  return is_it ? std::optional(stat->state) : std::nullopt;
}

std::vector<ProcessEntry> ProcessTable::list(const std::vector<std::string_view>& names) {
  const Scan scan = own_processes();
  std::vector<ProcessEntry> found;
  for (const ProcessEntry& entry : *scan) {
    const auto is_it = [&](std::string_view name) { return entry.is_named(name); };
    if (!names.empty() && std::none_of(names.begin(), names.end(), is_it)) continue;
    found.push_back(entry);
    found.back().age_ns = age_of(entry.start_ticks);
  }
  return found;
}

std::optional<std::int64_t> ProcessTable::known(std::uint64_t pid_ns, std::int64_t pid,
                                                std::uint64_t start_ticks) const {
  const std::lock_guard lock(mutex_);
  for (const Known& one : known_) {
    if (one.pid_ns == pid_ns && one.pid == pid && one.start_ticks == start_ticks) return one.local_pid;
  }
  return std::nullopt;
}

std::optional<ProcessEntry> ProcessTable::find(std::uint64_t pid_ns, std::int64_t pid,
                                               std::uint64_t start_ticks) {
  if (const auto local_pid = known(pid_ns, pid, start_ticks); local_pid && is_alive(*local_pid, start_ticks))
    return lookup(*local_pid);
  const Scan scan = own_processes();
  for (const ProcessEntry& entry : *scan) {
    if (entry.start_ticks != start_ticks || !is_in_namespace(entry, pid_ns, pid)) continue;
    const std::lock_guard lock(mutex_);
    const Known found{pid_ns, pid, start_ticks, entry.pid};
    if (known_.size() < kMaxKnown) {
      known_.push_back(found);
    } else {
      known_[next_known_++ % kMaxKnown] = found;
    }
    return lookup(entry.pid);
  }
  return std::nullopt;
}

bool ProcessTable::is_in_namespace(const ProcessEntry& entry, std::uint64_t pid_ns, std::int64_t pid) const {
  const posix::FileDescriptor directory = open_process(root_, entry.pid);
  std::array<char, kSmallFile> buffer;
  const auto status =
      is_same(directory, entry.start_ticks) ? read_once(open_at(directory, "status"), buffer) : std::nullopt;
  if (!status) return false;
  const std::vector<std::int64_t> pids = posix::parse_proc_ns_pids(*status);
  if (pids.size() < 2 || pids.back() != pid) return false;
  return pid_ns == 0 || namespace_of(directory) == pid_ns;
}

ProcessTable::Scan ProcessTable::own_processes() {
  const std::lock_guard lock(mutex_);
  const std::int64_t now = clock_.monotonic_ns();
  if (scan_ == nullptr || now - scanned_ns_ >= kScanLifeNs) {
    scan_ = std::make_shared<const std::vector<ProcessEntry>>(scan(now));
    scanned_ns_ = now;
    ++scan_count_;
  }
  return scan_;
}

std::vector<ProcessEntry> ProcessTable::scan(std::int64_t now_ns) {
  std::vector<ProcessEntry> found;
  Owners owners;
  const std::unique_ptr<DIR, int (*)(DIR*)> all(::opendir(root_.c_str()), &::closedir);
  while (all != nullptr) {
    const dirent* item = ::readdir(all.get());
    if (item == nullptr) break;
    const auto pid = to_pid(item->d_name);
    if (!pid) continue;
    const auto known = owners_.find(*pid);
    const bool is_known = known != owners_.end() && known->second.inode == item->d_ino &&
                          now_ns - known->second.read_ns < kOwnerLifeNs;
    // Most processes belong to other users or to the system: for them only the name is read.
    if (is_known && (known->second.uid != uid_ || known->second.is_kernel_thread)) {
      owners.insert(*known);
      continue;
    }
    const posix::FileDescriptor directory = open_process(root_, *pid);
    const auto uid = is_known ? std::optional(known->second.uid) : uid_of(directory);
    if (!uid) continue;
    Owner& owner = owners[*pid];
    owner = {item->d_ino, *uid, is_known ? known->second.read_ns : now_ns};
    if (uid != uid_) continue;
    auto stat = stat_of(directory);
    owner.is_kernel_thread = stat && stat->is_kernel_thread;
    if (stat && !stat->has_ended() && !stat->is_kernel_thread)
      found.push_back(entry_of(*pid, directory, *std::move(stat), uid_));
  }
  owners_ = std::move(owners);
  return found;
}

ProcessReading ProcessTable::environment(std::int64_t pid, std::uint64_t start_ticks, std::string_view name,
                                         std::string& value) const {
  const posix::FileDescriptor directory = open_process(root_, pid);
  if (!is_same(directory, start_ticks)) return ProcessReading::kNotThere;
  if (uid_of(directory) != uid_) return ProcessReading::kNotReadable;
  const ProcessReading reading = read_variable(open_at(directory, "environ"), name, kMaxValueBytes, value);
  return is_same(directory, start_ticks) ? reading : ProcessReading::kNotThere;
}

ProcessReading ProcessTable::arguments(std::int64_t pid, std::uint64_t start_ticks,
                                       std::vector<std::string>& values) const {
  const posix::FileDescriptor directory = open_process(root_, pid);
  if (!is_same(directory, start_ticks)) return ProcessReading::kNotThere;
  if (uid_of(directory) != uid_) return ProcessReading::kNotReadable;
  const auto text = read_at(directory, "cmdline", kMaxArgumentBytes);
  if (!is_same(directory, start_ticks)) return ProcessReading::kNotThere;
  if (!text) return ProcessReading::kNotReadable;
  std::string_view rest = *text;
  while (!rest.empty()) {
    const std::size_t end = rest.find('\0');
    values.emplace_back(rest.substr(0, end));
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  }
  return ProcessReading::kRead;
}

std::uint64_t ProcessTable::scan_count() const {
  const std::lock_guard lock(mutex_);
  return scan_count_;
}

}  // namespace atm::kernel
