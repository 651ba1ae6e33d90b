// SPDX-License-Identifier: MIT
#include <poll.h>
#include <pty.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "client.hpp"
#include "payloads.hpp"
#include "scenarios.hpp"

namespace atm::bench {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// A full-screen program on a pseudo-terminal, which reads everything at once.
class OnTerminal final {
 public:
  OnTerminal(std::vector<std::string> command, std::vector<std::string> environment, unsigned short width,
             unsigned short height) {
    winsize size{height, width, 0, 0};
    std::vector<char*> words;
    for (std::string& word : command) words.push_back(word.data());
    words.push_back(nullptr);
    std::vector<char*> variables;
    for (std::string& variable : environment) variables.push_back(variable.data());
    variables.push_back(nullptr);
    pid_ = ::forkpty(&terminal_, nullptr, nullptr, &size);
    if (pid_ < 0) throw std::runtime_error("cannot make a pseudo-terminal");
    if (pid_ > 0) return;
    ::execve(words[0], words.data(), variables.data());
    ::_exit(127);
  }
  ~OnTerminal() {
    ::kill(pid_, SIGTERM);
    read_for(milliseconds(300));
    ::kill(pid_, SIGKILL);
    wait_exit(pid_);
    ::close(terminal_);
  }
  OnTerminal(const OnTerminal&) = delete;
  OnTerminal& operator=(const OnTerminal&) = delete;

  [[nodiscard]] pid_t pid() const noexcept { return pid_; }
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }
  /// Reads until the output since the last forget() contains a text.
  void read_until(const std::string& text) {
    const auto end = Clock::now() + seconds(20);
    while (output_.find(text) == std::string::npos) {
      if (Clock::now() > end) throw std::runtime_error("the screen does not show '" + text + "'");
      static_cast<void>(read_once(milliseconds(100)));
    }
  }
  void forget() { output_.clear(); }
  void read_for(milliseconds time) {
    const auto end = Clock::now() + time;
    for (auto now = Clock::now(); now < end; now = Clock::now()) {
      if (!read_once(std::chrono::ceil<milliseconds>(end - now)) && Clock::now() < end) return;
    }
  }
  /// Types a key; milliseconds until the first byte of the answer.
  double answer_ms(std::string_view key) {
    const auto begin = Clock::now();
    if (::write(terminal_, key.data(), key.size()) != static_cast<ssize_t>(key.size()))
      throw std::runtime_error("cannot type");
    if (!read_once(milliseconds(5000))) throw std::runtime_error("a key has no effect");
    return ms_since(begin);
  }

 private:
  bool read_once(milliseconds time) {
    pollfd wait{terminal_, POLLIN, 0};
    if (::poll(&wait, 1, static_cast<int>(time.count())) <= 0) return false;
    std::array<char, 65536> block{};
    const ssize_t got = ::read(terminal_, block.data(), block.size());
    if (got <= 0) return false;
    bytes_ += static_cast<std::size_t>(got);
    output_.append(block.data(), static_cast<std::size_t>(got));
    return true;
  }

  pid_t pid_ = 0;
  int terminal_ = -1;
  std::size_t bytes_ = 0;
  std::string output_;
};

double wake_ups(pid_t pid) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  double sum = 0;
  for (std::string name; status >> name;) {
    double count = 0;
    if (name == "voluntary_ctxt_switches:" && status >> count) sum += count;
  }
  return sum;
}

std::string p50_p95(const std::vector<double>& samples_ms, int decimals) {
  return "p50 " + fixed(quantile(samples_ms, 0.5), decimals) + " ms, p95 " +
         fixed(quantile(samples_ms, 0.95), decimals) + " ms";
}

std::string share_of_core(double cpu_ns_per_s) {
  return fixed(cpu_ns_per_s / 1e7, 2) + " % of a core";
}

