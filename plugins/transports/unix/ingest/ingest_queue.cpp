// SPDX-License-Identifier: MIT
#include "ingest/ingest_queue.hpp"

#include <algorithm>
#include <utility>

#include "ingest/spool_record.hpp"

namespace unix_socket {

namespace {
constexpr std::int64_t kNoEntry = std::numeric_limits<std::int64_t>::min();
}  // namespace

IngestQueue::Decision IngestQueue::ask(Sender sender, std::int64_t time_ns, std::string_view channel,
                                       std::int64_t now_ns) {
  const bool is_head = !waiting_.empty() && waiting_.front().sender == sender;
  if (!waiting_.empty() && !is_head) return wait(sender, known_ns_, now_ns);
  spool_until_ns_ = std::min(time_ns, is_head ? waiting_.front().until_ns : known_ns_);
  if (earliest_ns_ <= spool_until_ns_) return Decision::kSpoolFirst;
  if (kept_.empty() || kept_.count(group_of(channel)) == 0) return Decision::kGo;
  return is_offer_due(now_ns) ? Decision::kSpoolFirst : Decision::kKeep;
}

void IngestQueue::leave(Sender sender) noexcept {
  const Place place = place_of(sender);
  if (place == waiting_.end()) return;
  if (place == waiting_.begin()) retry_at_ns_ = 0;
  waiting_.erase(place);
}

IngestQueue::Decision IngestQueue::busy(Sender sender, std::int64_t now_ns) {
  const Decision decision = wait(sender, known_ns_, now_ns);
  if (waiting_.front().sender == sender) retry_at_ns_ = now_ns + kRetryNs;
  return decision;
}

IngestQueue::Decision IngestQueue::wait(Sender sender, std::int64_t until_ns, std::int64_t now_ns) {
  Place place = place_of(sender);
  if (place == waiting_.end()) {
    place = waiting_.insert(place, {sender, now_ns, until_ns});
    if (sender != kSpool) ++waits_;
  }
  const bool is_over = now_ns - std::max(place->since_ns, last_taken_ns_) >= busy_ns_;
  return is_over && sender != kSpool ? Decision::kRefuse : Decision::kWait;
}

void IngestQueue::search_spool_at(std::int64_t at_ns) noexcept {
  search_at_ns_ = std::min(search_at_ns_, at_ns);
}

void IngestQueue::join_spool(std::int64_t until_ns, std::int64_t now_ns) {
  if (earliest_ns_ != kNever && earliest_ns_ <= until_ns) wait(kSpool, until_ns, now_ns);
}

std::optional<IngestQueue::Sender> IngestQueue::next(std::int64_t now_ns) {
  if (is_offer_due(now_ns) && !is_spool_waiting()) wait(kSpool, kNoEntry, now_ns);
  if (waiting_.empty() || now_ns < retry_at_ns_) return std::nullopt;
  spool_until_ns_ = waiting_.front().until_ns;
  return waiting_.front().sender;
}

std::int64_t IngestQueue::next_ns() const noexcept {
  if (is_spool_waiting()) return retry_at_ns_;
  const std::int64_t at_ns = std::min(search_at_ns_, kept_.empty() ? kNever : offer_at_ns_);
  return waiting_.empty() ? at_ns : std::min(at_ns, retry_at_ns_);
}

bool IngestQueue::is_spool_waiting() const noexcept {
  return place_of(kSpool) != waiting_.end();
}

std::uint64_t IngestQueue::take_waits() noexcept {
  return std::exchange(waits_, 0);
}

IngestQueue::Place IngestQueue::place_of(Sender sender) const noexcept {
  return std::find_if(waiting_.begin(), waiting_.end(),
                      [sender](const Waiting& one) { return one.sender == sender; });
}

}  // namespace unix_socket
