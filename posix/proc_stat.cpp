// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <atm/posix/file_descriptor.hpp>
#include <atm/posix/proc_stat.hpp>
#include <charconv>

namespace atm::posix {
namespace {

template <class Number>
bool to_number(std::string_view text, Number& number) {
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, number);
  return parsed.ec == std::errc() && parsed.ptr == end;
}

std::string_view next_field(std::string_view& rest) {
  const std::size_t end = rest.find_first_of(" \n");
  const std::string_view field = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return field;
}

}  // namespace

std::optional<ProcStat> parse_proc_stat(std::string_view text) {
  // The name is in brackets and may contain brackets, spaces and line ends: it ends at the last bracket.
  const std::size_t open = text.find('(');
  const std::size_t close = text.rfind(')');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) return std::nullopt;
  std::string_view rest = text.substr(close + 1);
  if (rest.empty() || rest.front() != ' ') return std::nullopt;
  rest.remove_prefix(1);

  ProcStat stat;
  stat.comm = text.substr(open + 1, close - open - 1);
  constexpr int kState = 3;
  constexpr int kPpid = 4;
  constexpr int kGroup = 5;
  constexpr int kTty = 7;
  constexpr int kForeground = 8;
  constexpr int kFlags = 9;
  constexpr int kStart = 22;
  constexpr std::uint64_t kKernelThread = 0x200000;  // PF_KTHREAD of include/linux/sched.h
  std::uint64_t flags = 0;
  for (int field = kState; field <= kStart; ++field) {
    const std::string_view value = next_field(rest);
    bool is_good = !value.empty();
    if (field == kState && is_good) stat.state = value.front();
    if (field == kPpid) is_good = to_number(value, stat.ppid);
    if (field == kGroup) is_good = to_number(value, stat.group);
    if (field == kForeground) is_good = to_number(value, stat.foreground_group);
    if (field == kTty) is_good = to_number(value, stat.tty_nr);
    if (field == kFlags) is_good = to_number(value, flags);
    if (field == kStart) is_good = to_number(value, stat.start_ticks);
    if (!is_good) return std::nullopt;
  }
  stat.is_kernel_thread = (flags & kKernelThread) != 0;
  return stat;
}

std::optional<ProcStat> read_proc_stat(std::int64_t pid) {
  const FileDescriptor file(::open(("/proc/" + std::to_string(pid) + "/stat").c_str(), O_RDONLY | O_CLOEXEC));
  std::array<char, 1024> bytes{};
  const ssize_t size = file ? ::read(file.get(), bytes.data(), bytes.size()) : 0;
  if (size <= 0) return std::nullopt;
  return parse_proc_stat(std::string_view(bytes.data(), static_cast<std::size_t>(size)));
}

std::string tty_name(std::int64_t tty_nr) {
  // Linux dev_t in 32 bits: mmmM MMmm, with the numbers of Documentation/admin-guide/devices.txt.
  const auto number = static_cast<std::uint32_t>(tty_nr);
  const std::uint32_t major = (number >> 8U) & 0xFFFU;
  const std::uint32_t minor = (number & 0xFFU) | ((number >> 12U) & 0xFFF00U);
  constexpr std::uint32_t kConsole = 4;
  constexpr std::uint32_t kFirstSerial = 64;
  constexpr std::uint32_t kFirstPts = 136;
  constexpr std::uint32_t kLastPts = 143;
  if (major == kConsole && minor < kFirstSerial) return "/dev/tty" + std::to_string(minor);
  if (major == kConsole) return "/dev/ttyS" + std::to_string(minor - kFirstSerial);
  if (major >= kFirstPts && major <= kLastPts)
    return "/dev/pts/" + std::to_string((major - kFirstPts) * 256 + minor);
  return {};
}

std::vector<std::int64_t> parse_proc_ns_pids(std::string_view status) {
  constexpr std::string_view kKey = "\nNSpid:";
  std::vector<std::int64_t> pids;
  const std::size_t at = status.find(kKey);
  if (at == std::string_view::npos) return pids;
  std::string_view rest = status.substr(at + kKey.size());
  rest = rest.substr(0, rest.find('\n'));
  while (!rest.empty()) {
    rest.remove_prefix(1);  // a tab
    const std::string_view field = rest.substr(0, rest.find('\t'));
    if (std::int64_t pid = 0; to_number(field, pid)) pids.push_back(pid);
    rest.remove_prefix(field.size());
  }
  return pids;
}

std::optional<std::uint64_t> parse_proc_namespace(std::string_view link) {
  constexpr std::string_view kBegin = "pid:[";
  std::uint64_t number = 0;
  if (!link.starts_with(kBegin) || link.back() != ']') return std::nullopt;
  const std::string_view digits = link.substr(kBegin.size(), link.size() - kBegin.size() - 1);
  return to_number(digits, number) ? std::optional(number) : std::nullopt;
}

std::optional<std::uint32_t> parse_proc_uid(std::string_view status) {
  constexpr std::string_view kKey =
      "\nUid:\t";  // the name in the first line is escaped, so it cannot contain this
  const std::size_t at = status.find(kKey);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view rest = status.substr(at + kKey.size());
  std::uint32_t uid = 0;
  if (!to_number(rest.substr(0, rest.find_first_of("\t\n")), uid)) return std::nullopt;
  return uid;
}

}  // namespace atm::posix
