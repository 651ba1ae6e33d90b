// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/runtime/clock.hpp"
#include "kernel/runtime/log_writer.hpp"

namespace atm::kernel {

enum class LogLevel : std::uint8_t { kDebug, kInfo, kWarn, kError };

/// "debug", "info", "warn", "error"; nothing for another word.
[[nodiscard]] std::optional<LogLevel> parse_log_level(std::string_view word);

/// One key=value of a line.
struct LogField {
  LogField(std::string_view k, std::string_view v) : key(k), value(v) {}
  LogField(std::string_view k, std::integral auto v) : key(k), value(std::to_string(v)) {}
  std::string key;
  std::string value;
};

struct LogOptions {
  LogLevel level = LogLevel::kInfo;
  bool is_journal = false;        ///< "<6>text" for journald instead of a time and a level word
  LogWriter::Output output = {};  ///< empty: standard error
  std::uint32_t burst = 200;      ///< lines one source may write at once
  std::uint32_t per_second = 20;  ///< and after that
};

/// Whether standard error goes to the journal (JOURNAL_STREAM names this very stream).
[[nodiscard]] bool stderr_is_journal();

/// The daemon's log: one line a change of state, fields before the text. Each source (the kernel, each
/// plugin) has a rate of its own; what is over it is counted and the count written with the next line. A reader that
/// does not read delays nobody: see LogWriter.
class Log final {
 public:
  static constexpr std::size_t kMaxLineBytes = 4096;

  /// Throws ThreadError.
  Log(const Clock& clock, const LogOptions& options);
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  /// `source` is a plugin's id and becomes plugin=...; empty for the kernel. [any]
  void write(LogLevel level, std::string_view source, std::string_view text,
             const std::vector<LogField>& fields);

  /// Waits until all lines are written. False: `limit` has passed. [any]
  bool flush(std::chrono::milliseconds limit);
  /// flush(); later lines are dropped. [main]
  void close(std::chrono::milliseconds limit);

  void debug(std::string_view text, const std::vector<LogField>& fields = {}) {
    write(LogLevel::kDebug, {}, text, fields);
  }
  void info(std::string_view text, const std::vector<LogField>& fields = {}) {
    write(LogLevel::kInfo, {}, text, fields);
  }
  void warn(std::string_view text, const std::vector<LogField>& fields = {}) {
    write(LogLevel::kWarn, {}, text, fields);
  }
  void error(std::string_view text, const std::vector<LogField>& fields = {}) {
    write(LogLevel::kError, {}, text, fields);
  }

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace atm::kernel
