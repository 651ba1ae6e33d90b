// SPDX-License-Identifier: MIT
#include "ingest/ingest.hpp"

#include <algorithm>
#include <set>
#include <string_view>

namespace unix_socket {

using atm::Status;
using Decision = IngestQueue::Decision;

namespace {

constexpr std::size_t kSlice = 512;  // entries per iteration
constexpr std::int64_t kLongestLead = 3'600'000'000'000;
constexpr std::int64_t kSecond = 1'000'000'000;
// Clients do not wait forever for a registry that accepts nothing.
constexpr std::int64_t kLongestStart = 10 * kSecond;
// A lack of descriptors must not delay the spool forever.
constexpr std::int64_t kLongestSearch = kSecond;
// A refused hook may write a moment later; a stopped one, at any time.
constexpr std::int64_t kSecondSearch = kSecond;
constexpr std::int64_t kLaterSearches = 30 * kSecond;

std::int64_t as_attribute(std::uint64_t count) {
  return static_cast<std::int64_t>(std::min<std::uint64_t>(count, INT64_MAX));
}

}  // namespace

void Ingest::add_spool(Spool::Options options) {
  directories_.emplace_back(std::move(options),
                            [this](const SpoolRecord& record) { return hand_over(record); });
}

std::optional<Status> Ingest::submit(Sender sender, const atm_record& record, atm::ErrorBuffer& error) {
  if (!queue_.is_free_for(record.time_ns)) {
    const std::string_view channel = atm::to_view(record.channel);
    for (;;) {
      const Decision decision = queue_.ask(sender, record.time_ns, channel, host_.monotonic_ns());
      if (decision == Decision::kGo) break;
      if (decision == Decision::kKeep) return Status::kPaused;
      if (decision != Decision::kSpoolFirst) return wait_or_refuse(decision);
      if (hand_over_entries(SIZE_MAX) == Spool::Progress::kBusy)
        return wait_or_refuse(queue_.busy(sender, host_.monotonic_ns()));
    }
  }
  const Status status = host_.ingest(record, error);
  if (status == Status::kBusy) return wait_or_refuse(queue_.busy(sender, host_.monotonic_ns()));
  if (status == Status::kPaused) queue_.paused(host_.monotonic_ns());
  if (!queue_.is_empty()) queue_.taken(host_.monotonic_ns());
  return status;
}

bool Ingest::may_wait(Sender sender) {
  return !wait_or_refuse(queue_.busy(sender, host_.monotonic_ns()));
}

std::optional<Status> Ingest::wait_or_refuse(Decision decision) {
  counters_.add(Counter::kBackpressureWaits, queue_.take_waits());
  if (decision == Decision::kRefuse) return Status::kBusy;
  plan_();
  return std::nullopt;
}

void Ingest::leave(Sender sender) noexcept {
  queue_.leave(sender);
  if (queue_.is_empty()) return;
  try {
    plan_();
  } catch (...) {  // out of memory; the server loop plans again after its next event
  }
}

bool Ingest::keep(const atm_record& record, std::string_view entry) {
  if (directories_.empty() || !owns_spools()) return false;
  const SpoolFile::Line line{record.time_ns, group_of(atm::to_view(record.channel))};
  const bool is_kept = directories_.front().spool.defer(entry, line);
  update_queue();
  return is_kept;
}

void Ingest::start(bool is_first) {
  if (directories_.empty()) return;
  static_cast<void>(look(Spool::Look::kForAll));
  admit();
  const std::int64_t now = host_.monotonic_ns();
  queue_.search_spool_at(now + IngestQueue::kSpoolDelayNs);
  if (!is_first) return;
  start_until_ns_ = now + kLongestStart;
  queue_.join_spool(IngestQueue::kNever, now);
}

bool Ingest::search_for_connections() {
  if (directories_.empty() || is_stopped_) return false;
  const bool has_found = look(Spool::Look::kForRecords);
  idle_searches_ = 0;
  queue_.search_spool_at(host_.monotonic_ns() + IngestQueue::kSpoolDelayNs);
  plan_();
  return has_found;
}

bool Ingest::search_all() {
  queue_.begin_search();
  static_cast<void>(look(Spool::Look::kForAll));
  return is_waiting();
}

void Ingest::searched(bool is_complete) {
  const std::int64_t now = host_.monotonic_ns();
  if (searching_since_ns_ == 0) searching_since_ns_ = now;
  if (!is_complete && now - searching_since_ns_ < kLongestSearch)
    return queue_.search_spool_at(now + IngestQueue::kSpoolDelayNs);
  searching_since_ns_ = 0;
  queue_.join_spool(looked_ns_, now);
  if (!queue_.is_spool_waiting()) schedule_search();
}

void Ingest::stop() {
  static_cast<void>(look(Spool::Look::kForRecords));
  admit();
  for (Directory& directory : directories_) directory.spool.stop_looking();
  is_stopped_ = true;
  start_until_ns_ = 0;
  queue_.begin_search();
  leave(IngestQueue::kSpool);
}

Ingest::Sender Ingest::advance() {
  const std::int64_t now = host_.monotonic_ns();
  const auto next = queue_.next(now);
  if (next == IngestQueue::kSpool) hand_over_slice();
  if (!queue_.is_spool_waiting() || now >= start_until_ns_) start_until_ns_ = 0;
  return next.value_or(IngestQueue::kSpool);
}

void Ingest::schedule_search() {
  if (is_stopped_) return;
  const bool is_held = std::any_of(directories_.begin(), directories_.end(),
                                   [](const Directory& one) { return one.spool.is_held(); });
  const bool is_soon = is_held || idle_searches_++ == 0;
  const std::int64_t pause = is_waiting() ? IngestQueue::kSpoolDelayNs
                             : is_soon    ? kSecondSearch
                                          : kLaterSearches;
  queue_.search_spool_at(host_.monotonic_ns() + pause);
}

void Ingest::hand_over_slice() {
  switch (hand_over_entries(kSlice)) {
    case Spool::Progress::kMore:
      return;
    case Spool::Progress::kBusy:
      return static_cast<void>(queue_.busy(IngestQueue::kSpool, host_.monotonic_ns()));
    case Spool::Progress::kDone:
      leave(IngestQueue::kSpool);
      schedule_search();
  }
}

Spool::Progress Ingest::hand_over_entries(std::size_t most) {
  if (!owns_spools()) return Spool::Progress::kDone;
  const std::int64_t now = host_.wall_ns();
  const bool is_offer = queue_.is_offer_due(host_.monotonic_ns());
  Spool::Progress progress = Spool::Progress::kDone;
  for (Directory& directory : directories_) {
    if (!directory.spool.is_held()) continue;
    if (is_offer) progress = directory.spool.take_in_paused(now, most);
    if (progress == Spool::Progress::kDone)
      progress = directory.spool.take_in(queue_.spool_until_ns(), now, most);
    account(directory);
    if (progress != Spool::Progress::kDone) break;
  }
  update_queue();
  return progress;
}

Status Ingest::hand_over(const SpoolRecord& record) {
  const std::int64_t now = host_.wall_ns();
  const std::int64_t reported = record.time_ns().value_or(now);
  const atm_record to_host{sizeof(atm_record),
                           0,
                           reported < now + kLongestLead ? reported : now,
                           atm::to_c(record.channel()),
                           atm::to_c(record.payload()),
                           record.attrs().begin(),
                           record.attrs().size()};
  atm::ErrorBuffer error;
  const Status status = host_.ingest(to_host, error);
  const std::int64_t then = host_.monotonic_ns();
  if (status == Status::kPaused) queue_.paused(then);
  if (status != Status::kBusy) {
    queue_.taken(then);
    is_pausing_ = false;
  } else if (!std::exchange(is_pausing_, true)) {
    counters_.add(Counter::kBackpressureWaits);
  }
  return status;
}

bool Ingest::is_waiting() const noexcept {
  return std::any_of(directories_.begin(), directories_.end(),
                     [](const Directory& one) { return one.spool.is_waiting(); });
}

bool Ingest::owns_spools() {
  if (is_owner_()) return true;
  queue_.set_earliest(IngestQueue::kNever);
  queue_.set_kept({});
  return false;
}

/// Whether entries became known.
bool Ingest::look(Spool::Look look) {
  if (!owns_spools()) return false;
  const std::int64_t now = host_.wall_ns();
  bool has_found = false;
  looked_ns_ = now;
  for (Directory& directory : directories_) {
    directory.spool.look(look, now);
    account(directory);
    has_found = directory.spool.take_found() || has_found;
  }
  update_queue();
  return has_found;
}

void Ingest::update_queue() {
  std::int64_t earliest_ns = IngestQueue::kNever;
  std::set<std::size_t> kept;
  for (const Directory& directory : directories_) {
    earliest_ns = std::min(earliest_ns, directory.spool.earliest_ns());
    directory.spool.add_paused_groups(kept);
  }
  queue_.set_earliest(earliest_ns);
  queue_.set_kept(std::move(kept));
  plan_();
}

void Ingest::account(Directory& directory) {
  const SpoolTally tally = directory.spool.tally();
  const auto count = [&](Counter counter, std::uint64_t now, std::uint64_t& unlogged) {
    if (now == 0) return;
    counters_.add(counter, now);
    unlogged += now;
  };
  count(Counter::kSpoolRecords, tally.records, directory.unlogged.records);
  count(Counter::kSpoolRefused, tally.refused, directory.unlogged.refused);
  count(Counter::kSpoolTorn, tally.torn, directory.unlogged.torn);
  count(Counter::kSpoolTooOld, tally.too_old, directory.unlogged.too_old);
  count(Counter::kSpoolDropped, tally.dropped, directory.unlogged.dropped);
  count(Counter::kSpoolSetAside, tally.set_aside, directory.unlogged.set_aside);
  counters_.add(Counter::kRecordsPaused, tally.paused);
  for (const std::string& problem : directory.spool.problems()) host_.log(atm::LogLevel::kWarn, problem);
  if (!directory.spool.is_waiting()) log_tally(directory);
}

void Ingest::log_tally(Directory& directory) {
  const SpoolTally all = std::exchange(directory.unlogged, {});
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
