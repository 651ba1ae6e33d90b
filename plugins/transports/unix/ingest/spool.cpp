// SPDX-License-Identifier: MIT
#include "ingest/spool.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace unix_socket {

using atm::Status;

namespace {

constexpr const char* kRecords = "records";
constexpr const char* kTaken = "taken";
constexpr const char* kPaused = "paused";
constexpr const char* kDropped = "dropped";
constexpr const char* kDroppedTaken = "dropped.taken";
// Files that stopped hooks still hold. Beyond this limit, later bytes of the oldest are lost.
constexpr std::size_t kMostHeld = 16;
constexpr std::int64_t kPruneEveryNs = 3'600'000'000'000;
constexpr std::uint64_t kMostPausedBytes = 16 << 20;  // the limit of the hooks for their file

}  // namespace

void Spool::look(Look look, std::int64_t now_ns) {
  for (SpoolFile& file : files_) file.limit_times(now_ns);
  scan(look, now_ns);
  looked_ns_ = now_ns;
}

void Spool::scan(Look look, std::int64_t now_ns) {
  if (!is_looking_) return retire();
  rename_records();
  read_on(now_ns);
  if (look == Look::kForAll && now_ns >= prune_after_ns_) {
    prune_after_ns_ = now_ns + kPruneEveryNs;
    SpoolDirectory::prune_refused(options_.directory, now_ns);
  }
  const bool is_first = std::exchange(is_first_look_, false);
  // A system call that finds nothing in nearly all cases.
  const bool has_more = is_first || (!has_records_ && SpoolDirectory::has(options_.directory, kRecords));
  const bool has_dropped =
      is_first || (look == Look::kForAll && SpoolDirectory::has(options_.directory, kDropped));
  if ((has_more || has_dropped) && open_directory()) {
    if (!paused_) open_paused(false, now_ns);
    if (has_dropped) count_dropped();
    // A file without valid entries is finished at once.
    while (open_next(now_ns)) {
      retire();
      static_cast<void>(open_directory());
    }
  }
  retire();
}

bool Spool::open_directory() {
  if (directory_) return true;
  auto opened = SpoolDirectory::open(options_.directory);
  if (!opened) {
    complain(opened.error());
    return false;
  }
  directory_ = std::move(*opened);
  return directory_.has_value();
}

/// Opens the file of an earlier daemon, or creates one.
void Spool::open_paused(bool is_made, std::int64_t now_ns) {
  auto input = is_made ? directory_->make(kPaused) : directory_->input(kPaused);
  if (!input) return complain(input.error());
  if (!*input) return;
  paused_.emplace(std::move(**input), options_.line_bytes);
  read_on(*paused_, true, now_ns);
}

bool Spool::defer(std::string_view text, const SpoolFile::Line& line, unsigned deaths) {
  if (text.size() > options_.line_bytes) return false;
  if (!paused_) {
    SpoolDirectory::make_directory(options_.directory);
    if (!open_directory()) return false;
    open_paused(true, line.time_ns);
  }
  return paused_ && paused_->append(text, line, deaths, kMostPausedBytes);
}

void Spool::read_on(std::int64_t now_ns) {
  for (SpoolFile& file : files_) read_on(file, !has_records_ || &file != &files_.back(), now_ns);
}

void Spool::read_on(SpoolFile& file, bool is_renamed, std::int64_t now_ns) {
  static_cast<void>(file.read_on([&](std::string_view line) { return judge(line, now_ns); }, is_renamed));
}

/// Whether there was another file.
bool Spool::open_next(std::int64_t now_ns) {
  if (!directory_ || has_records_) return false;
  // The file that a daemon died over comes first.
  if (files_.empty()) {
    auto left = directory_->input(kTaken);
    if (!left) return complain(left.error()), false;
    if (!*left || (*left)->identity != done_with_) done_with_.reset();
    if (*left && !done_with_) {
      if (!add_file(std::move(**left))) return false;
      read_on(files_.back(), true, now_ns);
      return true;
    }
  }
  auto records = directory_->input(kRecords);
  if (!records) return complain(records.error()), false;
  if (!*records || (*records)->size == 0 || !add_file(std::move(**records))) return false;
  has_records_ = true;
  rename_records();
  read_on(files_.back(), !has_records_, now_ns);
  return true;
}