// What a program does in a time in which nobody types.
void add_activity(Table& table, const std::string& what, OnTerminal& program, seconds time,
                  const std::string& budget) {
  const std::size_t bytes = program.bytes();
  const double wakes = wake_ups(program.pid());
  const std::int64_t cpu = cpu_ns(program.pid());
  const auto begin = Clock::now();
  program.read_for(time);
  const double took_s = ms_since(begin) / 1000;
  table.add({what, fixed(static_cast<double>(program.bytes() - bytes) / took_s, 1) + " B/s",
             fixed((wake_ups(program.pid()) - wakes) / took_s, 1) + " wake-ups/s",
             share_of_core(static_cast<double>(cpu_ns(program.pid()) - cpu) / took_s), budget});
}

std::vector<std::string> with_terminal(std::vector<std::string> environment) {
  environment.insert(environment.end(), {"TERM=xterm-256color", "LANG=C.UTF-8"});
  return environment;
}

// Each use of a tool has an id of its own, which is made of this name.
std::string tool_of(int use) {
  return "Bash" + std::to_string(use);
}

void populate(Client& client, int sessions) {
  std::string lines;
  for (int i = 0; i < sessions; ++i) lines += hook_line(i, tool_of(0)) + status_line(i, i);
  client.send(lines);
  if (client.settle(session_name(sessions - 1)) > 0) throw std::runtime_error("lines were refused");
}

void measure_size(const Programs& programs, Table& table, int sessions) {
  const Daemon daemon(programs, "sessions = 20000\n");
  Client client(daemon.socket());
  populate(client, sessions);
  const bool is_large = sessions >= 10'000;
  const std::string what = "dashboard, " + grouped(sessions) + " sessions, ";
  std::vector<double> first_frames;
  std::vector<double> lists;
  constexpr int kStarts = 20;
  for (int i = 0; i < kStarts; ++i) {
    const auto begin = Clock::now();
    OnTerminal screen({programs.atm}, with_terminal(daemon.environment()), 200, 50);
    screen.read_until(" working,");
    first_frames.push_back(ms_since(begin));
    screen.read_until(std::to_string(sessions) + " sessions");
    lists.push_back(ms_since(begin));
  }
  table.add({what + "start to a frame with counts", p50_p95(first_frames, 1), "", "",
             is_large ? "p95 ≤ 60 ms" : "p95 ≤ 30 ms"});
  table.add(
      {what + "start to the whole list", p50_p95(lists, 1), "", "", is_large ? "≤ 250 ms" : "p95 ≤ 30 ms"});

  OnTerminal screen({programs.atm}, with_terminal(daemon.environment()), 200, 50);
  screen.read_until(std::to_string(sessions) + " sessions");
  screen.read_for(seconds(1));
  constexpr int kKeys = 200;
  std::vector<double> keys;
  const std::int64_t cpu = cpu_ns(screen.pid());
  for (int i = 0; i < kKeys; ++i) {
    keys.push_back(screen.answer_ms(i % 20 < 10 ? "j" : "k"));
    screen.read_for(milliseconds(20));
  }
  const double cpu_per_key = static_cast<double>(cpu_ns(screen.pid()) - cpu) / kKeys;
  table.add({what + "key to screen", p50_p95(keys, 2), "", "", "p95 ≤ 8 ms"});
  table.add({what + "60 keys a second", share_of_core(cpu_per_key * 60), "", "", "≤ 25 %"});
  table.add({what + "resident memory",
             fixed(static_cast<double>(resident_kib(screen.pid())) / 1024, 1) + " MiB", "", "",
             is_large ? "≤ 40 MiB" : "≤ 8 MiB"});
  if (!is_large) return;

  constexpr int kSteps = 500;
  constexpr int kChanges = 10;
  const std::int64_t before = cpu_ns(screen.pid());
  const auto begin = Clock::now();
  for (int step = 0; step < kSteps; ++step) {
    for (int i = 0; i < kChanges; ++i)
      client.send(hook_line((step * kChanges + i) % sessions, tool_of(0), "PostToolUse"));
    screen.read_for(std::chrono::ceil<milliseconds>(begin + milliseconds(20) * (step + 1) - Clock::now()));
  }
  const double took_s = ms_since(begin) / 1000;
  table.add({what + grouped(kSteps * kChanges / took_s) + " changes a second",
             share_of_core(static_cast<double>(cpu_ns(screen.pid()) - before) / took_s), "", "", "≤ 10 %"});
}

