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

/// Watches `<config>/sessions`, where each running client keeps `<pid>.json`, and hands over what it says of
/// processes that live. The file beside it, `<pid>.<hash>.key`, is a secret: only names of digits are opened.
///
/// The client writes in place, so what was read may be half old and half new: it is read again. A file may
/// have been left behind by SIGKILL: its process is dead, or another has its pid; it is no evidence. The process
/// may also be in a PID namespace that cannot be seen from here; then the file is all there is.
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

  /// Begin; the directory need not exist.
  atm::Status open();

  /// Says again what the entries say whose process nobody here sees: they are still there. [any]
  void repeat() const;

  atm::Status on_file(std::uint64_t watch, const atm_file_change& news) override;

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
  std::map<std::string, int, std::less<>> tries_;  ///< how often one that was torn was asked for again
};

}  // namespace claude_code
