// SPDX-License-Identifier: MIT
// Generated inputs of a history.
#pragma once

#include <cstdint>
#include <history/input.hpp>
#include <random>
#include <string>

namespace atm::bench {

/// Inputs of 20 sessions with the mix of types of the recorded corpus: one turn has a prompt, five tools with their
/// repeated bindings, status lines and facts.
class Corpus final {
 public:
  /// `begin_ns`: Unix time of the first input; the next one arrives 0.6 s later, so that 4.3 million take 30 days.
  explicit Corpus(std::int64_t begin_ns) : begin_ns_(begin_ns) {}

  history::Input next() {
    static constexpr const char* kTypes[] = {"prompt.submitted", "tool.started",    "tool.finished",
                                             "status.reported",  "registry.facts",  "tool.started",
                                             "tool.finished",    "state.reported",  "process.bound",
                                             "tool.started",     "status.reported", "turn.finished"};
    history::Input one;
    const std::size_t number = count_++;
    const std::size_t session = random_() % 20;
    one.seq = number * 2;
    one.awake_ns =
        static_cast<std::int64_t>(number) * 600'000'000 + static_cast<std::int64_t>(random_() % 50'000'000);
    one.arrived_ns = begin_ns_ + one.awake_ns;
    one.time_ns = one.arrived_ns - static_cast<std::int64_t>(random_() % 3'000'000);
    one.type = kTypes[number % 12];
    one.session = "0bb3f80d-7c1e-4e38-9d55-" + std::to_string(100'000'000'000 + session);
    one.agent = "claude_code";
    one.origin = "claude_code/hook";
    one.from = ATM_FROM_PID | ATM_FROM_START_TICKS;
    one.from_pid = 21'000 + static_cast<std::int64_t>(session);
    one.from_start_ticks = 449'849 + session;
    if (one.type == "registry.facts") {
      one.kind = ATM_STORED_FACTS;
      one.from = 0;
      one.attrs = {{"context.level", std::string("normal")},
                   {"cost.hourly_rate_usd", 1.5 + static_cast<double>(number % 100)}};
    } else if (one.type == "process.bound") {
      one.kind = ATM_STORED_REPEAT;
    } else if (one.type == "status.reported") {
      one.attrs = {{"model.id", std::string("claude-sonnet-4-6")},
                   {"cost.total_usd_micros", static_cast<std::int64_t>(number)},
                   {"duration.total_ms", static_cast<std::int64_t>(number * 7)},
                   {"context.used_percentage", static_cast<double>(number % 100)},
                   {"context.input_tokens", static_cast<std::int64_t>(random_() % 1000)},
                   {"context.cache_read_tokens", static_cast<std::int64_t>(random_() % 180'000)}};
    } else if (one.type.starts_with("tool.")) {
      one.attrs = {{"tool", std::string(random_() % 2 == 0 ? "Bash" : "Read")},
                   {"tool_use_id", "toolu_" + std::to_string(number / 2)},
                   {"cwd", "/home/dev/project-" + std::to_string(session)}};
    } else if (one.type == "state.reported") {
      one.attrs = {{"state", std::string("busy")}};
    } else if (one.type == "turn.finished") {
      one.attrs = {{"outcome", std::string("ok")}, {"background_tasks", std::int64_t{0}}};
    } else {
      one.attrs = {{"prompt.id", "p" + std::to_string(number)},
                   {"cwd", "/home/dev/project-" + std::to_string(session)}};
    }
    return one;
  }

 private:
  std::int64_t begin_ns_;
  std::size_t count_ = 0;
  std::mt19937 random_{7};
};

}  // namespace atm::bench
