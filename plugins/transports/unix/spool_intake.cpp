// SPDX-License-Identifier: MIT
#include "spool_intake.hpp"

#include <algorithm>
#include <utility>

namespace unix_socket {

using atm::Status;

namespace {

constexpr std::size_t kSlice = 512;  // records per iteration
constexpr std::int64_t kHour = 3'600'000'000'000;

std::int64_t as_attribute(std::uint64_t count) {
  return static_cast<std::int64_t>(std::min<std::uint64_t>(count, INT64_MAX));
}

}  // namespace

void SpoolIntake::add(Spool::Options options) {
  directories_.emplace_back(std::move(options),
                            [this](const SpoolRecord& record) { return hand_over(record); });
}

void SpoolIntake::look(Spool::Look look) {
  if (!is_owner_()) return;
  const std::int64_t now = host_.wall_ns();
  for (Directory& directory : directories_) {
    directory.spool.look(look, now);
    account(directory);
  }
}

std::int64_t SpoolIntake::find_all() {
  std::int64_t latest = host_.wall_ns();
  look(Spool::Look::kForAll);
  for (const Directory& directory : directories_) latest = std::max(latest, directory.spool.latest_ns());
  return latest;
}

void SpoolIntake::look_last() {
  look(Spool::Look::kForRecords);
  for (Directory& directory : directories_) directory.spool.stop_looking();
}

Spool::Progress SpoolIntake::take_in(std::int64_t until_ns) {
  if (!is_owner_()) return Spool::Progress::kDone;
  const std::int64_t now = host_.wall_ns();
  for (Directory& directory : directories_) {
    if (!directory.spool.is_held()) continue;
    const Spool::Progress progress = directory.spool.take_in(until_ns, now, kSlice);
    account(directory);
    if (progress != Spool::Progress::kDone) return progress;
  }
  return Spool::Progress::kDone;
}

Status SpoolIntake::hand_over(const SpoolRecord& record) {
  const std::int64_t now = host_.wall_ns();
  const std::int64_t reported = record.time_ns().value_or(now);
  const atm_record to_host{sizeof(atm_record),
                           0,
                           reported < now + kHour ? reported : now,
                           atm::to_c(record.channel()),
                           atm::to_c(record.payload()),
                           record.attrs().begin(),
                           record.attrs().size()};
  atm::ErrorBuffer error;
  const Status status = host_.ingest(to_host, error);
  if (status != Status::kBusy) {
    last_taken_ns_ = host_.monotonic_ns();
    is_pausing_ = false;
  } else if (!std::exchange(is_pausing_, true)) {
    counters_.add(Counter::kBackpressureWaits);
  }
  return status;
}

bool SpoolIntake::is_clear_for(std::int64_t time_ns) {
  if (!is_held()) return true;
  Spool::Progress progress = Spool::Progress::kMore;
  while (progress == Spool::Progress::kMore) progress = take_in(time_ns);
  return progress == Spool::Progress::kDone;
}

bool SpoolIntake::defer(std::string_view text, std::string_view channel, std::int64_t time_ns) {
  if (!is_used() || !is_owner_() || !directories_.front().spool.defer(text, {time_ns, group_of(channel)}))
    return false;
  told_paused_();
  return true;
}

bool SpoolIntake::is_paused(std::string_view channel) const noexcept {
  const std::size_t group = group_of(channel);
  return std::any_of(directories_.begin(), directories_.end(),
                     [group](const Directory& directory) { return directory.spool.is_paused(group); });
}

bool SpoolIntake::is_paused() const noexcept {
  return std::any_of(directories_.begin(), directories_.end(),
                     [](const Directory& directory) { return directory.spool.is_paused(); });
}

void SpoolIntake::take_in_paused() {
  if (!is_paused() || !is_owner_()) return;
  const std::int64_t now = host_.wall_ns();
  for (Directory& directory : directories_) {
    directory.spool.take_in_paused(now, kSlice);
    account(directory);
  }
}

bool SpoolIntake::is_held() const noexcept {
  return std::any_of(directories_.begin(), directories_.end(),
                     [](const Directory& directory) { return directory.spool.is_held(); });
}

bool SpoolIntake::is_waiting() const noexcept {
  return std::any_of(directories_.begin(), directories_.end(),
                     [](const Directory& directory) { return directory.spool.is_waiting(); });
}

void SpoolIntake::account(Directory& directory) {
  const SpoolTally tally = directory.spool.tally();
  const auto count = [&](Counter counter, std::uint64_t now, std::uint64_t& untold) {
    if (now == 0) return;
    counters_.add(counter, now);
    untold += now;
  };
  count(Counter::kSpoolRecords, tally.records, directory.untold.records);
  count(Counter::kSpoolRefused, tally.refused, directory.untold.refused);
  count(Counter::kSpoolTorn, tally.torn, directory.untold.torn);
  count(Counter::kSpoolTooOld, tally.too_old, directory.untold.too_old);
  count(Counter::kSpoolDropped, tally.dropped, directory.untold.dropped);
  count(Counter::kSpoolSetAside, tally.set_aside, directory.untold.set_aside);
  counters_.add(Counter::kRecordsPaused, tally.paused);
  if (tally.paused > 0) told_paused_();
  for (const std::string& problem : directory.spool.problems()) host_.log(atm::LogLevel::kWarn, problem);
  if (!directory.spool.is_waiting()) tell(directory);
}

void SpoolIntake::tell(Directory& directory) {
  const SpoolTally all = std::exchange(directory.untold, {});
  if (all == SpoolTally{}) return;
  const bool is_whole = all.refused + all.torn + all.too_old + all.dropped + all.set_aside == 0;
  host_.log(
      is_whole ? atm::LogLevel::kInfo : atm::LogLevel::kWarn,
      is_whole ? "ingested records from the spool" : "ingested records from the spool; some records are lost",
      {atm::attr("directory", std::string_view(directory.spool.directory())),
       atm::attr("records", as_attribute(all.records)), atm::attr("refused", as_attribute(all.refused)),
       atm::attr("torn", as_attribute(all.torn)), atm::attr("too_old", as_attribute(all.too_old)),
       atm::attr("dropped", as_attribute(all.dropped)), atm::attr("set_aside", as_attribute(all.set_aside))});
}

}  // namespace unix_socket