/// Gives the last file the name `taken`, unless another file with waiting records has it.
void Spool::rename_records() {
  if (!has_records_) return;
  if (std::any_of(files_.begin(), files_.end() - 1, [](const SpoolFile& file) { return file.has_lines(); }))
    return;
  const auto is_renamed = directory_->rename(kRecords, kTaken, files_.back().identity());
  if (!is_renamed) return complain(is_renamed.error());
  // If the name refers to another file, no hook opens this one.
  has_records_ = false;
  if (*is_renamed) done_with_.reset();
}

/// False: too many files have waiting records.
bool Spool::add_file(SpoolInput input) {
  if (files_.size() >= kMostHeld) {
    const auto idle =
        std::find_if(files_.begin(), files_.end(), [](const SpoolFile& file) { return !file.has_lines(); });
    if (idle == files_.end()) return false;
    files_.erase(idle);
    ++tally_.dropped;
  }
  files_.emplace_back(std::move(input), options_.line_bytes);
  return true;
}

void Spool::count_dropped() {
  auto dropped = directory_->input(kDroppedTaken);
  if (dropped && !*dropped) {
    dropped = directory_->input(kDropped);
    if (dropped && *dropped) {
      const auto is_renamed = directory_->rename(kDropped, kDroppedTaken, (*dropped)->identity);
      if (!is_renamed) return complain(is_renamed.error());
      if (!*is_renamed) return;
    }
  }
  if (!dropped) return complain(dropped.error());
  // The file has one byte per dropped record; a hook may still be writing one.
  if (!*dropped || !is_left_by_writers((*dropped)->fd)) return;
  const auto all = directory_->input(kDroppedTaken);
  if (!all || !*all) return;
  // A file that remains would be counted again.
  if (const auto removed = directory_->remove(kDroppedTaken, (*all)->identity); !removed)
    return complain(removed.error());
  tally_.dropped += (*all)->size;
}

std::optional<SpoolFile::Line> Spool::judge(std::string_view line, std::int64_t now_ns) {
  if (!record_.read(line)) {
    ++tally_.torn;
    return std::nullopt;
  }
  // An entry without a time is as old as possible without being too old.
  const std::int64_t time_ns = record_.time_ns().value_or(now_ns - options_.max_age_ns);
  if (time_ns < now_ns - options_.max_age_ns) {
    ++tally_.too_old;
    return std::nullopt;
  }
  has_found_ = true;
  // Of a clock that was set back, the last search says nothing.
  const std::int64_t earliest_ns = looked_ns_ <= now_ns ? looked_ns_ + 1 : INT64_MIN;
  return SpoolFile::Line{std::max(time_ns, earliest_ns), group_of(record_.channel())};
}

Spool::Progress Spool::take_in(std::int64_t until_ns, std::int64_t now_ns, std::size_t most) {
  const std::size_t before = most;
  for (SpoolFile& file : files_) {
    const Progress progress = take_in(file, until_ns, now_ns, most);
    if (progress != Progress::kDone) return progress;
  }
  // Removes the completed files.
  if (most != before && !is_waiting()) scan(Look::kForRecords, now_ns);
  return Progress::kDone;
}

Spool::Progress Spool::take_in(SpoolFile& file, std::int64_t until_ns, std::int64_t now_ns,
                               std::size_t& most) {
  while (const auto line = file.find(until_ns)) {
    if (most == 0) return Progress::kMore;
    const bool is_paused = paused_ && paused_->groups().count(file.line(*line).group) > 0;
    const Handed handed = is_paused ? Handed::kPaused : hand_over(file, *line, now_ns);
    if (handed == Handed::kBusy) return Progress::kBusy;
    if (handed == Handed::kPaused) put_back(file, *line);
    drop(file, *line);
    --most;
  }
  return Progress::kDone;
}

