// SPDX-License-Identifier: MIT
#include "history/replay.hpp"

#include <algorithm>
#include <atm/client/session_copy.hpp>
#include <atm/protocol/daemon_message.hpp>
#include <atm/protocol/daemon_message_reader.hpp>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <history/file.hpp>
#include <history/time_words.hpp>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "follow.hpp"
#include "history/export.hpp"
#include "history/history.hpp"
#include "history/past.hpp"
#include "terminal.hpp"
#include "text.hpp"
#include "watch_view.hpp"

namespace atm::cli {
namespace {

using Clock = std::chrono::steady_clock;
using sqlite::SqlError;

Timestamp time_of(std::int64_t ns) {
  return Timestamp(std::chrono::nanoseconds(ns));
}

Scene scene_at(std::int64_t ns) {
  Scene scene = scene_now();
  scene.now = time_of(ns);
  return scene;
}

Result<Client::Message> message_of(const std::vector<std::string>& lines) {
  protocol::DaemonMessageReader reader;
  auto reply = reader.read(lines.front());
  if (!reply) return reply.error();
  return Client::Message{std::move(reply->message), lines};
}

/// Nothing if the state is computed; else the exit code.
std::optional<ExitCode> go_to(Past& past, std::int64_t at_ns, std::int64_t now) {
  const auto note = past.seek(at_ns, now);
  if (!note) return complain(note.error());
  if (!note->empty()) std::fprintf(stderr, "atm: %s\n", note->c_str());
  return std::nullopt;
}

/// Calls `show` with the sessions at a time.
template <class Show>
ExitCode show_at(const std::string& at, Show show) {
  const std::int64_t now = now_ns();
  const auto time = history::parse_time(at, now);
  if (!time) return complain(time.error());
  try {
    const HistorySettings settings = history_settings();
    const auto file = open_history(settings.directory);
    Past past(*file, settings.max_sessions);
    if (const auto code = go_to(past, *time, now)) return *code;
    const auto reply = message_of(past.snapshot());
    if (!reply) return complain(reply.error());
    return show(*reply, scene_at(*time));
  } catch (const SqlError& error) {
    return complain({ErrorCode::kInvalidFormat, error.what()});
  }
}

/// Shows the steps of a replay at the times that its speed demands.
class Player final {
 public:
  Player(const ReplayOptions& options, std::int64_t begin_ns)
      : options_(options),
        begin_ns_(begin_ns),
        at_ns_(begin_ns),
        put_ns_(begin_ns),
        signals_(),
        begun_(Clock::now()) {
    if (options.watch.json) {
      view_ = message_lines([](std::string_view line) { return put(terminal_safe_json(line)); });
    } else {
      view_ = change_lines(put, [this] { return scene_at(at_ns_); });
    }
  }

  /// False: the replay ends here.
  bool show(const Past::Step& step) {
    if (!wait_until(step.at_ns)) return false;
    at_ns_ = step.at_ns;
    if (!step.gap.empty() && !show_gap(step)) return false;
    if (!put_time(step.at_ns)) return fail_output();
    for (const std::string& line : step.lines) {
      auto message = message_of({line});
      if (!message) return fail(message.error());
      client::Follower::Received received;
      received.changes = copy_.apply(message->value);
      received.message = std::move(*message);
      if (!view_->show(received, copy_)) return fail_output();
    }
    return !options_.watch.count || view_->shown() < *options_.watch.count;
  }
  [[nodiscard]] ExitCode code() const noexcept { return code_; }

 private:
  /// In JSON, the time of the later messages (WIRE-T1); that of the first sessions is --since.
  bool put_time(std::int64_t at_ns) {
    if (!options_.watch.json || std::exchange(put_ns_, at_ns) == at_ns) return true;
    std::string line;
    protocol::append_replay(line, time_of(at_ns));
    return put(line);
  }
  bool show_gap(const Past::Step& step) {
    copy_.disconnected();
    if (options_.watch.json) {
      std::string line;
      protocol::append_gap(line, 0, step.gap);
      return (put_time(step.gap_from_ns) && put(terminal_safe_json(line))) || fail_output();
    }
    at_ns_ = step.gap_from_ns;
    const std::string until = step.lines.empty() ? "" : " until " + local_time(time_of(step.at_ns));
    const bool is_put = put(local_time(time_of(step.gap_from_ns)) + "  gap" + until + ": " + step.gap + '\n');
    at_ns_ = step.at_ns;
    return is_put || fail_output();
  }
  bool wait_until(std::int64_t at_ns) {
    if (signals_.take()) return false;
    if (!options_.speed) return true;
    const double seconds = static_cast<double>(at_ns - begin_ns_) / 1e9 / *options_.speed;
    auto due = begun_ + std::chrono::duration_cast<Clock::duration>(
                            std::chrono::duration<double>(std::min(seconds, 1e9)));
    const bool is_last = options_.watch.seconds && seconds > *options_.watch.seconds;
    if (is_last)
      due = begun_ + std::chrono::duration_cast<Clock::duration>(
                         std::chrono::duration<double>(*options_.watch.seconds));
    for (auto now = Clock::now(); now < due; now = Clock::now()) {
      if (signals_.wait(-1, std::chrono::ceil<std::chrono::milliseconds>(due - now))) return false;
    }
    return !is_last;
  }
  bool fail(const Error& error) {
    code_ = complain(error);
    return false;
  }
  bool fail_output() {
    code_ = complain_of_output();
    return false;
  }

