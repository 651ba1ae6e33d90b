// SPDX-License-Identifier: MIT
#include "kernel/system/log.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atm/domain/timestamp.hpp>
#include <atm/domain/utf8.hpp>
#include <cstdlib>
#include <map>
#include <mutex>
#include <utility>

namespace atm::kernel {
namespace {

constexpr std::string_view kWords[] = {"debug", "info", "warn", "error"};
constexpr const char* kPriorities[] = {"<7>", "<6>", "<4>", "<3>"};
constexpr std::int64_t kSecondNs = 1'000'000'000;
constexpr std::size_t kMaxHeadBytes = 64;  // time, level, count of dropped lines

std::size_t index_of(LogLevel level) {
  return static_cast<std::size_t>(level);
}

// Always three decimals.
std::string utc_milliseconds(std::int64_t wall_ns) {
  using std::chrono::milliseconds;
  const Timestamp time{std::chrono::nanoseconds(wall_ns)};
  const auto second = std::chrono::floor<std::chrono::seconds>(time);
  std::string text = to_rfc3339(second);
  const auto ms = std::chrono::duration_cast<milliseconds>(time - second).count();
  text.back() = '.';
  return text.append(ms < 10 ? "00" : ms < 100 ? "0" : "").append(std::to_string(ms)) += 'Z';
}

// Escapes a text, so that a line of a plugin stays one line.
void append_escaped(std::string& line, std::string_view text) {
  constexpr char kHex[] = "0123456789abcdef";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\n') {
      line += "\\n";
    } else if (byte < 0x20 || byte == 0x7f) {
      line += {'\\', 'x', kHex[byte >> 4], kHex[byte & 15]};
    } else {
      line += c;
    }
  }
}

void append_field(std::string& line, std::string_view key, std::string_view value) {
  line.append(key) += '=';
  if (!value.empty() && value.find_first_of(" \"=\n\t") == std::string_view::npos) {
    append_escaped(line, value);
  } else {
    line += '"';
    for (const char c : value) {
      if (c == '"' || c == '\\') line += '\\';
      append_escaped(line, std::string_view(&c, 1));
    }
    line += '"';
  }
  line += ' ';
}

}  // namespace

struct Log::Impl {
  // A bucket of tokens, in billionths of a line.
  struct Allowance {
    std::int64_t tokens;
    std::int64_t at_ns;
    std::uint64_t suppressed = 0;
  };

  Impl(const Clock& c, const LogOptions& o)
      : clock(c), options(o), writer(o.output ? o.output : write_to(STDERR_FILENO)) {}

  [[nodiscard]] std::string head(LogLevel level) const {
    if (options.is_journal) return kPriorities[index_of(level)];
    return utc_milliseconds(clock.wall_ns()) + ' ' + std::string(kWords[index_of(level)]) + ' ';
  }

  // Returns nothing if the line exceeds the rate, else the number of lines dropped before it.
  std::optional<std::uint64_t> admit(std::string_view source) {
    const std::int64_t now = clock.monotonic_ns();
    const std::int64_t full = std::int64_t{options.burst} * kSecondNs;
    const std::lock_guard lock(mutex);
    const auto it = allowances.find(source);
    Allowance& a = it != allowances.end()
                       ? it->second
                       : allowances.emplace(std::string(source), Allowance{full, now}).first->second;
    const std::int64_t elapsed = std::min(now - a.at_ns, full);
    a.tokens = std::min(full, a.tokens + elapsed * options.per_second);
    a.at_ns = now;
    if (a.tokens < kSecondNs) {
      ++a.suppressed;
      return std::nullopt;
    }
    a.tokens -= kSecondNs;
    return std::exchange(a.suppressed, 0);
  }

  const Clock& clock;
  const LogOptions options;
  LogWriter writer;
  std::mutex mutex;
  std::map<std::string, Allowance, std::less<>> allowances;
};

std::optional<LogLevel> parse_log_level(std::string_view word) {
  const auto it = std::find(std::begin(kWords), std::end(kWords), word);
  if (it == std::end(kWords)) return std::nullopt;
  return static_cast<LogLevel>(it - std::begin(kWords));
}

bool stderr_is_journal() {
  const char* const stream = std::getenv("JOURNAL_STREAM");
  struct stat info {};
  if (stream == nullptr || ::fstat(STDERR_FILENO, &info) != 0) return false;
  return stream == std::to_string(info.st_dev) + ":" + std::to_string(info.st_ino);
}

Log::Log(const Clock& clock, const LogOptions& options) : impl_(std::make_unique<Impl>(clock, options)) {}
Log::~Log() = default;

void Log::write(LogLevel level, std::string_view source, std::string_view text,
                const std::vector<LogField>& fields) {
  if (level < impl_->options.level) return;
  const std::optional<std::uint64_t> suppressed = impl_->admit(source);
  if (!suppressed) return;
  std::string line;
  if (!source.empty()) append_field(line, "plugin", source);
  if (*suppressed > 0) append_field(line, "suppressed", std::to_string(*suppressed));
  for (const LogField& field : fields) append_field(line, field.key, field.value);
  append_escaped(line, text);
  if (!utf8_valid(line)) line = utf8_sanitize(line);
  impl_->writer.push(impl_->head(level), utf8_cut(line, kMaxLineBytes - kMaxHeadBytes));
}

bool Log::flush(std::chrono::milliseconds limit) {
  return impl_->writer.flush(limit);
}

void Log::close(std::chrono::milliseconds limit) {
  impl_->writer.close(limit);
}

}  // namespace atm::kernel
