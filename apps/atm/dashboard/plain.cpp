// SPDX-License-Identifier: MIT
#include "plain.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atm/client/follower.hpp>
#include <atm/domain/relative_time.hpp>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <optional>
#include <utility>
#include <variant>

#include "arrangement.hpp"
#include "explain_text.hpp"
#include "follow.hpp"
#include "jump.hpp"
#include "requests.hpp"
#include "session_details.hpp"
#include "session_facts.hpp"
#include "terminal.hpp"
#include "text.hpp"
#include "views.hpp"

namespace atm::cli {

namespace {

using PlainClock = std::chrono::steady_clock;

constexpr std::string_view kPlainHelp =
    "list: all sessions, with numbers\n"
    "needs: the sessions that need you\n"
    "filter TERMS: list only matching sessions; filter alone lists all again\n"
    "show NUMBER: all facts about a session\n"
    "explain NUMBER: why it has its status\n"
    "ack NUMBER: acknowledge its attention\n"
    "jump NUMBER: go to its terminal\n"
    "help: this list\n"
    "quit: end\n";

// A change between two states of one label is no line.
std::string_view label_of(const SessionDomain& session) {
  switch (activity_of(session)) {
    case Activity::kNeedsUser:
      return session.status.kind() == StatusKind::kError ? "error" : "needs you";
    case Activity::kWorks:
      return session.status.kind() == StatusKind::kBackground ? "background" : "working";
    case Activity::kIsDone:
      return "done";
    default:
      return session.status.is_removable() ? session.status.name() : "idle";
  }
}

}  // namespace

std::string PlainView::line_of(const protocol::Session& session, const Scene& scene) const {
  const SessionDomain& domain = session.domain;
  std::string line = std::string(label_of(domain)) + ": " + session_name(session);
  if (const std::string what = what_text(domain); !what.empty()) line += ", " + what;
  line += ", since " + format_age(since(domain), scene.now);
  if (const auto percent = domain.context.usage_percentage())
    line += ", context " + std::to_string(static_cast<int>(*percent)) + " percent";
  if (!domain.certain) line += ", uncertain";
  return line;
}

std::string PlainView::list(const Scene& scene) {
  Choice choice;
  choice.is_tree = false;
  choice.folds_quiet = false;
  choice.filter = filter_;
  const auto rows = Arrangement(sessions_).rows(Page::kList, choice, scene.now, 0);
  std::string text = counts_text(rows->counts, false) + "\n";
  numbers_.clear();
  for (const Row& row : rows->rows) {
    numbers_.emplace_back(row.key);
    text += std::to_string(numbers_.size()) + ". " + line_of(*row.session, scene) + "\n";
  }
  if (numbers_.empty()) text += filter_.is_empty() ? "no sessions\n" : "no session matches the filter\n";
  return text;
}

std::string PlainView::changes(const Scene& scene) {
  std::string text;
  std::size_t needs = 0;
  for (const auto& [id, session] : sessions_) needs += needs_user(session.domain) ? 1 : 0;
  const bool is_first = !std::exchange(has_begun_, true);
  for (const auto& [id, session] : sessions_) {
    std::string label(label_of(session.domain));
    // Another request of the same session is a change, too.
    const bool needs_now = needs_user(session.domain);
    std::string known = needs_now ? label + what_text(session.domain) : label;
    auto& before = labels_[id];
    if (before == known) continue;
    before = std::move(known);
    if (is_first) continue;
    const std::string what = what_text(session.domain);
    text += label + ": " + session_name(session) + (what.empty() ? "" : ", " + what);
    if (needs_now) text += ", " + std::to_string(needs) + (needs == 1 ? " needs you" : " need you");
    text += "\n";
  }
  for (auto at = labels_.begin(); at != labels_.end();) {
    at = sessions_.count(at->first) == 0 ? labels_.erase(at) : std::next(at);
  }
  return is_first ? list(scene) + "type help for the commands\n" : text;
}

const protocol::Session* PlainView::numbered(std::string_view word) const {
  std::size_t number = 0;
  const char* const end = word.data() + word.size();
  if (std::from_chars(word.data(), end, number).ptr != end || number == 0 || number > numbers_.size())
    return nullptr;
  const auto at = sessions_.find(numbers_[number - 1]);
  return at == sessions_.end() ? nullptr : &at->second;
}

PlainView::Answer PlainView::answer(std::string_view line, const Scene& scene) {
  while (line.starts_with(' ')) line.remove_prefix(1);
  while (line.ends_with(' ') || line.ends_with('\r')) line.remove_suffix(1);
  if (line.empty()) return {};
  const std::size_t end = std::min(line.find(' '), line.size());
  const std::string_view word = line.substr(0, end);
  std::string_view argument = line.substr(end);
  while (argument.starts_with(' ')) argument.remove_prefix(1);
  if (word == "quit") return {.is_end = true};
  if (word == "help") return {.text = std::string(kPlainHelp)};
  if (word == "list") return {.text = list(scene)};
  if (word == "needs" || word == "filter") {
    auto filter = Filter::parse(word == "needs" ? "needs" : argument);
    if (!filter) return {.text = "error: " + terminal_safe(filter.error().message) + "\n"};
    const Filter before = std::exchange(filter_, std::move(*filter));
    Answer answer{.text = list(scene)};
    if (word == "needs") filter_ = before;
    return answer;
  }
  const bool is_known = word == "show" || word == "explain" || word == "ack" || word == "jump";
  if (!is_known)
    return {.text = "error: '" + terminal_safe(word) + "' is no command, expected one that help lists\n"};
  const protocol::Session* const session = numbered(argument);
  if (session == nullptr)
    return {.text = "error: '" + terminal_safe(argument) +
                    "' is no number of the last list, expected one from 1 to " +
                    std::to_string(numbers_.size()) + "; type list\n"};
  Scene plain = scene;
  plain.canvas = {};
  if (word == "show") return {.text = terminal_safe_lines(session_details(*session, plain))};
  if (word == "explain") return {.text = terminal_safe_lines(explain_text(*session, plain))};
  const std::string id = session->domain.id.str();
  return word == "ack" ? Answer{.ack = id} : Answer{.jump = id};
}

namespace {

class PlainLoop final {
 public:
  PlainLoop(const Global& global, client::Follower follower, const ReportsOf& reports_of)
      : global_(global),
        reports_of_(reports_of),
        follower_(std::move(follower)),
        view_(follower_.copy().sessions()) {}

