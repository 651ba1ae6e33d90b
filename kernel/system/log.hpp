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

#include "kernel/system/clock.hpp"
#include "kernel/system/log_writer.hpp"

namespace atm::kernel {

enum class LogLevel : std::uint8_t { kDebug, kInfo, kWarn, kError };

/// "debug", "info", "warn", "error"; nothing for any other text.
[[nodiscard]] std::optional<LogLevel> parse_log_level(std::string_view word);

/// One key=value pair of a line.
struct LogField {
  LogField(std::string_view k, std::string_view v) : key(k), value(v) {}
  LogField(std::string_view k, std::integral auto v) : key(k), value(std::to_string(v)) {}
  std::string key;
  std::string value;
};

struct LogOptions {
  LogLevel level = LogLevel::kInfo;
  bool is_journal = false;        ///< "<6>text" for journald instead of time and level
  LogWriter::Output output = {};  ///< empty: standard error
  std::uint32_t burst = 200;      ///< lines that one source may write at once
  std::uint32_t per_second = 20;  ///< rate after the burst
};

/// Whether standard error goes to the journal (JOURNAL_STREAM names this stream).
[[nodiscard]] bool stderr_is_journal();

/// The daemon's log: one line per change of state, fields before the text. Each source (the kernel, each plugin) has
/// its own rate limit. Lines over the limit are counted, and the next line contains the count. A blocked output delays
/// no caller: see LogWriter.
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

  /// Waits until all lines are written. Returns false after `limit`. [any]
  bool flush(std::chrono::milliseconds limit);
  /// Calls flush(); drops later lines. [main]
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