Spool::Progress Spool::take_in_paused(std::int64_t now_ns, std::size_t most) {
  if (!paused_) return Progress::kDone;
  std::vector<std::size_t> refused;
  while (const auto line = paused_->find(kEver, refused)) {
    if (most == 0) return Progress::kMore;
    const Handed handed = hand_over(*paused_, *line, now_ns);
    if (handed == Handed::kBusy) return Progress::kBusy;
    if (handed == Handed::kPaused) {
      refused.push_back(paused_->line(*line).group);
      continue;
    }
    drop(*paused_, *line);
    --most;
  }
  return Progress::kDone;
}

void Spool::drop(SpoolFile& file, std::size_t line) {
  if (file.drop(line)) return;
  complain(atm::call_failed("cannot mark processed entries in the spool " + options_.directory +
                            "; the next daemon may ingest them again"));
}

/// A record that is not first in its file must not delay those behind it.
void Spool::put_back(SpoolFile& file, std::size_t line) {
  const auto text = file.text_of(line);
  const bool is_kept = text && defer(*text, file.line(line), file.deaths(line));
  ++(is_kept ? tally_.paused : tally_.dropped);
}

Spool::Handed Spool::hand_over(SpoolFile& file, std::size_t line, std::int64_t now_ns) {
  const auto text = file.text_of(line);
  if (!text || !record_.read(*text)) {
    ++tally_.torn;  // it was valid before: another process has overwritten it
    return Handed::kDone;
  }
  if (file.deaths(line) >= SpoolFile::kMostDeaths) {
    set_aside(*text, now_ns);
    return Handed::kDone;
  }
  file.begin_try(line);
  const Status status = hand_(record_);
  if (status == Status::kBusy || status == Status::kClosed || status == Status::kPaused) {
    file.take_back_try(line);
    return status == Status::kPaused ? Handed::kPaused : Handed::kBusy;
  }
  ++(status == Status::kOk || status == Status::kSkip ? tally_.records : tally_.refused);
  return Handed::kDone;
}

void Spool::set_aside(std::string_view text, std::int64_t now_ns) {
  ++tally_.set_aside;
  std::string message = "a record of channel '" + std::string(record_.channel()) + "' in " +
                        options_.directory + " ended two daemons while it was parsed; ";
  const auto path =
      directory_ ? directory_->set_aside(text, now_ns) : atm::Error{atm::ErrorCode::kIo, "no directory"};
  message += path ? "it is set aside in " + *path + ", send it to the author of the plugin"
                  : "it is lost: " + path.error().message;
  problems_.push_back(std::move(message));
}

bool Spool::is_waiting() const noexcept {
  return std::any_of(files_.begin(), files_.end(), [](const SpoolFile& file) { return file.has_lines(); });
}

std::int64_t Spool::earliest_ns() const noexcept {
  std::int64_t earliest = kEver;
  for (const SpoolFile& file : files_) earliest = std::min(earliest, file.earliest_ns());
  return earliest;
}

void Spool::add_paused_groups(std::set<std::size_t>& groups) const {
  if (!paused_) return;
  for (const auto& [group, lines] : paused_->groups()) groups.insert(group);
}

void Spool::retire() {
  std::erase_if(files_, [&](const SpoolFile& file) {
    if (file.has_lines() || !file.is_complete()) return false;
    if (const auto removed = directory_->remove(kTaken, file.identity()); !removed) {
      complain(removed.error());
      done_with_ = file.identity();
    }
    return true;
  });
  if (paused_ && !paused_->has_lines()) {
    if (const auto removed = directory_->remove(kPaused, paused_->identity()); !removed)
      complain(removed.error());
    paused_.reset();
  }
  // Another daemon may lock it.
  if (!is_held()) directory_.reset();
}

void Spool::complain(const atm::Error& error) {
  if (known_problems_.insert(error.message).second) problems_.push_back(error.message);
}

}  // namespace unix_socket
