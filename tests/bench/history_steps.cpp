// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atm/domain/timestamp.hpp>
#include <atm/file_descriptor.hpp>
#include <csignal>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "client.hpp"
#include "scenarios.hpp"

namespace atm::bench {
namespace {

constexpr int kPlaces = 20;
constexpr int kSteps = 20;

std::string time_text(std::int64_t ns) {
  return to_rfc3339(Timestamp(std::chrono::nanoseconds(ns)));
}

bool is_last_part(std::string_view line) {
  return has_type(line, "sessions") && line.find(R"(,"more":true)") == line.npos;
}

/// `atm replay --steered`, as the dashboard runs it.
class Steered final {
 public:
  Steered(const Programs& programs, const std::string& home, const std::string& config) {
    const std::string input = dir_.path("input");
    const std::string output = dir_.path("output");
    if (::mkfifo(input.c_str(), 0600) != 0 || ::mkfifo(output.c_str(), 0600) != 0)
      throw std::runtime_error("cannot make a FIFO");
    // A FIFO that is open for both directions blocks no opening and has no end.
    input_ = FileDescriptor(::open(input.c_str(), O_RDWR | O_CLOEXEC));
    output_ = FileDescriptor(::open(output.c_str(), O_RDWR | O_CLOEXEC));
    pid_ = spawn({programs.atm, "replay", "--steered"},
                 {"PATH=/usr/bin:/bin", "HOME=" + home, "XDG_CONFIG_HOME=" + config}, input, output);
  }
  ~Steered() {
    ::kill(pid_, SIGKILL);
    wait_exit(pid_);
  }
  Steered(const Steered&) = delete;
  Steered& operator=(const Steered&) = delete;

  /// Returns the time of the sessions in the answer.
  std::string order(const std::string& text) {
    const std::string line = text + '\n';
    if (::write(input_.get(), line.data(), line.size()) != static_cast<ssize_t>(line.size()))
      throw std::runtime_error("cannot write to atm");
    std::string at;
    bool is_answered = false;
    while (true) {
      const std::string answer = next();
      if (has_type(answer, "error") || answer.empty() || answer.front() != '{')
        throw std::runtime_error("atm answers " + answer);
      if (has_type(answer, "ok")) is_answered = true;
      if (is_answered && has_type(answer, "replay")) at = member(answer, "at");
      if (is_answered && is_last_part(answer)) return at;
    }
  }

 private:
  std::string next() {
    while (true) {
      if (const auto end = text_.find('\n', begin_); end != text_.npos) {
        std::string line = text_.substr(begin_, end - begin_);
        begin_ = end + 1;
        return line;
      }
      text_.erase(0, begin_);
      begin_ = 0;
      std::array<char, 65'536> block{};
      pollfd wait{output_.get(), POLLIN, 0};
      constexpr int kLimitMs = 60'000;
      if (::poll(&wait, 1, kLimitMs) <= 0) throw std::runtime_error("atm is silent");
      const ssize_t got = ::read(output_.get(), block.data(), block.size());
      if (got <= 0) throw std::runtime_error("cannot read the output of atm");
      text_.append(block.data(), static_cast<std::size_t>(got));
    }
  }

  TempDir dir_;
  FileDescriptor input_;
  FileDescriptor output_;
  std::string text_;
  std::size_t begin_ = 0;
  pid_t pid_ = -1;
};

void add(Table& table, const std::string& what, const std::vector<double>& all) {
  table.add({what,
             "p50 " + fixed(quantile(all, 0.5), 1) + " ms, p95 " + fixed(quantile(all, 0.95), 1) + " ms",
             grouped(static_cast<double>(all.size())) + " steps", "", "p95 ≤ 5 ms"});
}

}  // namespace

void measure_history_steps(const Programs& programs, const std::string& config, std::int64_t begin_ns,
                           std::int64_t end_ns, Table& table) {
  std::mt19937_64 random(11);
  const auto some_time = [&] {
    return begin_ns + static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(end_ns - begin_ns));
  };
  const TempDir dir;
  std::vector<double> steps;
  {
    Steered replay(programs, dir.path().string(), config);
    for (int place = 0; place < kPlaces; ++place) {
      std::string at = time_text(some_time());
      replay.order("at " + at);
      for (int i = 0; i < kSteps; ++i) {
        const auto begin = Clock::now();
        at = replay.order("before " + at);
        steps.push_back(ms_since(begin));
      }
    }
  }
  add(table, "history: a step back in the dashboard", steps);

  const std::string directory = "[plugins.history]\ndirectory = \"" + config + "\"\n";
  const Daemon daemon(programs, directory);
  Client client(daemon.socket());
  const auto wait = [&client] {
    while (!is_last_part(client.line())) {
    }
  };
  std::int64_t at_ns = some_time();
  client.ask(R"({"type":"subscribe","speed":0,"at":")" + time_text(at_ns) + "\"}\n", "ok");
  wait();
  std::vector<double> seeks;
  for (int place = 0; place < kPlaces; ++place) {
    at_ns = some_time();
    const auto seek = [&] {
      client.ask(R"({"type":"seek","at":")" + time_text(at_ns) + "\"}\n", "ok");
      wait();
    };
    seek();
    for (int i = 0; i < kSteps; ++i) {
      at_ns -= 1'000'000'000;
      const auto begin = Clock::now();
      seek();
      seeks.push_back(ms_since(begin));
    }
  }
  add(table, "history: seek of a client to a second before", seeks);
}

}  // namespace atm::bench
