// SPDX-License-Identifier: MIT
#include "sources/transcript_tail.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace claude_code {

using atm::Status;

bool may_matter(std::string_view line) noexcept {
  // With their quotes, so that spaces between key and value do not matter.
  constexpr std::array<std::string_view, 3> kTypes = {"\"user\"", "\"assistant\"", "\"system\""};
  return std::any_of(kTypes.begin(), kTypes.end(),
                     [&](std::string_view type) { return line.find(type) != std::string_view::npos; });
}

TranscriptTail::TranscriptTail(const atm::Host& host, std::string session, std::string path)
    : host_(host), files_(host), session_(std::move(session)), path_(std::move(path)) {}

TranscriptTail::~TranscriptTail() {
  if (follow_ != 0) static_cast<void>(files_.close(follow_));
}

Status TranscriptTail::open() {
  return files_.follow(path_, atm::FileStart::kTail, kTailBytes, kMaxLineBytes, *this, follow_);
}

Status TranscriptTail::on_line(std::uint64_t /*follow*/, const atm_file_line& line) {
  const std::string_view text = atm::to_view(line.text);
  if (!may_matter(text)) return host_.count("lines_passed_over"), Status::kOk;
  const atm_attr context = atm::attr("session", std::string_view(session_));
  const atm_record record{sizeof(atm_record), 0, host_.wall_ns(), atm::to_c(kChannel), line.text,
                          &context,           1};
  atm::ErrorBuffer error;
  const Status status = host_.ingest(record, error);
  if (status == Status::kBusy || status == Status::kPaused) return Status::kBusy;
  host_.count(status == Status::kOk || status == Status::kSkip ? "lines" : "records_refused");
  return Status::kOk;
}

void TranscriptTail::on_event(std::uint64_t /*follow*/, atm::FileEvent event) {
  if (event == atm::FileEvent::kLineSkipped) host_.count("lines_passed_over");
}

}  // namespace claude_code
