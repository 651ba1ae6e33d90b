// SPDX-License-Identifier: MIT
#pragma once

#include <atm/json.hpp>
#include <atm/plugin/host.hpp>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "sources/session_file_index.hpp"
#include "sources/transcript_tail.hpp"

namespace claude_code {

/// Decides which transcripts are followed: those that a SessionStart hook names, until the session is removed, and
/// those of sessions with a session file, while it exists. Of one thread.
class Transcripts final {
 public:
  explicit Transcripts(const atm::Host& host) : host_(host) {}

  /// Handles an event of a subscription to session.started.
  void take(const atm_event& event);
  /// Sets the sessions that have a session file now.
  void settle(const std::vector<SessionFileIndex::Entry>& sessions);
  /// Follows nothing.
  void clear();

 private:
  struct Followed {
    std::unique_ptr<TranscriptTail> tail;
    bool is_named = false;  ///< by a hook; otherwise found in the directory
  };

  void follow(std::string_view session, std::string path, bool is_named);
  void end_snapshot();
  void report_count() const;

  const atm::Host host_;
  atm::json::Reader reader_;
  std::map<std::string, Followed, std::less<>> followed_;
  std::set<std::string, std::less<>> in_snapshot_;
  bool is_after_gap_ = false;
};

}  // namespace claude_code
