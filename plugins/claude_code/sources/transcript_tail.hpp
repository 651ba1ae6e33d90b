// SPDX-License-Identifier: MIT
#pragma once

#include <atm/plugin/files.hpp>
#include <cstdint>
#include <string>
#include <string_view>

namespace claude_code {

/// Whether the parser may use this line: records of user, assistant and system. The rest, half of a transcript, is not
/// worth parsing. May return false positives.
[[nodiscard]] bool may_matter(std::string_view line) noexcept;

/// Follows the transcript of one session: its last part, and appended lines.
class TranscriptTail final : public atm::FileFollower {
 public:
  static constexpr std::string_view kChannel = "claude_code/transcript";
  static constexpr std::uint64_t kTailBytes = 256 * 1024;
  static constexpr std::uint64_t kMaxLineBytes = 256 * 1024;

  TranscriptTail(const atm::Host& host, std::string session, std::string path);
  ~TranscriptTail() override;
  TranscriptTail(const TranscriptTail&) = delete;
  TranscriptTail& operator=(const TranscriptTail&) = delete;

  /// Starts; the file need not exist.
  atm::Status open();
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

  atm::Status on_line(std::uint64_t follow, const atm_file_line& line) override;
  void on_event(std::uint64_t follow, atm::FileEvent event) override;

 private:
  const atm::Host host_;
  const atm::Files files_;
  const std::string session_;
  const std::string path_;
  std::uint64_t follow_ = 0;
};

}  // namespace claude_code
