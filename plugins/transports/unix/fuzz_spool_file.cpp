// SPDX-License-Identifier: MIT
// A spool file that hooks write piece by piece, with daemons that die while they read it and busy hosts. The reference
// splits the same bytes at once: each line is counted once, each record is handed over in order, processed lines are
// struck out, and no other byte changes. The files are in memory.
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atm/file_descriptor.hpp>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz/memory_files.hpp"
#include "ingest/spool.hpp"

using namespace unix_socket;
using atm::Status;

namespace {

constexpr std::size_t kLineBytes = 512;
constexpr std::int64_t kNow = 1'795'400'000'000'000'000;
constexpr std::int64_t kMaxAge = 3'600'000'000'000;
// Each piece causes a full read, so the cost grows with the square of the pieces.
constexpr std::size_t kMostPieces = 8;
constexpr char kStruckOut = '\x18';  // docs/specs/protocol.md, WIRE-P2

void require(bool holds) {
  if (!holds) std::abort();
}

/// Reads the lines of the reference. Creating a reader is slower than reading a line.
SpoolRecord& reference_record() {
  static SpoolRecord record;
  return record;
}

/// The part of the input besides the bytes of the file.
struct Plan {
  static constexpr std::size_t kSize = 4;
  explicit Plan(const std::uint8_t* bytes)
      : step(std::size_t{32} * (bytes[0] + 1U)), pace(bytes[1]), answers(bytes[2]), damage(bytes[3]) {}

  [[nodiscard]] std::int64_t until() const {
    constexpr std::int64_t kUntil[] = {kNow - 1'000'000'000, kNow, kNow + 1'000'000'000, Spool::kEver};
    return kUntil[pace % 4];
  }
  [[nodiscard]] bool is_mortal() const { return (pace & 4) != 0; }
  [[nodiscard]] std::size_t most() const { return 1U + (pace >> 3U); }
  [[nodiscard]] Status answer(std::size_t turn) const {
    if (((answers >> (turn % 8)) & 1U) == 0) return Status::kOk;
    constexpr Status kOther[] = {Status::kBusy, Status::kSkip, Status::kNotFound, Status::kClosed,
                                 Status::kInvalid};
    return kOther[turn % 5];
  }

  std::size_t step;
  std::uint8_t pace;
  std::uint8_t answers;
  std::uint8_t damage;  // from 128 on another process writes to the file or truncates it after the last read
};

/// The lines that the reference finds in the bytes so far.
class Expected final {
 public:
  void write(std::string_view bytes) {
    file += bytes;
    for (std::size_t end = file.find('\n', begin_); end != file.npos; end = file.find('\n', begin_)) {
      judge(end - begin_);
      begin_ = end + 1;
    }
  }
  void end() { judge(file.size() - begin_); }
  /// A search at kNow. A new line is later than the last search; a known one is not later than this search.
  void look() {
    for (Line& line : waiting_) {
      if (line.is_known) line.time_ns = std::min(line.time_ns, kNow);
      if (!line.is_known) line.time_ns = has_looked_ ? std::max(line.own_ns, kNow + 1) : line.own_ns;
      line.is_known = true;
    }
    has_looked_ = true;
  }
  /// The next daemon knows no line.
  void forget() {
    for (Line& line : waiting_) line.is_known = false;
    has_looked_ = false;
  }

  [[nodiscard]] std::string_view text() const {
    return {&file[waiting_[turn_].offset], waiting_[turn_].size};
  }
  /// Whether a line is due; text() returns it.
  bool find(std::int64_t until_ns) {
    const auto due = std::find_if(waiting_.begin(), waiting_.end(),
                                  [&](const Line& line) { return line.time_ns <= until_ns; });
    turn_ = static_cast<std::size_t>(due - waiting_.begin());
    return due != waiting_.end();
  }
  void drop() {
    strike_out(waiting_[turn_].offset, waiting_[turn_].size);
    waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(turn_));
  }

  std::string file;
  SpoolTally tally;
  std::uint64_t lines = 0;

 private:
  struct Line {
    std::size_t offset;
    std::size_t size;
    std::int64_t own_ns;
    std::int64_t time_ns = 0;
    bool is_known = false;
  };
  void judge(std::size_t size) {
    if (size == 0) return;
    if (file[begin_] == kStruckOut) return strike_out(begin_, size);
    ++lines;
    SpoolRecord& record = reference_record();
    if (size > kLineBytes || !record.read({&file[begin_], size})) {
      ++tally.torn;
    } else if (const auto time_ns = record.time_ns().value_or(kNow - kMaxAge); time_ns < kNow - kMaxAge) {
      ++tally.too_old;
    } else {
      return waiting_.push_back({begin_, size, time_ns});
    }
    strike_out(begin_, size);
  }
  void strike_out(std::size_t offset, std::size_t size) { file.replace(offset, size, size, '\n'); }

  std::vector<Line> waiting_;
  std::size_t begin_ = 0;
  std::size_t turn_ = 0;
  bool has_looked_ = false;
};

