// SPDX-License-Identifier: MIT
#include <atm/posix/file_descriptor.hpp>
#include <chrono>
#include <filesystem>
#include <history/file.hpp>
#include <history/index.hpp>

#include "corpus.hpp"
#include "scenarios.hpp"
#include "support/temp_dir.hpp"

namespace atm::bench {
namespace {

using history::HistoryFile;
using history::Input;

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::size_t kInputs = 1'000'000;
constexpr std::size_t kBatch = 2'000;  ///< of one transaction
constexpr std::size_t kNight = 50'000;

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

}  // namespace

void measure_history(const Programs& /*programs*/, Table& table) {
  const atm::test::TempDir dir;
  const std::string path = (dir.path() / "history.db").string();
  Corpus corpus(1'800'000'000 * kSecond);
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
      sqlite::Transaction transaction(file->database());
      file->append(batch);
      file->seal(0);
      transaction.commit();
    }
    sqlite::Transaction transaction(file->database());
    file->add_checkpoint(std::string(200'000, 'x'), kInputs * 2, inputs.back().arrived_ns);
    transaction.commit();
    file->database().run("PRAGMA wal_checkpoint(TRUNCATE)");
  }
  table.add(
      {"history: written and sealed", grouped(kInputs / seconds_since(begin)) + "/s", "", "", "100,000/s"});
  table.add({"history: size of an input",
             fixed(static_cast<double>(std::filesystem::file_size(path)) / kInputs, 1) + " bytes", "", "",
             "45 bytes"});

  {
    const auto file = HistoryFile::open_read_only(path);
    history::Index index((dir.path() / "index.db").string());
    index.catch_up(*file);
  }
  {
    const auto file = HistoryFile::open(path);
    sqlite::Transaction transaction(file->database());
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
