// SPDX-License-Identifier: MIT
#pragma once

#include <atm/json.hpp>
#include <atm/plugin/files.hpp>
#include <atm/plugin/processes.hpp>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "sources/session_file_index.hpp"

namespace claude_code {

/// Watches `<config>/sessions`, where each agent process keeps `<pid>.json`, and hands over the files of live
/// processes. `<pid>.<hash>.key` beside it is a secret: only names of digits are opened.
///
/// Claude Code writes in place, so a torn file is read again. A file may outlive a killed process: if the process is
/// dead or the PID reused, the file is no evidence. A process in a PID namespace that is invisible here cannot be
/// checked; then the file is the only evidence.
class SessionDirectory final : public atm::DirectoryFollower {
 public:
  static constexpr std::string_view kChannel = "claude_code/session_file";
  static constexpr int kMaxTries = 8;
  static constexpr std::int64_t kFirstRetryNs = 20'000'000;  ///< then doubled: five seconds in all
  static constexpr std::int64_t kPausedRetryNs = 1'000'000'000;

  SessionDirectory(const atm::Host& host, SessionFileIndex& index, std::string config_dir);
  ~SessionDirectory() override;
  SessionDirectory(const SessionDirectory&) = delete;
  SessionDirectory& operator=(const SessionDirectory&) = delete;

  /// Starts; the directory need not exist.
  atm::Status open();

  /// Hands over the files of invisible processes again, because they still exist. [any]
  void repeat() const;

  atm::Status on_file(std::uint64_t watch, const atm_file_change& change) override;

 private:
  atm::Status changed(std::uint64_t watch, std::string_view name, std::string_view content);
  atm::Status gone(std::string_view name);
  void ask_again(std::uint64_t watch, std::string_view name);
  [[nodiscard]] atm::Status hand_over(std::string_view event, std::string_view content,
                                      const SessionEntry& entry, const Whereabouts& place) const;
  [[nodiscard]] std::string path_of(std::string_view name) const;

  const atm::Host host_;
  const atm::Files files_;
  const atm::Processes processes_;
  SessionFileIndex& index_;
  const std::string config_dir_;
  const std::string boot_id_;
  const PidDomain own_domain_;
  std::uint64_t watch_ = 0;

  // [watch]
  atm::json::Reader reader_;
  std::map<std::string, int, std::less<>> tries_;  ///< reads of each torn file
};

}  // namespace claude_code