  const ReplayOptions& options_;
  const std::int64_t begin_ns_;
  std::int64_t at_ns_;
  std::int64_t put_ns_;
  const Signals signals_;
  const Clock::time_point begun_;
  std::unique_ptr<View> view_;
  client::SessionCopy copy_;
  ExitCode code_ = kOk;
};

/// Plays the output of `atm history export`.
ExitCode replay_file(const ReplayOptions& options) {
  const auto wrong = [&options](std::size_t line, const std::string& what) {
    return complain({ErrorCode::kInvalidFormat, options.file + ':' + std::to_string(line) + ": " + what});
  };
  std::ifstream in(options.file);
  std::string text;
  if (!in) return complain({ErrorCode::kIo, "cannot open " + options.file + ": " + std::strerror(errno)});
  std::getline(in, text);
  const auto reader = ScenarioReader::begin(text);
  if (!reader) return wrong(1, reader.error().message);
  std::optional<ExitCode> failed;
  std::size_t number = 1;
  const auto next = [&]() -> std::optional<history::Input> {
    if (!std::getline(in, text)) return std::nullopt;
    ++number;
    auto input = reader->read(text);
    if (input) return std::move(*input);
    failed = wrong(number, input.error().message);
    return std::nullopt;
  };
  Player player(options, reader->begin_ns());
  Past::play_inputs(reader->begin_ns(), history_settings().max_sessions, next,
                    [&player](const Past::Step& step) { return player.show(step); });
  return failed.value_or(player.code());
}

ExitCode replay_history(const ReplayOptions& options) {
  const std::int64_t now = now_ns();
  auto since = history::parse_time(options.since, now);
  if (!since) return complain(since.error());
  const auto until =
      options.until.empty() ? Result<std::int64_t>(now) : history::parse_time(options.until, now);
  if (!until) return complain(until.error());
  if (*until < *since) {
    return complain({ErrorCode::kInvalidField, "--until is " + local_time(time_of(*until)) +
                                                   ", expected a time after --since, which is " +
                                                   local_time(time_of(*since))});
  }
  const HistorySettings settings = history_settings();
  const auto file = open_history(settings.directory);
  Past past(*file, settings.max_sessions);
  if (const auto begin = past.begin_ns(); begin && *since < *begin && *begin <= *until) {
    since = *begin;
    std::fprintf(stderr, "atm: the history begins at %s, and the replay there\n",
                 local_time(time_of(*begin)).c_str());
  }
  if (const auto code = go_to(past, *since, now)) return *code;
  Player player(options, *since);
  if (player.show({*since, past.snapshot(), {}, 0}))
    past.play(*until, [&player](const Past::Step& step) { return player.show(step); });
  return player.code();
}

}  // namespace

ExitCode run_list_at(const std::string& at, const ListOptions& options) {
  return show_at(
      at, [&](const Client::Message& reply, const Scene& scene) { return show_list(reply, options, scene); });
}

ExitCode run_show_at(const std::string& at, const ShowOptions& options) {
  return show_at(
      at, [&](const Client::Message& reply, const Scene& scene) { return show_one(reply, options, scene); });
}

ExitCode run_explain_at(const std::string& at, const ExplainOptions& options) {
  return show_at(at, [&](const Client::Message& reply, const Scene& scene) {
    return show_reasons(reply, options, scene);
  });
}

ExitCode run_replay(const ReplayOptions& options) {
  try {
    return options.file.empty() ? replay_history(options) : replay_file(options);
  } catch (const SqlError& error) {
    return complain({ErrorCode::kInvalidFormat, error.what()});
  }
}

}  // namespace atm::cli
