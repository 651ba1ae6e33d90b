// SPDX-License-Identifier: MIT
// The progress of a program that reads transcripts.
#pragma once

#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <cstdio>

namespace atm::cli {

/// Overwrites one line of standard error if that is a terminal, first after half a second.
class ReadingProgress final {
 public:
  explicit ReadingProgress(std::size_t files) : files_(files), is_shown_(isatty(STDERR_FILENO) == 1) {}
  ~ReadingProgress() {
    if (has_text_) std::fputs("\r\x1b[K", stderr);
  }
  ReadingProgress(const ReadingProgress&) = delete;
  ReadingProgress& operator=(const ReadingProgress&) = delete;

  void next_file() { ++file_; }
  void add(std::size_t bytes) {
    bytes_ += bytes;
    const auto now = std::chrono::steady_clock::now();
    if (!is_shown_ || now - last_ < std::chrono::milliseconds(500)) return;
    last_ = now;
    has_text_ = true;
    std::fprintf(stderr, "\rreading transcripts: %zu of %zu files, %zu MB\x1b[K", file_, files_,
                 bytes_ / 1'000'000);
  }

 private:
  std::size_t files_;
  std::size_t file_ = 0;
  std::size_t bytes_ = 0;
  bool is_shown_;
  bool has_text_ = false;
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

}  // namespace atm::cli
