// SPDX-License-Identifier: MIT
#include "writer.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atm/plugin/values.hpp>
#include <chrono>
#include <cstdio>

namespace history {
namespace {

using atm::history::count_raw;
using atm::history::Gap;
using atm::history::HistoryFile;
using atm::history::Input;
using atm::history::kSeqBlock;

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kSealAfterNs = 60 * kSecond;
constexpr std::chrono::milliseconds kLockWait{1500};  // longer than a store may take to stop
constexpr std::int64_t kRetryNs = 5 * kSecond;
constexpr std::int64_t kMaintainEveryNs = 3600 * kSecond;
constexpr std::int64_t kDayNs = 86'400 * kSecond;
constexpr std::int64_t kForeverNs = kDayNs;
// If all cores are busy, records go before their history, which has a buffer.
constexpr int kNice = 10;

std::uint64_t next_block(std::uint64_t seq) {
  return (seq / kSeqBlock + 2) * kSeqBlock;
}

/// A report is replaced by the next one; an edge is not.
bool is_report(const atm_stored& input) {
  const std::string_view type = atm::to_view(input.observation->type);
  return input.kind == ATM_STORED_REPEAT || type == "status.reported" || type == "usage.reported";
}

/// The empty buffer, or a new one if little of it was used.
std::string reusable(std::string buffer) {
  constexpr std::size_t kMost = std::size_t{4} << 20;
  constexpr std::size_t kLeastShare = 8;
  if (buffer.capacity() > kMost || buffer.size() < buffer.capacity() / kLeastShare) return {};
  buffer.clear();
  return buffer;
}

}  // namespace

void Writer::open() {
  auto place = Place::take(options_.settings.directory, kLockWait);
  if (!place) {
    const std::lock_guard lock(mutex_);
    failure_ = place.error();
    return;
  }
  place_ = std::move(*place);
  if (auto wrong = HistoryFile::check_header(place_->file())) {
    if (wrong->code != atm::ErrorCode::kInvalidFormat) {
      const std::lock_guard lock(mutex_);
      failure_ = std::move(wrong);
      return;
    }
    set_aside(wrong->message);
  }
  try {
    open_file();
  } catch (const atm::sqlite::SqlError& error) {
    if (!error.is_damage()) throw;
    file_.reset();
    set_aside(error.what());
    open_file();
  }
}

void Writer::open_file() {
  file_ = HistoryFile::open(place_->file());
  Opened opened{file_->restored(), {}};
  const std::int64_t now_ns = options_.wall_ns();
  // Without a checkpoint, the sessions that may still live are folded again from their inputs of one day.
  const bool has_checkpoint = !opened.restored.positions.empty();
  const std::int64_t since_ns = has_checkpoint ? 0 : now_ns - kDayNs;
  const std::uint64_t position =
      has_checkpoint ? opened.restored.positions.front() : file_->position_at(since_ns);
  std::uint64_t damaged = 0;
  file_->read(
      position,
      [&](const Input& input, std::uint64_t) {
        if (input.arrived_ns >= since_ns) opened.inputs.push_back(input);
        return true;
      },
      [&damaged](const std::string&) { ++damaged; });
  reserved_ = next_block(opened.restored.next_seq);
  atm::sqlite::Transaction transaction(file_->database());
  if (damaged != 0) file_->add_gap({now_ns, now_ns, 0, "damaged"});
  if (opened.restored.is_unclean) {
    const std::int64_t last_ns = file_->last_ns();
    file_->add_gap({last_ns == 0 ? now_ns : last_ns, now_ns, 0, "unclean"});
  }
  run_ = file_->begin_run({0, now_ns, 0, false, options_.boot, options_.version, reserved_});
  transaction.commit();
  tail_since_ns_ = file_->tail_since_ns();
  state_.bytes = file_->bytes();
  state_.first_ns = file_->first_ns();
  const std::lock_guard lock(mutex_);
  opened_ = std::move(opened);
}

/// Renames a damaged file with its log, so that nothing of it is lost.
void Writer::set_aside(const std::string& why) {
  const std::string file = place_->file();
  const std::string aside = file + ".bad-" + std::to_string(options_.wall_ns() / kSecond);
  for (const char* suffix : {"", "-wal", "-shm"})
    std::rename((file + suffix).c_str(), (aside + suffix).c_str());
  options_.report(true, why + "; the file is kept as " + aside + ", and the history begins again");
}

void Writer::run() noexcept {
  try {
    open();
  } catch (const std::exception& error) {
    const std::lock_guard lock(mutex_);
    failure_ = atm::Error{atm::ErrorCode::kIo, error.what()};
  }
  static_cast<void>(::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kNice));
  std::unique_lock lock(mutex_);
  is_open_ = true;
  changed_.notify_all();
  std::string spare;  // the registry's thread shall not wait for the pages of a new buffer
  while (!failure_) {
    changed_.wait_for(lock, std::chrono::nanoseconds(wait_ns()),
                      [this] { return is_stopping_ || (!queue_.empty() && !pause_); });
    // The inputs of a period share one transaction.
    if (!is_stopping_)
      changed_.wait_for(lock, std::chrono::nanoseconds(kPeriodNs), [this] { return is_stopping_; });
    Work work = std::exchange(queue_, {});
    queue_.raw = std::move(spare);
    const bool is_last = is_stopping_;
    lock.unlock();
    if (!work.empty() || pause_ || tail_since_ns_) static_cast<void>(write(work));
    spare = reusable(std::move(work.raw));
    if (is_last) finish();
    lock.lock();
    if (is_last) break;
  }
  has_ended_ = true;
  changed_.notify_all();
}

