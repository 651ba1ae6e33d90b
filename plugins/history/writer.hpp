// SPDX-License-Identifier: MIT
// The thread that writes history.db.
#pragma once

#include <atm/iface/store.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <history/file.hpp>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "place.hpp"
#include "settings.hpp"

namespace history {

struct WriterOptions {
  Settings settings;
  std::string boot;
  std::string version;
  std::function<std::int64_t()> wall_ns;
  std::function<std::int64_t()> monotonic_ns;
  /// Reports a changed state for users: the text, and whether it is a problem. [any]
  std::function<void(bool is_problem, const std::string& text)> report;
  /// Shows a counter to users. [any]
  std::function<void(std::string_view name, std::int64_t value)> gauge;
};

/// Counters for users, shared between the threads.
struct WriterState {
  std::atomic<std::uint64_t> written{0};
  std::atomic<std::uint64_t> dropped{0};
  std::atomic<std::uint64_t> durable_seq{0};
  std::atomic<std::int64_t> last_write_ns{0};
  std::atomic<std::int64_t> bytes{0};
  std::atomic<std::int64_t> first_ns{0};  ///< arrival of the oldest input
  std::atomic<std::uint64_t> gaps{0};
  std::atomic<bool> is_paused{false};
  std::atomic<std::uint64_t> transactions{0};
};

/// What the file held when it was opened.
struct Opened {
  atm::history::Restored restored;
  std::vector<atm::history::Input> inputs;  ///< after the newest checkpoint
};

/// Owns the file. The registry's thread only appends to a bounded buffer; the writer's thread does everything else, at
/// most one transaction every 100 ms. A file that cannot be written pauses the history: inputs are dropped and counted,
/// and a gap is stored when writing succeeds again.
class Writer final {
 public:
  static constexpr std::size_t kMaxBuffer = std::size_t{32} << 20;
  static constexpr std::int64_t kPeriodNs = 100'000'000;
  static constexpr std::uint64_t kCheckpointEvery = 20'000;

  explicit Writer(WriterOptions options) : options_(std::move(options)) {}
  /// Runs on its own thread, until stop().
  void run() noexcept;

  /// Waits until the file is open, or until it cannot be opened: see failure(). False after the time limit. [main]
  [[nodiscard]] bool wait_open(std::int64_t limit_ns);
  /// Why the file cannot be opened; nothing if it can, or if that is unknown so far. [main]
  [[nodiscard]] std::optional<atm::Error> failure();
  /// What the file held, once; nothing if it is not open. [main]
  [[nodiscard]] std::optional<Opened> take_opened();
  [[nodiscard]] atm_status append(std::span<const atm_stored* const> inputs);
  [[nodiscard]] bool checkpoint(std::string_view state, std::uint64_t seq);
  /// Writes what is queued. False: not within the limit. [main]
  [[nodiscard]] bool stop(std::int64_t limit_ns);

  [[nodiscard]] const WriterState& state() const noexcept { return state_; }

 private:
  struct Work {
    std::string raw;  ///< inputs, see append_raw()
    std::optional<std::string> checkpoint;
    std::uint64_t checkpoint_seq = 0;
    std::size_t checkpoint_after = 0;  ///< size of `raw` at the checkpoint
    std::uint64_t dropped = 0;
    std::int64_t dropped_from_ns = 0;
    std::int64_t dropped_to_ns = 0;
    [[nodiscard]] bool empty() const noexcept { return raw.empty() && !checkpoint && dropped == 0; }
  };

  void open();
  void open_file();
  void set_aside(const std::string& why);
  [[nodiscard]] bool write(Work& work) noexcept;
  void write_or_throw(Work& work);
  /// Returns the number of inputs.
  std::size_t store(std::string_view raw);
  void pause(const std::string& why, const Work& lost) noexcept;
  void maintain();
  void check_structure();
  void show_counters() const;
  [[nodiscard]] std::int64_t wait_ns() const noexcept;
  void finish() noexcept;

  const WriterOptions options_;
  WriterState state_;

  // The writer's thread only.
  std::optional<Place> place_;
  std::unique_ptr<atm::history::HistoryFile> file_;
  std::int64_t run_ = 0;
  std::uint64_t reserved_ = 0;
  std::uint64_t last_seq_ = 0;
  std::optional<atm::history::Gap> pause_;  ///< since when nothing is written
  std::int64_t next_maintenance_ns_ = 0;
  std::optional<std::int64_t> tail_since_ns_;  ///< arrival of the oldest input that is not in a chunk

  std::mutex mutex_;  // guards the members below
  std::condition_variable changed_;
  Work queue_;
  std::uint64_t since_checkpoint_ = 0;
  bool wants_checkpoint_ = true;
  bool is_open_ = false;
  bool is_stopping_ = false;
  bool has_ended_ = false;
  std::optional<atm::Error> failure_;
  std::optional<Opened> opened_;
};

}  // namespace history
