// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>

#include <atm/file_descriptor.hpp>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <thread>

#include "client.hpp"
#include "hook_timing.hpp"
#include "payloads.hpp"
#include "scenarios.hpp"

namespace atm::bench {

namespace {

constexpr int kRounds = 400;
constexpr int kScriptRounds = 40;
constexpr std::size_t kLargeBytes = 1'000'000;
constexpr int kSlowRounds = 20;  // the records of this many hooks fit in the spool
constexpr const char* kBudget = "≤ 1.3 ×, p99 ≤ 5 ms";
constexpr const char* kLongest = "p99 ≤ 50 ms";

struct Inputs {
  std::string small;
  std::string scripted;
  std::string large;
  std::string wide;     ///< its message is larger than a socket's buffer
  std::string endless;  ///< a FIFO
  std::string script;
};

Inputs write_inputs(const std::string& dir) {
  Inputs inputs{dir + "/small.json", dir + "/scripted.json", dir + "/large.json",
                dir + "/wide.json",  dir + "/endless",       dir + "/hook.sh"};
  std::ofstream(inputs.small) << hook_payload(1, "Bash");
  std::ofstream(inputs.scripted) << hook_payload(2, "Bash");
  std::ofstream(inputs.large) << "{\"session_id\":\"" << session_name(1)
                              << "\",\"hook_event_name\":\"PostToolUse\",\"tool_response\":\""
                              << std::string(kLargeBytes, 'x') << "\"}";
  std::ofstream wide(inputs.wide);
  wide << "{\"session_id\":\"" << session_name(1) << '"';
  for (int i = 0; i < 700; ++i) wide << ",\"k" << i << "\":\"" << std::string(1024, 'x') << '"';
  wide << '}';
  if (::mkfifo(inputs.endless.c_str(), 0600) != 0) throw std::runtime_error("cannot make " + inputs.endless);
  std::ofstream(inputs.script) << kCommonScript;
  return inputs;
}

// Keeps the mailbox of the registry full during its lifetime.
class Flood final {
 public:
  explicit Flood(const std::string& socket)
      : client_(socket), thread_([this] {
          std::string lines;
          for (int i = 0; i < 200; ++i) lines += status_line(i, i);
          try {
            while (!over_.load(std::memory_order_relaxed)) client_.send(lines);
          } catch (const std::exception&) {  // the daemon refuses more: the measurement shows it
          }
        }) {}
  ~Flood() {
    over_.store(true, std::memory_order_relaxed);
    thread_.join();
  }
  Flood(const Flood&) = delete;
  Flood& operator=(const Flood&) = delete;

 private:
  std::atomic<bool> over_{false};
  Client client_;
  std::thread thread_;
};

class Stopped final {
 public:
  explicit Stopped(pid_t pid) : pid_(pid) { ::kill(pid_, SIGSTOP); }
  ~Stopped() { ::kill(pid_, SIGCONT); }
  Stopped(const Stopped&) = delete;
  Stopped& operator=(const Stopped&) = delete;

 private:
  pid_t pid_;
};

Spread measure_script(const Daemon& daemon, const Inputs& inputs) {
  std::vector<double> samples;
  samples.reserve(kScriptRounds);
  for (int i = 0; i < kScriptRounds; ++i)
    samples.push_back(run_ms({"/bin/bash", inputs.script}, daemon.environment(), inputs.scripted));
  // A failed hook is fast, so only deliveries are compared.
  Client client(daemon.socket());
  if (client.settle(session_name(1)) + client.settle(session_name(2)) > 0)
    throw std::runtime_error("a hook's payload did not arrive");
  return spread(samples);
}

void measure_states(const Programs& programs, const Command& hook, const Inputs& inputs, Table& table) {
  const Daemon daemon(programs);
  {
    const Flood flood(daemon.socket());
    add_pair(table, "atm-hook, mailbox full", measure_pair(hook, daemon.environment(), inputs.small, kRounds),
             kBudget);
  }
  const Stopped stopped(daemon.pid());
  add_pair(table, "atm-hook, daemon stopped (SIGSTOP)",
           measure_pair(hook, daemon.environment(), inputs.small, kRounds), kBudget);
  add_pair(table, "atm-hook, daemon stopped, message larger than its socket",
           measure_pair(hook, daemon.environment(), inputs.wide, kSlowRounds), kLongest);
}

}  // namespace

void measure_hook(const Programs& programs, Table& table) {
  const TempDir dir;
  const Inputs inputs = write_inputs(dir.path().string());
  const Command hook{programs.atm_hook, "--agent", "claude_code"};

  const Environment nobody{"PATH=/usr/bin:/bin", "ATM_SOCKET=" + dir.path("nobody")};
  add_pair(table, "atm-hook, daemon down", measure_pair(hook, nobody, inputs.small, kRounds), kBudget);

  {
    const Daemon daemon(programs);
    const Pair up = measure_pair(hook, daemon.environment(), inputs.small, kRounds);
    add_pair(table, "atm-hook, daemon up", up, kBudget);
    const Spread script = measure_script(daemon, inputs);
    table.add({"atm-hook, daemon up", shown(up.hook), "bash + jq + nc: " + shown(script),
               "1 / " + fixed(script.p50 / up.hook.p50, 0), ""});
    add_pair(table, "atm-hook, payload of 1 MB",
             measure_pair(hook, daemon.environment(), inputs.large, kRounds), kLongest);
  }
  measure_states(programs, hook, inputs, table);
  const FileDescriptor writer(::open(inputs.endless.c_str(), O_RDWR | O_CLOEXEC));
  add_pair(table, "atm-hook, input that never ends", measure_pair(hook, nobody, inputs.endless, kSlowRounds),
           kLongest);
  table.add({"atm-hook, size of the program",
             fixed(static_cast<double>(std::filesystem::file_size(programs.atm_hook)) / 1024, 1) + " KiB", "",
             "", "≤ 64 KiB"});
}

}  // namespace atm::bench
