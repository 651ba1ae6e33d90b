// SPDX-License-Identifier: MIT
#include <poll.h>
#include <sys/resource.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <future>
#include <iterator>
#include <stdexcept>
#include <thread>

#include "attacks.hpp"
#include "client.hpp"
#include "connection_flood.hpp"
#include "payloads.hpp"
#include "scenarios.hpp"

namespace atm::bench {

namespace {

constexpr std::size_t kReaders = 10;
constexpr int kRounds = 9;
constexpr int kHooks = 750;  // in a round
constexpr std::chrono::microseconds kPeriod{2'000};
constexpr int kHooksPerLook = 50;
constexpr double kLetGoMs = 10'000;
constexpr std::string_view kMark = "\"BenchTool";

std::string mib(std::int64_t kib) {
  return fixed(static_cast<double>(kib) / 1024, 1) + " MiB";
}

/// A daemon with ten subscribers and the source of their hooks.
class Scene final {
 public:
  Scene(const Programs& programs, std::string_view limits)
      : daemon_(programs, limits), writer_(daemon_.socket()), readers_(make_readers()) {
    most_kib_ = resident_kib(daemon_.pid());
  }

  /// The p99 delay in ms between the write of a hook and its read, or the read of a later one, by each reader.
  double round() {
    const int first = written_;
    std::vector<Clock::time_point> times(kHooks);
    std::vector<double> delays;
    delays.reserve(kHooks * kReaders);
    std::vector<int> seen(kReaders, first);
    std::jthread writer([&] { write(times); });
    readers_.read([&](std::size_t reader, std::string_view line) {
      const auto now = Clock::now();
      for (const int number = number_in(line); seen[reader] <= number; ++seen[reader]) {
        const auto delay = now - times[static_cast<std::size_t>(seen[reader] - first)];
        delays.push_back(std::chrono::duration<double, std::milli>(delay).count());
      }
      return seen[reader] == first + kHooks;
    });
    writer.join();
    return quantile(std::move(delays), 0.99);
  }

  /// The daemon's current values: its own gauge can lag by seconds.
  [[nodiscard]] std::ptrdiff_t open_files() const {
    const std::filesystem::directory_iterator files("/proc/" + std::to_string(daemon_.pid()) + "/fd");
    return std::distance(begin(files), end(files));
  }
  [[nodiscard]] std::int64_t counter(std::string_view name) { return transport_counter(writer_, name); }
  [[nodiscard]] const std::string& socket() const noexcept { return daemon_.socket(); }
  [[nodiscard]] std::int64_t resident() const { return resident_kib(daemon_.pid()); }
  [[nodiscard]] std::int64_t most_resident() const noexcept { return most_kib_; }

 private:
  ConnectionFlood make_readers() {
    writer_.send(status_line(0, 0));
    writer_.settle(session_name(0));
    return {daemon_.socket(), kReaders, "{\"type\":\"subscribe\"}\n"};
  }

  void write(std::vector<Clock::time_point>& times) {
    auto next = Clock::now();
    for (int i = 0; i < kHooks; ++i) {
      next += kPeriod;
      const std::string line = hook_line(0, "BenchTool" + std::to_string(written_++));
      if (i % kHooksPerLook == 0) most_kib_ = std::max(most_kib_, resident());
      while (Clock::now() < next) ::poll(nullptr, 0, 1);
      times[static_cast<std::size_t>(i)] = Clock::now();
      writer_.send(line);
    }
  }

  // The number after the mark in the tool's name; -1 if the line has none.
  static int number_in(std::string_view line) {
    const std::size_t at = line.find(kMark);
    if (at == std::string_view::npos) return -1;
    int number = -1;
    const std::string_view digits = line.substr(at + kMark.size(), 8);
    std::from_chars(digits.data(), digits.data() + digits.size(), number);
    return number;
  }

  Daemon daemon_;
  Client writer_;
  ConnectionFlood readers_;
  int written_ = 0;
  std::int64_t most_kib_ = 0;
};

/// One round under attack. Throws if the attack had no effect. Returns the p99 delay and adds the count.
double attacked_round(Scene& scene, const Attack& attack, std::size_t& done) {
  const std::int64_t counted = attack.counter.empty() ? 0 : scene.counter(attack.counter);
  const std::ptrdiff_t open = scene.open_files();
  std::atomic<bool> is_over{false};
  auto deeds = std::async(std::launch::async, [&] { return attack.run(scene.socket(), is_over); });
  double p99 = 0;
  try {
    p99 = scene.round();
  } catch (...) {
    is_over = true;
    throw;
  }
  is_over = true;
  const std::size_t count = deeds.get();
  done += count;
  if (count < attack.at_least)
    throw std::runtime_error(std::string(attack.who) + ": only " + std::to_string(count) + ' ' +
                             std::string(attack.done));
  for (const auto begin = Clock::now(); scene.open_files() > open;) {
    if (ms_since(begin) > kLetGoMs) throw std::runtime_error("atmd keeps connections that are closed");
    ::poll(nullptr, 0, 10);
  }
  if (!attack.counter.empty() && scene.counter(attack.counter) <= counted)
    throw std::runtime_error(std::string(attack.who) + ": atmd has seen no more " +
                             std::string(attack.counter));
  return p99;
}

void allow_many_files() {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return;
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
}

}  // namespace

void measure_hostile(const Programs& programs, Table& table) {
  allow_many_files();
  for (const Attack& attack : kAttacks) {
    std::fprintf(stderr, "  beside %s\n", std::string(attack.who).c_str());
    Scene scene(programs, attack.limits);
    std::vector<double> calm;
    std::vector<double> attacked;
    std::size_t done = 0;
    std::int64_t before = 0;
    for (int i = 0; i < kRounds; ++i) {
      calm.push_back(scene.round());
      if (i == 0) before = scene.resident();
      attacked.push_back(attacked_round(scene, attack, done));
    }
    const double with = quantile(attacked, 0.5);
    const double without = quantile(calm, 0.5);
    table.add({"10 subscribers, 500 hooks/s, beside " + std::string(attack.who),
               "p99 " + fixed(with, 3) + " ms", "without: " + fixed(without, 3) + " ms",
               fixed(with / without, 2) + " ×", attack.at_least > 0 ? "≤ 1.10 ×" : ""});
    const std::string deeds = attack.at_least > 0 ? ", " + grouped(static_cast<double>(done)) + ' ' +
                                                        std::string(attack.done) + " in " +
                                                        std::to_string(kRounds) + " rounds"
                                                  : "";
    table.add({"— resident memory afterwards" + deeds,
               mib(scene.resident()) + ", at most " + mib(scene.most_resident()), "before: " + mib(before),
               fixed(static_cast<double>(scene.resident()) / static_cast<double>(before), 2) + " ×", ""});
  }
}

}  // namespace atm::bench