/// How long an idle writer sleeps: until the tail must be sealed, or the next attempt to write.
std::int64_t Writer::wait_ns() const noexcept {
  if (pause_) return kRetryNs;
  if (!tail_since_ns_) return kForeverNs;
  return std::clamp<std::int64_t>(*tail_since_ns_ + kSealAfterNs - options_.wall_ns(), 0, kSealAfterNs);
}

bool Writer::write(Work& work) noexcept {
  try {
    if (!file_) file_ = HistoryFile::open(place_->file());
    write_or_throw(work);
    if (pause_) {
      options_.report(
          false, "the history is written again; " + std::to_string(pause_->inputs) + " inputs are missing");
      pause_.reset();
      state_.is_paused = false;
      const std::lock_guard lock(mutex_);
      wants_checkpoint_ = true;
    }
    maintain();
    show_counters();
    return true;
  } catch (const std::exception& error) {
    pause(error.what(), work);
    return false;
  }
}

void Writer::write_or_throw(Work& work) {
  const std::int64_t now_ns = options_.wall_ns();
  std::uint64_t written = 0;
  std::uint64_t dropped = 0;
  atm::sqlite::Transaction transaction(file_->database());
  if (file_->refresh()) {
    // `atm history forget` may have deleted the checkpoints.
    const std::lock_guard lock(mutex_);
    wants_checkpoint_ = true;
  }
  if (pause_) {
    pause_->to_ns = now_ns;
    // What arrived during the pause follows a hole; the next checkpoint closes it.
    dropped = count_raw(work.raw);
    pause_->inputs += dropped + work.dropped;
    file_->add_gap(*pause_);
    work = {};
  } else {
    if (work.dropped != 0) {
      file_->add_gap({work.dropped_from_ns, work.dropped_to_ns, work.dropped, "overflow"});
      ++state_.gaps;
    }
    const std::string_view raw = work.raw;
    written = store(raw.substr(0, work.checkpoint ? work.checkpoint_after : raw.size()));
    if (work.checkpoint) {
      file_->add_checkpoint(*work.checkpoint, work.checkpoint_seq, now_ns);
      written += store(raw.substr(work.checkpoint_after));
    }
  }
  file_->seal(now_ns - kSealAfterNs);
  tail_since_ns_ = file_->tail_since_ns();
  if (last_seq_ + kSeqBlock / 2 > reserved_) {
    reserved_ = next_block(last_seq_);
    file_->reserve(run_, reserved_);
  }
  transaction.commit();
  state_.written += written;
  state_.dropped += dropped;
  ++state_.transactions;
  state_.durable_seq = last_seq_;
  state_.last_write_ns = now_ns;
}

std::size_t Writer::store(std::string_view raw) {
  const std::size_t count = file_->append_raw(raw);
  if (count != 0) last_seq_ = std::max(last_seq_, file_->last_seq());
  return count;
}

void Writer::pause(const std::string& why, const Work& lost) noexcept {
  try {
    // The counters of the file belong to the transaction that failed.
    file_.reset();
    const std::int64_t now_ns = options_.wall_ns();
    const std::uint64_t lost_inputs = count_raw(lost.raw);
    const std::uint64_t inputs = lost_inputs + lost.dropped;
    state_.dropped += lost_inputs;
    if (pause_) {
      pause_->inputs += inputs;
      return;
    }
    pause_ = Gap{now_ns, now_ns, inputs, "disk"};
    state_.is_paused = true;
    ++state_.gaps;
    show_counters();
    options_.report(true,
                    why + "; the history is paused, and the daemon tries again every 5 s; see atm doctor");
  } catch (...) {
    // Only a lack of memory: the pause begins with the next attempt.
  }
}

void Writer::maintain() {
  const std::int64_t now_ns = options_.monotonic_ns();
  if (now_ns < next_maintenance_ns_) return;
  next_maintenance_ns_ = now_ns + kMaintainEveryNs;
  const std::int64_t before_ns = options_.wall_ns() - options_.settings.keep_days * kDayNs;
  {
    atm::sqlite::Transaction transaction(file_->database());
    file_->retain(before_ns, options_.settings.max_mib << 20);
    transaction.commit();
  }
  file_->database().run("PRAGMA incremental_vacuum");
  state_.bytes = file_->bytes();
  state_.first_ns = file_->first_ns();
  check_structure();
}

