// SPDX-License-Identifier: MIT
#include "sources/transcripts.hpp"

#include <iterator>
#include <utility>

#include "sources/transcript_place.hpp"

namespace claude_code {

namespace json = atm::json;

void Transcripts::take(const atm_event& event) {
  const std::string_view session = atm::to_view(event.session);
  switch (event.kind) {
    case ATM_EVENT_GAP:
      is_after_gap_ = true;
      return;
    case ATM_EVENT_SNAPSHOT_BEGIN:
      return in_snapshot_.clear();
    case ATM_EVENT_SNAPSHOT_ITEM: {  // sessions that began before this subscription, or in a gap of it
      in_snapshot_.emplace(session);
      const json::Value* told = reader_.parse(atm::to_view(event.json));
      const json::Value* status = told == nullptr ? nullptr : json::get_object(*told, "status");
      if (status == nullptr || json::get_string(*status, "status") == "ended") return;
      return follow(session, std::string(json::get_string(*told, "transcript_path").value_or("")), true);
    }
    case ATM_EVENT_SNAPSHOT_END:
      return end_snapshot();
    case ATM_EVENT_SESSION_REMOVED:
      if (const auto it = followed_.find(session); it != followed_.end()) followed_.erase(it);
      return report_count();
    case ATM_EVENT_ACTIVITY: {
      const json::Value* told = reader_.parse(atm::to_view(event.json));
      const json::Value* attrs = told == nullptr ? nullptr : json::get_object(*told, "attrs");
      if (attrs == nullptr) return;
      return follow(session, std::string(json::get_string(*attrs, "transcript_path").value_or("")), true);
    }
    default:
      return;
  }
}

void Transcripts::settle(const std::vector<SessionFileIndex::Entry>& sessions) {
  std::set<std::string_view> in_registry;
  for (const SessionFileIndex::Entry& entry : sessions) {
    const SessionEntry& parsed = entry.parsed;
    in_registry.insert(parsed.session);
    if (followed_.count(parsed.session) == 0)
      follow(parsed.session, find_transcript(entry.config_dir, parsed.cwd, parsed.session), false);
  }
  for (auto it = followed_.begin(); it != followed_.end();) {
    const bool is_over = !it->second.is_named && in_registry.count(it->first) == 0;
    it = is_over ? followed_.erase(it) : std::next(it);
  }
  report_count();
}

void Transcripts::clear() {
  followed_.clear();
  report_count();
}

void Transcripts::follow(std::string_view session, std::string path, bool is_named) {
  if (!is_transcript_path(path)) return;
  const auto it = followed_.find(session);
  if (it != followed_.end() && it->second.tail->path() == path) {
    it->second.is_named = it->second.is_named || is_named;
    return;
  }
  auto tail = std::make_unique<TranscriptTail>(host_, std::string(session), std::move(path));
  if (tail->open() != atm::Status::kOk) return host_.count("transcripts_refused");
  followed_.insert_or_assign(std::string(session), Followed{std::move(tail), is_named});
  report_count();
}

void Transcripts::end_snapshot() {
  // The first one may be older than what was found in files meanwhile; only a gap can have hidden removals.
  if (!std::exchange(is_after_gap_, false)) return;
  for (auto it = followed_.begin(); it != followed_.end();)
    it = in_snapshot_.count(it->first) == 0 ? followed_.erase(it) : std::next(it);
  report_count();
}

void Transcripts::report_count() const {
  host_.gauge("transcripts_followed", static_cast<std::int64_t>(followed_.size()));
}

}  // namespace claude_code
