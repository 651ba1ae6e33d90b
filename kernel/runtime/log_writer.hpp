// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string_view>
#include <thread>

namespace atm::kernel {

/// Writes lines on its own thread, behind a bounded queue: an output that blocks stops this thread and no other.
class LogWriter final {
 public:
  static constexpr std::size_t kMaxLines = 1'024;  ///< in the queue
  /// Writes one line with its newline; may block. False: the line is lost. [log]
  using Output = std::function<bool(std::string_view line)>;

  /// Throws ThreadError.
  explicit LogWriter(Output output);
  ~LogWriter();
  LogWriter(const LogWriter&) = delete;
  LogWriter& operator=(const LogWriter&) = delete;

  /// Queues `head` + `text` + newline. A full queue drops the line and counts it; the next line that is queued
  /// has `dropped=N ` between head and text. As a rule the line is written at the return, so that a crash loses none; the
  /// first line that an output blocks for takes 50 ms, those behind it no time. [any]
  void push(std::string_view head, std::string_view text);
  /// Waits until all queued lines are written. False: `limit` has passed. [any]
  bool flush(std::chrono::milliseconds limit);
  /// flush(); later lines are dropped. When the output still blocks, its thread stays behind and ends with the process.
  /// Idempotent. [main]
  void close(std::chrono::milliseconds limit);

 private:
  struct State;

  std::shared_ptr<State> state_;
  std::thread thread_;
};

/// The output of a log that goes to a descriptor. It sets no flag on it: other processes share the open file.
[[nodiscard]] LogWriter::Output write_to(int fd);

}  // namespace atm::kernel
