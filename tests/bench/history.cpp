// SPDX-License-Identifier: MIT
#include <atm/posix/file_descriptor.hpp>
#include <chrono>
#include <filesystem>
#include <history/file.hpp>
#include <history/index.hpp>
#include <random>

#include "scenarios.hpp"
#include "support/temp_dir.hpp"

namespace atm::bench {
namespace {

using history::HistoryFile;
using history::Input;
using history::Value;

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kBegin = 1'800'000'000 * kSecond;
constexpr std::size_t kInputs = 1'000'000;
constexpr std::size_t kBatch = 2'000;  ///< of one transaction
constexpr std::size_t kNight = 50'000;

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

/// Inputs of 20 sessions with the mix of types of the recorded corpus: one turn has a prompt, five tools with their
/// repeated bindings, status lines and facts.
class Corpus final {
 public:
  Input next() {
    static constexpr const char* kTypes[] = {"prompt.submitted", "tool.started",    "tool.finished",
                                             "status.reported",  "registry.facts",  "tool.started",
                                             "tool.finished",    "state.reported",  "process.bound",
                                             "tool.started",     "status.reported", "turn.finished"};
    Input one;
    const std::size_t number = count_++;
    const std::size_t session = random_() % 20;
    one.seq = number * 2;
    one.awake_ns =
        static_cast<std::int64_t>(number) * 600'000'000 + static_cast<std::int64_t>(random_() % 50'000'000);
    one.arrived_ns = kBegin + one.awake_ns;
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
  std::size_t count_ = 0;
  std::mt19937 random_{7};
};

}  // namespace

void measure_history(const Programs& /*programs*/, Table& table) {
  const atm::test::TempDir dir;
  const std::string path = (dir.path() / "history.db").string();
  Corpus corpus;
  std::vector<Input> inputs;
  for (std::size_t i = 0; i < kInputs; ++i) inputs.push_back(corpus.next());

  // What the registry's thread does for each input.
  double copied_s = 0;
  {
    std::string buffer;
    buffer.reserve(std::size_t{64} << 20);
    for (std::size_t i = 0; i < 200'000; ++i) {
      inputs[i].lend([&](const atm_stored& one) {
        const auto begin = Clock::now();
        history::append_raw(buffer, one, one.awake_ns);
        copied_s += seconds_since(begin);
      });
      if (buffer.size() > (std::size_t{32} << 20)) buffer.clear();
    }
  }
  table.add({"history: copy of an input on the registry's thread", fixed(copied_s / 200'000 * 1e6, 2) + " µs",
             "", "", "1.5 µs"});

  const auto begin = Clock::now();
  {
    const auto file = HistoryFile::open(path);
    for (std::size_t i = 0; i < kInputs; i += kBatch) {
      const std::vector<Input> batch(inputs.begin() + static_cast<std::ptrdiff_t>(i),
                                     inputs.begin() + static_cast<std::ptrdiff_t>(i + kBatch));
      history::Transaction transaction(file->database());
      file->append(batch);
      file->seal(0);
      transaction.commit();
    }
    history::Transaction transaction(file->database());
    file->add_checkpoint(std::string(200'000, 'x'), kInputs * 2, inputs.back().arrived_ns);
    transaction.commit();
    file->database().run("PRAGMA wal_checkpoint(TRUNCATE)");
  }
  table.add(
      {"history: written and sealed", grouped(kInputs / seconds_since(begin)) + "/s", "", "", "100,000/s"});
  table.add({"history: size of an input",
             fixed(static_cast<double>(std::filesystem::file_size(path)) / kInputs, 1) + " bytes", "", "",
             "45 bytes"});

  const auto opened = Clock::now();
  {
    const auto file = HistoryFile::open(path);
    const history::Restored restored = file->restored();
    std::size_t read = 0;
    file->read(kInputs - 20'000, [&read](const Input&, std::uint64_t) { return ++read, true; });
  }
  table.add({"history: open, checkpoint and 20,000 inputs", fixed(seconds_since(opened) * 1e3, 0) + " ms", "",
             "", "200 ms"});

  {
    const auto file = HistoryFile::open_read_only(path);
    history::Index index((dir.path() / "index.db").string());
    index.catch_up(*file);
  }
  {
    const auto file = HistoryFile::open(path);
    history::Transaction transaction(file->database());
    std::vector<Input> night;
    for (std::size_t i = 0; i < kNight; ++i) night.push_back(corpus.next());
    file->append(night);
    file->seal(INT64_MAX);
    transaction.commit();
  }
  const auto asked = Clock::now();
  {
    const auto file = HistoryFile::open_read_only(path);
    history::Index index((dir.path() / "index.db").string());
    index.catch_up(*file);
  }
  table.add({"history: a night (" + grouped(kNight) + " inputs) into the index",
             fixed(seconds_since(asked) * 1e3, 0) + " ms", "", "", ""});
}

}  // namespace atm::bench