// From the hook of a session to the screen.
void measure_changes(Client& client, OnTerminal& screen, Table& table) {
  constexpr int kChanges = 100;
  std::vector<double> times;
  for (int i = 0; i < kChanges; ++i) {
    const bool is_end = i % 2 == 0;
    screen.forget();
    const auto begin = Clock::now();
    client.send(hook_line(0, tool_of((i + 1) / 2), is_end ? "PostToolUse" : "PreToolUse"));
    screen.read_until(is_end ? "◉" : "▸");  // thinking, running
    times.push_back(ms_since(begin));
    screen.read_for(milliseconds(50));
  }
  table.add({"dashboard, hook to screen", p50_p95(times, 1), "", "", "p95 ≤ 25 ms"});
}

}  // namespace

void measure_tui(const Programs& programs, Table& table) {
  measure_size(programs, table, 100);
  measure_size(programs, table, 10'000);

  constexpr seconds kTime{60};
  const Daemon daemon(programs);
  Client client(daemon.socket());
  populate(client, 12);
  OnTerminal screen({programs.atm}, with_terminal(daemon.environment()), 80, 24);
  screen.read_until("12 sessions");
  measure_changes(client, screen, table);
  for (int i = 0; i < 12; ++i) client.send(hook_line(i, tool_of(1000)));
  screen.read_for(seconds(1));
  add_activity(table, "dashboard, 12 rows with ages in seconds", screen, seconds(55), "");
  screen.read_for(seconds(10));
  add_activity(table, "dashboard, 12 rows with ages in minutes, nothing happens", screen, kTime,
               "≤ 20 B/s, ≤ 0.1 %");
  constexpr int kAgents = 20;
  populate(client, kAgents);
  for (int i = 0; i < kAgents; ++i) {
    for (const int use : {0, 50, 1000}) client.send(hook_line(i, tool_of(use), "PostToolUse"));
  }
  screen.read_for(seconds(1));
  const auto end = Clock::now() + kTime;
  const std::size_t bytes = screen.bytes();
  const double wakes = wake_ups(screen.pid());
  const std::int64_t cpu = cpu_ns(screen.pid());
  const auto begin = Clock::now();
  for (int step = 0; Clock::now() < end; ++step) {
    for (int i = 0; i < kAgents; ++i)
      client.send(hook_line(i, tool_of(2000 + step / 2), step % 2 == 0 ? "PreToolUse" : "PostToolUse"));
    screen.read_for(milliseconds(500));
  }
  const double took_s = ms_since(begin) / 1000;
  table.add({"dashboard, 20 rows, each changes twice a second",
             fixed(static_cast<double>(screen.bytes() - bytes) / took_s, 0) + " B/s",
             fixed((wake_ups(screen.pid()) - wakes) / took_s, 1) + " wake-ups/s",
             share_of_core(static_cast<double>(cpu_ns(screen.pid()) - cpu) / took_s), "≤ 2 KB/s"});

  // btop takes its interval only from a file.
  const std::string btop = daemon.home() + "/XDG_CONFIG_HOME/btop";
  std::filesystem::create_directories(btop);
  std::ofstream(btop + "/btop.conf") << "update_ms = 1000\n";
  const std::vector<std::vector<std::string>> others{{"/usr/bin/htop", "-d", "10"}, {"/usr/bin/btop"}};
  for (const std::vector<std::string>& command : others) {
    if (!std::filesystem::exists(command.front())) continue;
    const std::string name = command.front().substr(9);
    OnTerminal other(command, with_terminal(daemon.environment()), 80, 24);
    other.read_for(seconds(5));
    add_activity(table, name + " at one refresh a second", other, kTime, "");
    table.add({name + ", resident memory",
               fixed(static_cast<double>(resident_kib(other.pid())) / 1024, 1) + " MiB"});
  }
}

}  // namespace atm::bench
