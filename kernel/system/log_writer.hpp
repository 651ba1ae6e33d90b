// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string_view>
#include <thread>

namespace atm::kernel {

/// Writes lines on its own thread behind a bounded queue, so that a blocked output blocks only this thread.
class LogWriter final {
 public:
  static constexpr std::size_t kMaxLines = 1'024;  ///< in the queue
  /// Writes one line with its newline; may block. Returns false if the line is lost. [log]
  using Output = std::function<bool(std::string_view line)>;

  /// Throws ThreadError.
  explicit LogWriter(Output output);
  ~LogWriter();
  LogWriter(const LogWriter&) = delete;
  LogWriter& operator=(const LogWriter&) = delete;

  /// Queues `head` + `text` + newline. A full queue drops the line; the next queued line has `dropped=N ` between head
  /// and text. Usually the line is written before the return, so that a crash loses none. The first line for which an
  /// output blocks takes 50 ms, later ones no time. [any]
  void push(std::string_view head, std::string_view text);
  /// Waits until all queued lines are written. Returns false after `limit`. [any]
  bool flush(std::chrono::milliseconds limit);
  /// Calls flush(); drops later lines. If the output still blocks, its thread remains and ends with the process.
  /// Idempotent. [main]
  void close(std::chrono::milliseconds limit);

 private:
  struct State;

  std::shared_ptr<State> state_;
  std::thread thread_;
};

/// The output for a descriptor. It sets no file status flag, because other processes share the open file.
[[nodiscard]] LogWriter::Output write_to(int fd);

}  // namespace atm::kernel