class Trial final {
 public:
  Trial(const std::string& directory, Plan plan) : directory_(directory), plan_(plan) {
    hook_ = atm::FileDescriptor(
        ::open((directory + "/records").c_str(), O_RDWR | O_APPEND | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    require(hook_ && ::flock(hook_.get(), LOCK_SH) == 0);
    start();
  }

  void write(std::string_view part) {
    require(::write(hook_.get(), part.data(), part.size()) == static_cast<ssize_t>(part.size()));
    expected_.write(part);
    look(Spool::Look::kForRecords);
    take_in(plan_.until(), plan_.most());
    check_file();
    if (plan_.is_mortal()) start();
  }

  void finish() {
    require(::flock(hook_.get(), LOCK_UN) == 0);
    expected_.end();
    look(Spool::Look::kForAll);
    damage();
    is_patient_ = true;
    take_in(Spool::kEver, expected_.lines + 1);
    look(Spool::Look::kForAll);
    count();
    require(!spool_->is_held());
    require(tally_.records + tally_.refused + tally_.torn + tally_.too_old == expected_.lines);
    struct stat about {};
    require(::fstat(hook_.get(), &about) == 0 && about.st_nlink == 0);
    if (is_damaged_) return;
    require(tally_ == expected_.tally);
    check_file();
    require(expected_.file.find_first_not_of('\n') == std::string::npos);
  }

 private:
  void start() {
    if (spool_) count();
    spool_.emplace(Spool::Options{directory_, kLineBytes, kMaxAge},
                   [this](const SpoolRecord& record) { return receive(record); });
    // It reads the lines that the previous daemon left.
    expected_.forget();
    look(Spool::Look::kForAll);
  }

  void look(Spool::Look look) {
    spool_->look(look, kNow);
    expected_.look();
  }

  void take_in(std::int64_t until_ns, std::size_t most) {
    until_ns_ = until_ns;
    last_ = Status::kOk;
    const Spool::Progress progress = spool_->take_in(until_ns, kNow, most);
    if (is_damaged_) return require(progress == Spool::Progress::kDone);
    const bool is_stopped = last_ == Status::kBusy || last_ == Status::kClosed;
    require(is_stopped == (progress == Spool::Progress::kBusy));
    require(expected_.find(until_ns) == (progress != Spool::Progress::kDone));
  }

  Status receive(const SpoolRecord& record) {
    if (is_damaged_) return Status::kOk;
    require(expected_.find(until_ns_));
    SpoolRecord& line = reference_record();
    require(line.read(expected_.text()));
    require(record.channel() == line.channel() && record.payload() == line.payload());
    require(record.time_ns() == line.time_ns() && record.attrs().size() == line.attrs().size());
    last_ = is_patient_ ? Status::kOk : plan_.answer(turn_++);
    if (last_ == Status::kBusy || last_ == Status::kClosed) return last_;
    ++(last_ == Status::kOk || last_ == Status::kSkip ? expected_.tally.records : expected_.tally.refused);
    expected_.drop();
    return last_;
  }

  void damage() {
    is_damaged_ = plan_.damage >= 128;
    if (!is_damaged_) return;
    const auto at = static_cast<off_t>(expected_.file.size() * (plan_.damage % 64U) / 64);
    const bool is_cut = plan_.damage < 192;
    require(is_cut ? ::ftruncate(hook_.get(), at) == 0 : ::pwrite(hook_.get(), "\"}\n", 3, at) == 3);
  }

  void count() {
    const SpoolTally more = spool_->tally();
    tally_.records += more.records;
    tally_.refused += more.refused;
    tally_.torn += more.torn;
    tally_.too_old += more.too_old;
    require(more.dropped == 0 && spool_->problems().empty());
  }

  void check_file() const {
    std::string found(expected_.file.size() + 1, '\0');
    const ssize_t size = ::pread(hook_.get(), found.data(), found.size(), 0);
    require(size == static_cast<ssize_t>(expected_.file.size()));
    found.resize(expected_.file.size());
    require(found == expected_.file);
  }

  const std::string& directory_;
  const Plan plan_;
  atm::FileDescriptor hook_;
  Expected expected_;
  std::optional<Spool> spool_;
  SpoolTally tally_;
  std::int64_t until_ns_ = 0;
  std::size_t turn_ = 0;
  Status last_ = Status::kOk;
  bool is_patient_ = false;
  bool is_damaged_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size <= Plan::kSize) return 0;
  static const std::string directory = atm::fuzz::kMemoryDirectory;
  atm::fuzz::forget_memory_files();
  const Plan plan(data);
  // No marks of daemons that died: spool_test.cpp covers them.
  std::string text(reinterpret_cast<const char*>(data) + Plan::kSize, size - Plan::kSize);
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c == '\x01' || c == '\x02'; }, ' ');
  std::string_view bytes = text;
  const std::size_t step = std::max(plan.step, bytes.size() / kMostPieces + 1);
  Trial trial(directory, plan);
  while (!bytes.empty()) {
    trial.write(bytes.substr(0, step));
    bytes.remove_prefix(std::min(step, bytes.size()));
  }
  trial.finish();
  return 0;
}