  Result<void> run() {
    while (!is_over_) {
      for (;;) {
        const auto event = follower_.step(PlainClock::now());
        if (!event) return event.error();
        if (!*event) break;
        take(**event);
      }
      const auto now = PlainClock::now();
      if (is_dirty_ && follower_.copy().is_current() && now >= next_) {
        say(view_.changes(scene_now()));
        is_dirty_ = false;
        next_ = now + kPause;
      }
      wait();
    }
    return {};
  }

 private:
  // A screen reader needs time for a line.
  static constexpr std::chrono::seconds kPause{1};

  void say(const std::string& text) { is_over_ = is_over_ || (!text.empty() && !put(text)); }

  void take(const client::Follower::Event& event) {
    is_dirty_ = true;
    if (const auto* lost = std::get_if<client::Follower::Lost>(&event)) {
      say("disconnected: " + terminal_safe(lost->why.message) + ", trying again\n");
    } else if (const auto* connected = std::get_if<client::Follower::Connected>(&event)) {
      if (connected->is_again) say("connected again\n");
    }
  }

  void wait() {
    auto when = follower_.due();
    if (is_dirty_ && follower_.copy().is_current()) when = std::min(when, next_);
    std::array<pollfd, 3> waits{
        {{signals_.fd(), POLLIN, 0}, {follower_.fd(), POLLIN, 0}, {STDIN_FILENO, POLLIN, 0}}};
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(when - PlainClock::now()).count();
    const auto timeout = when == PlainClock::time_point::max()
                             ? -1
                             : static_cast<int>(std::clamp<std::int64_t>(left, 0, 3'600'000));
    ::poll(waits.data(), waits.size(), timeout);
    if (waits[0].revents != 0) is_over_ = signals_.take();
    if (waits[2].revents != 0) read_lines();
  }

  void read_lines() {
    std::array<char, 1024> block{};
    const ssize_t got = ::read(STDIN_FILENO, block.data(), block.size());
    if (got < 0 && errno == EINTR) return;
    if (got <= 0) {
      is_over_ = true;
      return;
    }
    typed_.append(block.data(), static_cast<std::size_t>(got));
    for (std::size_t end = typed_.find('\n'); end != typed_.npos && !is_over_; end = typed_.find('\n')) {
      const std::string line = typed_.substr(0, end);
      typed_.erase(0, end + 1);
      answer(line);
    }
    constexpr std::size_t kLongest = 4096;
    if (typed_.size() > kLongest) typed_.clear();
  }

  void answer(const std::string& line) {
    Scene scene = scene_now();
    scene.reports_of = reports_of_;
    const PlainView::Answer answer = view_.answer(line, scene);
    say(answer.text);
    is_over_ = is_over_ || answer.is_end;
    if (!answer.ack.empty()) {
      const auto done = acknowledge(global_, answer.ack);
      say(done ? "acknowledged\n" : "error: " + terminal_safe(done.error().message) + "\n");
    }
    const auto* const session = answer.jump.empty() ? nullptr : follower_.copy().find(answer.jump);
    if (session == nullptr) return;
    const auto plan = plan_jump(*session);
    const Result<void> done = plan ? run_jump(*plan) : Result<void>(plan.error());
    say(done ? "back\n" : "error: " + terminal_safe(done.error().message) + "\n");
  }

  const Global& global_;
  const ReportsOf& reports_of_;
  client::Follower follower_;
  const Signals signals_;
  PlainView view_;
  std::string typed_;
  bool is_dirty_ = false;
  bool is_over_ = false;
  PlainClock::time_point next_{};
};

}  // namespace

ExitCode run_plain(const Global& global, const ReportsOf& reports_of) {
  std::optional<Error> missing;
  auto follower = follow_daemon(global, missing);
  if (!follower) return complain(follower.error());
  if (missing) static_cast<void>(complain(*missing));
  const auto ended = PlainLoop(global, std::move(*follower), reports_of).run();
  return ended ? kOk : complain(ended.error());
}

}  // namespace atm::cli
