// SPDX-License-Identifier: MIT
#include "kernel/plugins/crash_report.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include "kernel/system/call_site.hpp"

namespace atm::kernel {
namespace {

struct Fault {
  int signal;
  const char* name;
};
constexpr std::array<Fault, 7> kFaults{{{SIGSEGV, "SIGSEGV"},
                                        {SIGBUS, "SIGBUS"},
                                        {SIGILL, "SIGILL"},
                                        {SIGFPE, "SIGFPE"},
                                        {SIGABRT, "SIGABRT"},
                                        {SIGTRAP, "SIGTRAP"},
                                        {SIGSYS, "SIGSYS"}}};
constexpr std::size_t kMostBytes = 512;

std::array<struct sigaction, kFaults.size()> actions_before;
std::atomic<bool> is_installed{false};
std::atomic<bool> is_journal_line{false};
std::atomic<int> marker_fd{-1};
std::atomic<const char*> marker_plugin{nullptr};

// A text of bounded length that allocates nothing.
class Line final {
 public:
  Line& operator<<(std::string_view text) noexcept {
    const std::size_t size = std::min(text.size(), text_.size() - size_);
    std::memcpy(text_.data() + size_, text.data(), size);
    size_ += size;
    return *this;
  }
  [[nodiscard]] std::string_view view() const noexcept { return {text_.data(), size_}; }

 private:
  std::array<char, kMostBytes> text_;
  std::size_t size_ = 0;
};

// The call of this thread. A service manager's SIGABRT may reach a thread without a call; then the hung call.
const CallSite* guilty_call() noexcept {
  const CallSlot* const own = CallSlot::of_this_thread();
  if (own != nullptr && own->site.load() != nullptr) return own->site.load();
  for (const CallSlot* slot = CallSlot::first(); slot != nullptr; slot = slot->next) {
    const CallSite* const site = slot->site.load();
    if (site != nullptr && site->is_hanging.load()) return site;
  }
  return nullptr;
}

/// `signal` is empty for exit().
void report(std::string_view signal, std::string_view text) noexcept {
  const CallSite* const site = guilty_call();
  Line line;
  line << (is_journal_line.load() ? "<2>" : "error ");
  if (!signal.empty()) line << "signal=" << signal << " ";
  if (site != nullptr) {
    line << "plugin=" << site->plugin << " call=" << site->function << " ";
    if (!site->channel.empty()) line << "channel=" << site->channel << " ";
  }
  line << text;
  write_urgent_line(STDERR_FILENO, line.view());

  const int fd = marker_fd.load();
  const char* const starting = marker_plugin.load();
  if (fd < 0 || starting == nullptr) return;
  Line mark;
  mark << (signal.empty() ? "exit" : signal) << " "
       << (site != nullptr ? std::string_view(site->plugin) : starting) << "\n";
  static_cast<void>(!::write(fd, mark.view().data(), mark.view().size()));
}

void on_fault(int signal, siginfo_t* info, void* /*context*/) {
  const char* name = "?";
  for (std::size_t i = 0; i < kFaults.size(); ++i) {
    if (kFaults[i].signal == signal) name = kFaults[i].name;
    // A second fault, here or on another thread, ends the process at once.
    ::sigaction(kFaults[i].signal, &actions_before[i], nullptr);
  }
  report(name, "the daemon crashed");
  // A faulty instruction runs again after the return; a signal sent by a process must be raised again.
  if (info->si_code <= 0) ::raise(signal);
}

void on_exit() {
  if (!is_installed.load()) return;
  report("", "a plugin called exit(); the daemon ends");
  ::_exit(CrashReport::kExitCode);
}

}  // namespace

void write_urgent_line(int fd, std::string_view line) noexcept {
  pollfd wait{fd, POLLOUT, 0};
  if (::poll(&wait, 1, 0) != 1 || (wait.revents & POLLOUT) == 0) return;
  std::array<char, kMostBytes> text;
  const std::size_t size = std::min(line.size(), text.size() - 1);
  std::memcpy(text.data(), line.data(), size);
  text[size] = '\n';
  static_cast<void>(!::write(fd, text.data(), size + 1));
}

CrashReport::CrashReport(bool is_journal) {
  is_journal_line = is_journal;
  static const bool is_registered = std::atexit(&on_exit) == 0;
  static_cast<void>(is_registered);
  struct sigaction action {};
  action.sa_sigaction = &on_fault;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigemptyset(&action.sa_mask);
  for (std::size_t i = 0; i < kFaults.size(); ++i)
    ::sigaction(kFaults[i].signal, &action, &actions_before[i]);
  is_installed = true;
}

CrashReport::~CrashReport() {
  is_installed = false;
  for (std::size_t i = 0; i < kFaults.size(); ++i)
    ::sigaction(kFaults[i].signal, &actions_before[i], nullptr);
}

void set_crash_marker(int fd, const char* plugin) noexcept {
  marker_fd = -1;
  marker_plugin = plugin;
  marker_fd = fd;
}

}  // namespace atm::kernel
