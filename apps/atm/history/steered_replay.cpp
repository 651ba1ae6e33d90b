// SPDX-License-Identifier: MIT
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atm/domain/timestamp.hpp>
#include <atm/protocol/daemon_message.hpp>
#include <cerrno>
#include <chrono>
#include <history/file.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "history/history.hpp"
#include "history/past.hpp"
#include "history/replay.hpp"
#include "terminal.hpp"
#include "text.hpp"

namespace atm::cli {
namespace {

/// The lines of the standard input.
class Orders final {
 public:
  [[nodiscard]] bool has_one() const {
    pollfd wait{STDIN_FILENO, POLLIN, 0};
    return text_.find('\n') != text_.npos || ::poll(&wait, 1, 0) > 0;
  }
  /// Waits for a line. Nothing: the input has ended.
  [[nodiscard]] std::optional<std::string> next() {
    std::array<char, 256> block{};
    while (text_.find('\n') == text_.npos) {
      const ssize_t got = ::read(STDIN_FILENO, block.data(), block.size());
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) return std::nullopt;
      text_.append(block.data(), static_cast<std::size_t>(got));
    }
    const auto end = text_.find('\n');
    std::string line = text_.substr(0, end);
    text_.erase(0, end + 1);
    return line;
  }

 private:
  std::string text_;
};

Timestamp time_of(std::int64_t ns) {
  return Timestamp(std::chrono::nanoseconds(ns));
}

bool put_time(std::int64_t at_ns) {
  std::string line;
  protocol::append_replay(line, time_of(at_ns));
  return put(line);
}

bool put_error(std::string_view message) {
  std::string line;
  protocol::append_error(line, protocol::WireError::kNotFound, message);
  return put(terminal_safe_json(line));
}

bool put_step(const Past::Step& step) {
  if (!step.gap.empty()) {
    std::string line;
    protocol::append_gap(line, 0, step.gap);
    if (!put_time(step.gap_from_ns) || !put(terminal_safe_json(line))) return false;
  }
  std::string lines;
  for (const std::string& line : step.lines) lines += line + '\n';
  return put_time(step.at_ns) && put(terminal_safe_json(lines));
}

/// `at TIME` or `before TIME`; see run_steered_replay(). False: the output is closed.
bool obey(std::string_view order, Past& past, const Orders& orders) {
  const std::string_view word = order.substr(0, order.find(' '));
  const auto time = parse_rfc3339(order.substr(std::min(order.size(), word.size() + 1)));
  if (!time || (word != "at" && word != "before"))
    return put_error("the order is '" + std::string(order) +
                     "', expected at or before, and a time such as 2027-01-15T08:00:00Z");
  const std::int64_t now = now_ns();
  Result<std::int64_t> at_ns(std::int64_t{time->time_since_epoch().count()});
  if (word == "before") at_ns = past.change_before(*at_ns, now);
  if (!at_ns) return put_error(at_ns.error().message);
  if (const auto note = past.seek(*at_ns, now); !note) return put_error(note.error().message);
  std::string ok;
  protocol::append_ok(ok);
  if (!put(ok) || !put_step({*at_ns, past.snapshot(), {}, 0})) return false;
  bool is_closed = false;
  bool has_order = false;
  past.play(now, [&](const Past::Step& step) {
    is_closed = !put_step(step);
    has_order = orders.has_one();
    return !is_closed && !has_order;
  });
  if (is_closed || has_order) return !is_closed;
  std::string end;
  protocol::append_replay(end, std::nullopt);
  return put(end);
}

}  // namespace

ExitCode run_steered_replay() {
  try {
    const HistorySettings settings = history_settings();
    const auto file = open_history(settings.directory);
    Past past(*file, settings.max_sessions);
    Orders orders;
    while (const auto order = orders.next()) {
      if (!obey(*order, past, orders)) return complain_of_output();
    }
    return kOk;
  } catch (const sqlite::SqlError& error) {
    return complain({ErrorCode::kInvalidFormat, error.what()});
  }
}

}  // namespace atm::cli
