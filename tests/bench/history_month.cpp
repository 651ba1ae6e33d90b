// SPDX-License-Identifier: MIT
#include <chrono>
#include <filesystem>
#include <fstream>
#include <history/file.hpp>
#include <history/index.hpp>
#include <history/past_reader.hpp>
#include <random>
#include <stdexcept>
#include <vector>

#include "client.hpp"
#include "corpus.hpp"
#include "kernel/registry/replayed_registry.hpp"
#include "scenarios.hpp"

namespace atm::bench {
namespace {

using history::HistoryFile;
using history::Input;

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::size_t kInputs = 4'300'000;
constexpr std::int64_t kLengthNs = static_cast<std::int64_t>(kInputs) * 600'000'000;
constexpr std::size_t kBatch = 2'000;             ///< of one transaction
constexpr std::size_t kCheckpointEvery = 20'000;  ///< as the store of the daemon
constexpr int kSeeks = 200;
constexpr int kSteps = 200;
constexpr int kStarts = 5;
constexpr int kQuestions = 7;

std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

/// The history of a daemon that ended just now.
std::int64_t write_month(const std::string& path) {
  const std::int64_t begin_ns = now_ns() - kLengthNs - 60 * kSecond;
  Corpus corpus(begin_ns);
  kernel::ReplayedRegistry registry;
  const auto file = HistoryFile::open(path);
  std::int64_t run = 0;
  {
    sqlite::Transaction transaction(file->database());
    run = file->begin_run({0, begin_ns, 0, false, "boot", "1", kInputs * 4});
    transaction.commit();
  }
  std::vector<Input> batch;
  for (std::size_t i = 0; i < kInputs; i += kBatch) {
    batch.clear();
    for (std::size_t k = 0; k < kBatch; ++k) {
      batch.push_back(corpus.next());
      batch.back().lend([&registry](const atm_stored& one) { registry.add(one); });
      registry.drop_events();
    }
    sqlite::Transaction transaction(file->database());
    file->append(batch);
    file->seal(0);
    if ((i + kBatch) % kCheckpointEvery == 0)
      file->add_checkpoint(registry.checkpoint(), batch.back().seq, batch.back().arrived_ns);
    transaction.commit();
  }
  sqlite::Transaction transaction(file->database());
  file->end_run(run, now_ns());
  transaction.commit();
  file->database().run("PRAGMA wal_checkpoint(TRUNCATE)");
  return begin_ns;
}

/// What a replay does with the inputs: `seek` folds them, `play` stops after the first batch with an event.
class Fold final : public history::PastFold {
 public:
  kernel::ReplayedRegistry registry{};
  bool is_stepping = false;
  std::int64_t at_ns = 0;

  bool restore(std::string_view checkpoint) override { return registry.restore(checkpoint); }
  std::string state() override { return registry.checkpoint(); }
  bool input(const Input& input) override {
    at_ns = input.arrived_ns;
    input.lend([this](const atm_stored& one) { registry.add(one); });
    if (is_stepping) return registry.take_events().empty();
    registry.drop_events();
    return true;
  }
  bool hole(const history::Hole& /*hole*/, const std::string* /*checkpoint*/,
            bool& /*is_restored*/) override {
    return true;
  }
};

std::string time_text(std::int64_t ns) {
  return std::to_string(ns);
}

void measure_seeks(const std::string& path, std::int64_t begin_ns, Table& table) {
  const auto file = HistoryFile::open_read_only(path);
  std::mt19937_64 random(7);
  const std::int64_t end_ns = begin_ns + kLengthNs;
  std::vector<double> seeks;
  std::vector<double> steps;
  std::size_t sessions = 0;
  for (int i = 0; i < kSeeks; ++i) {
    const std::int64_t at_ns =
        begin_ns + static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(end_ns - begin_ns));
    history::PastReader reader(*file, time_text);
    Fold fold;
    const auto begin = Clock::now();
    const auto found = reader.seek(at_ns, now_ns(), fold);
    sessions += fold.registry.snapshot().size();
    seeks.push_back(ms_since(begin));
    if (!found) throw std::runtime_error(found.error().message);
    if (i >= kSteps) continue;
    fold.is_stepping = true;
    const auto step = Clock::now();
    static_cast<void>(reader.play(INT64_MAX, fold));
    steps.push_back(ms_since(step));
  }
  table.add({"history: seek to a second of 30 days",
             "p50 " + fixed(quantile(seeks, 0.5), 0) + " ms, p95 " + fixed(quantile(seeks, 0.95), 0) + " ms",
             grouped(static_cast<double>(sessions) / kSeeks) + " sessions", "", "p95 ≤ 150 ms"});
  table.add({"history: a step",
             "p50 " + fixed(quantile(steps, 0.5), 1) + " ms, p95 " + fixed(quantile(steps, 0.95), 1) + " ms",
             "", "", "≤ 5 ms"});
}

double ask_ms(const Programs& programs, const std::string& directory, const std::vector<std::string>& words) {
  std::vector<std::string> command{programs.atm, "history", "--directory", directory};
  command.insert(command.end(), words.begin(), words.end());
  const auto begin = Clock::now();
  const pid_t pid =
      spawn(command, {"PATH=/usr/bin:/bin", "HOME=" + directory, "TZ=UTC"}, "/dev/null", directory + "/out");
  const int code = wait_exit(pid);
  if (code != 0) throw std::runtime_error("atm history ends with " + std::to_string(code));
  return ms_since(begin);
}

}  // namespace

void measure_history_month(const Programs& programs, Table& table) {
  const TempDir dir;
  const std::string path = dir.path("history.db");
  const std::int64_t begin_ns = write_month(path);
  table.add({"history: file of 30 days (" + grouped(kInputs) + " inputs)",
             fixed(static_cast<double>(std::filesystem::file_size(path)) / (1 << 20), 0) + " MiB",
             fixed(static_cast<double>(std::filesystem::file_size(path)) / kInputs, 1) + " bytes an input",
             "", ""});
  measure_seeks(path, begin_ns, table);
  const double index_ms = ask_ms(programs, dir.path().string(), {"since", "--since", "-10h"});
  std::vector<double> asked;
  for (int i = 0; i < kQuestions; ++i)
    asked.push_back(ask_ms(programs, dir.path().string(), {"since", "--since", "-10h"}));
  table.add({"history: atm history since, ten hours", "p50 " + fixed(quantile(asked, 0.5), 0) + " ms",
             "the first, which makes the index: " + fixed(index_ms / 1e3, 1) + " s", "", "≤ 100 ms"});

  const std::string config = "[plugins.history]\ndirectory = \"" + dir.path().string() + "\"\n";
  {
    std::filesystem::create_directory(dir.path("atm"));
    std::ofstream(dir.path("atm/atm.toml")) << config;
  }
  measure_history_steps(programs, dir.path().string(), begin_ns, begin_ns + kLengthNs, table);

  std::vector<double> with;
  std::vector<double> without;
  for (int i = 0; i < kStarts; ++i) {
    without.push_back(Daemon(programs).start_ms());
    with.push_back(Daemon(programs, config).start_ms());
  }
  table.add({"history: start to listening with 30 days",
             "first " + fixed(with.front(), 0) + " ms, p50 " + fixed(quantile(with, 0.5), 0) + " ms",
             "without: p50 " + fixed(quantile(without, 0.5), 0) + " ms", "", "≤ 200 ms"});
}

}  // namespace atm::bench