void Writer::check_structure() {
  constexpr std::int64_t kWeekNs = 7 * kDayNs;
  const std::int64_t now_ns = options_.wall_ns();
  const std::int64_t checked_ns = file_->checked_ns();
  if (checked_ns != 0 && checked_ns <= now_ns && now_ns - checked_ns < kWeekNs) return;
  const auto faults = file_->check_structure(now_ns, [this] {
    const std::lock_guard lock(mutex_);
    return is_stopping_;
  });
  if (!faults) return;
  options_.gauge("faults", static_cast<std::int64_t>(faults->size()));
  if (faults->empty()) return;
  options_.report(
      true, place_->file() + " is damaged: " + faults->front() +
                ", expected no fault; stop atmd, copy the file with atm history backup, and move it away");
}

void Writer::show_counters() const {
  const auto show = [this](std::string_view name, std::uint64_t value) {
    options_.gauge(name, static_cast<std::int64_t>(value));
  };
  show("inputs_written", state_.written);
  show("inputs_dropped", state_.dropped);
  show("durable_seq", state_.durable_seq);
  show("transactions", state_.transactions);
  show("paused", state_.is_paused ? 1 : 0);
  show("gaps", state_.gaps);
  options_.gauge("first_ns", state_.first_ns);
  options_.gauge("last_write_ns", state_.last_write_ns);
  options_.gauge("bytes", state_.bytes);
}

void Writer::finish() noexcept {
  try {
    if (!file_) return;
    {
      atm::sqlite::Transaction transaction(file_->database());
      file_->end_run(run_, options_.wall_ns());
      transaction.commit();
    }
    file_->database().run("PRAGMA wal_checkpoint(TRUNCATE)");
  } catch (const std::exception& error) {
    options_.report(true, std::string(error.what()) + "; the next start treats this end as unclean");
  }
  file_.reset();
}

bool Writer::wait_open(std::int64_t limit_ns) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, std::chrono::nanoseconds(limit_ns), [this] { return is_open_; });
}

std::optional<atm::Error> Writer::failure() {
  const std::lock_guard lock(mutex_);
  return failure_;
}

std::optional<Opened> Writer::take_opened() {
  const std::lock_guard lock(mutex_);
  return std::exchange(opened_, std::nullopt);
}

atm_status Writer::append(std::span<const atm_stored* const> inputs) {
  const std::int64_t now_ns = options_.wall_ns();
  bool was_empty = false;
  bool has_dropped = false;
  bool is_first_drop = false;
  bool wants_checkpoint = false;
  {
    const std::lock_guard lock(mutex_);
    if (failure_) return ATM_E_CLOSED;
    was_empty = queue_.empty();
    for (const atm_stored* input : inputs) {
      const std::size_t size = queue_.raw.size();
      if (size >= kMaxBuffer || (size >= kMaxBuffer / 4 * 3 && is_report(*input))) {
        is_first_drop = is_first_drop || queue_.dropped == 0;
        if (queue_.dropped++ == 0) queue_.dropped_from_ns = now_ns;
        queue_.dropped_to_ns = now_ns;
        ++state_.dropped;
        has_dropped = true;
        continue;
      }
      atm::history::append_raw(queue_.raw, *input, now_ns);
    }
    since_checkpoint_ += inputs.size();
    // A hole makes the inputs after it useless without a checkpoint.
    wants_checkpoint_ = wants_checkpoint_ || has_dropped || since_checkpoint_ >= kCheckpointEvery;
    if (wants_checkpoint_ && !has_dropped && !state_.is_paused && queue_.raw.size() < kMaxBuffer / 2) {
      wants_checkpoint_ = false;
      since_checkpoint_ = 0;
      wants_checkpoint = true;
    }
  }
  if (was_empty) changed_.notify_all();
  if (is_first_drop) {
    options_.gauge("inputs_dropped", static_cast<std::int64_t>(state_.dropped));
    options_.report(
        true, "the disk of " + options_.settings.directory +
                  "/history.db is too slow: inputs are dropped, and the history gets a gap; see atm doctor");
  }
  if (wants_checkpoint) return ATM_STORE_WANTS_CHECKPOINT;
  return has_dropped ? ATM_E_BUSY : ATM_OK;
}

bool Writer::checkpoint(std::string_view bytes, std::uint64_t seq) {
  {
    const std::lock_guard lock(mutex_);
    if (failure_ || queue_.raw.size() >= kMaxBuffer) return false;
    queue_.checkpoint = std::string(bytes);
    queue_.checkpoint_seq = seq;
    queue_.checkpoint_after = queue_.raw.size();
  }
  changed_.notify_all();
  return true;
}

bool Writer::stop(std::int64_t limit_ns) {
  std::unique_lock lock(mutex_);
  is_stopping_ = true;
  changed_.notify_all();
  return changed_.wait_for(lock, std::chrono::nanoseconds(limit_ns), [this] { return has_ended_; });
}

}  // namespace history
