// SPDX-License-Identifier: MIT
#include <atomic>
#include <map>
#include <memory>
#include <thread>

#include "client.hpp"
#include "payloads.hpp"
#include "scenarios.hpp"

namespace atm::bench {

namespace {

constexpr int kSessions = 100;
constexpr int kUpdates = 10'000;
constexpr int kReaders = 9;
constexpr int kRepeats = 7;

// One subscriber: its view of every session and the announced losses.
class Subscriber final {
 public:
  explicit Subscriber(const std::string& socket) : client_(socket) {
    client_.ask("{\"type\":\"subscribe\",\"activity\":true}\n", "sessions");
  }

  /// Reads until every session has its last cost, or until a timeout.
  void read_to_the_end() {
    while (final_ < kSessions) {
      const std::string_view line = client_.line(std::chrono::seconds(3));
      if (line.empty()) break;
      take(line);
    }
    done_ = Clock::now();
  }

  [[nodiscard]] Clock::time_point done() const noexcept { return done_; }
  [[nodiscard]] int gaps() const noexcept { return gaps_; }
  [[nodiscard]] bool has_final_state() const noexcept { return final_ == kSessions; }
  /// Activity was lost without a gap.
  [[nodiscard]] bool lost_silently() const noexcept { return gaps_ == 0 && activity_ < kUpdates; }

 private:
  void take(std::string_view line) {
    if (has_type(line, "activity")) {
      ++activity_;
    } else if (has_type(line, "gap")) {
      ++gaps_;
    } else if (has_type(line, "session_updated")) {
      note(line);
    } else if (has_type(line, "sessions")) {
      // Objects are sequential, each with its id before its cost; a model has an id too.
      const std::string begin = "{\"id\":\"" + session_name(0).substr(0, 8);
      for (std::size_t at = line.find(begin); at != std::string_view::npos;) {
        const std::size_t next = line.find(begin, at + begin.size());
        note(line.substr(at, next - at));
        at = next;
      }
    }
  }

  void note(std::string_view session) {
    const std::string_view id = member(session, "id");
    const std::string_view cost = member(session, "usd_micros");
    auto& is_final = is_final_[std::string(id)];
    const int index = id.size() > 4 ? std::atoi(std::string(id.substr(id.size() - 4)).c_str()) : 0;
    const bool now = cost == cost_usd_micros(kUpdates - kSessions + index);
    final_ += static_cast<int>(now) - static_cast<int>(is_final);
    is_final = now;
  }

  Client client_;
  std::map<std::string, bool> is_final_;
  int final_ = 0;
  int gaps_ = 0;
  int activity_ = 0;
  Clock::time_point done_;
};

struct Outcome {
  double readers_ms = 0;  // from the first write until the slowest reader has the final state
  int gaps = 0;
  int with_final_state = 0;
  int lost_silently = 0;
  bool sleeper_told = false;
  bool sleeper_final = false;
};

Outcome burst(const Programs& programs, const std::string& lines, bool with_sleeper) {
  const Daemon daemon(programs);
  Client writer(daemon.socket());
  std::string first;
  // Another step than that of each update: a line that repeats the known state causes no event.
  for (int i = 0; i < kSessions; ++i) first += status_line(i, kUpdates);
  writer.send(first);
  writer.settle(session_name(0));

  std::vector<std::unique_ptr<Subscriber>> readers;
  readers.reserve(kReaders);
  for (int i = 0; i < kReaders; ++i) readers.push_back(std::make_unique<Subscriber>(daemon.socket()));
  std::unique_ptr<Subscriber> sleeper;
  if (with_sleeper) sleeper = std::make_unique<Subscriber>(daemon.socket());

  std::vector<std::thread> threads;
  threads.reserve(kReaders);
  for (auto& reader : readers) threads.emplace_back([&reader] { reader->read_to_the_end(); });
  const auto begin = Clock::now();
  writer.send(lines);
  for (std::thread& thread : threads) thread.join();

  Outcome outcome;
  for (const auto& reader : readers) {
    outcome.readers_ms = std::max(outcome.readers_ms,
                                  std::chrono::duration<double, std::milli>(reader->done() - begin).count());
    outcome.gaps += reader->gaps();
    outcome.with_final_state += reader->has_final_state() ? 1 : 0;
    outcome.lost_silently += reader->lost_silently() ? 1 : 0;
  }
  if (sleeper) {
    sleeper->read_to_the_end();
    outcome.sleeper_told = sleeper->gaps() > 0;
    outcome.sleeper_final = sleeper->has_final_state();
  }
  return outcome;
}

}  // namespace

void measure_burst(const Programs& programs, Table& table) {
  std::string lines;
  for (int i = 0; i < kUpdates; ++i) lines += status_line(i % kSessions, i);

  std::vector<double> with;
  std::vector<double> without;
  Outcome sum;
  int told = 0;
  int woke_final = 0;
  for (int i = 0; i < kRepeats; ++i) {
    without.push_back(burst(programs, lines, false).readers_ms);
    const Outcome outcome = burst(programs, lines, true);
    with.push_back(outcome.readers_ms);
    sum.gaps += outcome.gaps;
    sum.with_final_state += outcome.with_final_state;
    sum.lost_silently += outcome.lost_silently;
    told += outcome.sleeper_told ? 1 : 0;
    woke_final += outcome.sleeper_final ? 1 : 0;
  }
  const double slow = quantile(with, 0.5);
  const double fast = quantile(without, 0.5);
  table.add({"10,000 updates, until 9 readers of 10 subscribers have the final state", fixed(slow, 0) + " ms",
             "without the one that never reads: " + fixed(fast, 0) + " ms", fixed(slow / fast, 2) + " ×",
             "≤ 1.10 ×"});
  const int of = kRepeats * kReaders;
  table.add({"— readers that end with the final state of every session",
             std::to_string(sum.with_final_state) + " of " + std::to_string(of),
             "gaps announced: " + std::to_string(sum.gaps), "", "all"});
  table.add({"— readers that lost activity without a gap",
             std::to_string(sum.lost_silently) + " of " + std::to_string(of), "", "", "0"});
  table.add({"— the one that never read, once it reads: gap received, final state",
             std::to_string(told) + " and " + std::to_string(woke_final) + " of " + std::to_string(kRepeats),
             "", "", "all"});
}

}  // namespace atm::bench
