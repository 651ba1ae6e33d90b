// SPDX-License-Identifier: MIT
#include "dashboard.hpp"

#include <malloc.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atm/client/follower.hpp>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <history/time_words.hpp>
#include <limits>
#include <optional>
#include <utility>

#include "choice_file.hpp"
#include "controls.hpp"
#include "draw.hpp"
#include "dump.hpp"
#include "follow.hpp"
#include "jump.hpp"
#include "page_reports.hpp"
#include "playback.hpp"
#include "report.hpp"
#include "requests.hpp"
#include "screen.hpp"
#include "session_names.hpp"
#include "settings.hpp"
#include "terminal.hpp"
#include "text.hpp"
#include "words.hpp"

namespace atm::cli {

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;
using tui::Event;

constexpr milliseconds kFrame{16};  // between two frames that the daemon causes

std::string variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

bool is_utf8() {
  if (variable("TERM") == "linux") return false;
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const std::string locale = folded_case(variable(name));
    if (!locale.empty()) return locale.find("utf-8") != locale.npos || locale.find("utf8") != locale.npos;
  }
  return false;
}

// A terminal sends the bytes of one key together; over SSH a packet may split them.
milliseconds escape_time() {
  return milliseconds(variable("SSH_TTY").empty() ? 25 : 100);
}

class Dashboard final {
 public:
  Dashboard(const Global& global, const DashboardOptions& options, client::Follower follower)
      : global_(global),
        options_(options),
        follower_(std::move(follower)),
        screen_(tui::theme_of_terminal(output_canvas().colour)) {
    look_.choice = read_choice();
    look_.is_loading = true;
    read_tui_settings();
  }

  Result<void> run() {
    while (!is_over_) {
      if (auto read = read_daemon(); !read) return read.error();
      const auto now = Clock::now();
      if (is_dirty_ && (is_urgent_ || now >= next_frame_) && !screen_.is_writing()) paint(now);
      if (!screen_.flush()) return {};
      wait();
    }
    return {};
  }

 private:
  // Bounded, so that a busy daemon or a large list keeps neither the keys nor the first frame waiting.
  Result<void> read_daemon() {
    const auto end = Clock::now() + kFrame;
    do {
      const auto event = follower_.step(Clock::now());
      if (!event) return event.error();
      has_more_ = event->has_value();
      if (!has_more_) return {};
      if (!look_.at) is_dirty_ = is_stale_ = true;
      if (const auto* lost = std::get_if<client::Follower::Lost>(&**event)) {
        look_.lost = lost->why.message;
      } else if (std::holds_alternative<client::Follower::Connected>(**event)) {
        look_.lost.clear();
        arrangement_.forget();
      } else if (const auto* received = std::get_if<client::Follower::Received>(&**event)) {
        for (const std::string& id : received->changes.seen) look_.names.add(id);
        if (const auto* part = std::get_if<protocol::Sessions>(&received->message.value)) {
          if (part->more) continue;
          arrangement_.forget();
          const bool has_sessions = !follower_.copy().sessions().empty();
          if (!has_sessions && options_.connected_agents) look_.connected = options_.connected_agents();
          has_new_list_ = true;
        } else {
          arrangement_.note(received->changes);
        }
      }
      // The first whole list does not wait for the time of the next frame.
      if (std::exchange(look_.is_loading, !follower_.copy().is_current()) && !look_.is_loading)
        is_urgent_ = true;
    } while (Clock::now() < end);
    return {};
  }

  void paint(Clock::time_point now) {
    look_.arriving = arriving_counts();
    const Scene scene = shown_scene();
    frame_ = draw(shown(), look_, scene, screen_.empty_grid());
    if (!is_utf8_ || look_.settings.is_ascii) to_ascii(frame_.grid);
    if (!look_.at) ring(frame_.rows->counts.needs);
    screen_.show(frame_.grid);
    is_dirty_ = is_urgent_ = is_stale_ = false;
    // A large list and its first frame leave free memory between the sessions; the system gets its pages back.
    if (!look_.is_loading && std::exchange(has_new_list_, false)) ::malloc_trim(0);
    // With thousands of sessions a frame takes long; the messages of the daemon need time, too.
    const auto after = Clock::now();
    next_frame_ = after + std::max<Clock::duration>(kFrame, 3 * (after - now));
    next_change_ = Clock::time_point::max();
    if (frame_.next_change && !look_.at) {
      const auto left = std::chrono::ceil<milliseconds>(*frame_.next_change - scene.now);
      next_change_ = now + std::clamp(left, milliseconds(0), milliseconds(86'400'000));
    }
  }

  // Of the part of the first list that has arrived.
  [[nodiscard]] std::optional<Counts> arriving_counts() const {
    const SessionMap* const sessions = follower_.copy().arriving();
    if (sessions == nullptr || !follower_.copy().sessions().empty()) return std::nullopt;
    Counts counts;
    for (const auto& [id, session] : *sessions)
      counts.add(activity_of(session.domain), known_cost(session.domain));
    return counts;
  }

  [[nodiscard]] Arrangement& shown() { return look_.at ? past_arrangement_ : arrangement_; }
  [[nodiscard]] Scene shown_scene() const {
    Scene scene = scene_now();
    scene.reports_of = options_.reports_of;
    if (look_.at) scene.now = *look_.at;
    return scene;
  }

  // The last valid settings stay.
  void read_tui_settings() {
    auto settings = read_settings();
    if (!settings) {
      look_.notice = settings.error().message;
      return;
    }
    look_.settings = std::move(*settings);
    look_.theme = look_.settings.theme;
    has_mouse_ = look_.settings.has_mouse;
    send_mouse();
    use_theme();
  }

  void use_theme() {
    const tui::Depth depth =
        tui::depth_of_terminal(variable("TERM"), variable("COLORTERM"), output_canvas().colour);
    screen_.use(theme_named(look_.settings, look_.theme, depth));
  }

  void send_mouse() { screen_.send(has_mouse_ ? "\x1b[?1000h" : "\x1b[?1000l"); }

  void ring(std::size_t needs) {
    if (look_.settings.has_bell && needs > rung_for_) screen_.send("\a");
    rung_for_ = needs;
  }

  void wait() {
    auto when = std::min({follower_.due(), next_change_, playback_.due()});
    if (is_dirty_ && !screen_.is_writing()) when = std::min(when, next_frame_);
    if (screen_.is_waiting_for_bytes()) when = std::min(when, escape_due_);
    if (has_more_) when = Clock::now();
    std::array<pollfd, 6> waits{{{signals_.fd(), POLLIN, 0},
                                 {follower_.fd(), POLLIN, 0},
                                 {screen_.input(), POLLIN, 0},
                                 {screen_.is_writing() ? screen_.output() : -1, POLLOUT, 0},
                                 {report_.fd(), POLLIN, 0},
                                 {playback_.fd(), POLLIN, 0}}};
    const auto left = std::chrono::ceil<milliseconds>(when - Clock::now()).count();
    const auto timeout = when == Clock::time_point::max()
                             ? -1
                             : static_cast<int>(std::clamp<milliseconds::rep>(left, 0, 3'600'000));
    ::poll(waits.data(), waits.size(), timeout);
    if (waits[0].revents != 0) {
      is_over_ = signals_.take();
      is_dirty_ = is_urgent_ = true;  // the size may have changed
    }
    if (waits[4].revents != 0) read_report();
    if (waits[5].revents != 0 || Clock::now() >= playback_.due()) read_past();
    if (waits[2].revents != 0) read_keys();
    const auto now = Clock::now();
    if (screen_.is_waiting_for_bytes() && now >= escape_due_) {
      for (const Event& event : screen_.expire()) handle(event);
    }
    if (now >= next_change_) is_dirty_ = is_urgent_ = true;
  }

  void read_keys() {
    const auto events = screen_.read();
    if (!events) {
      is_over_ = true;
      return;
    }
    for (const Event& event : *events) handle(event);
    escape_due_ = Clock::now() + escape_time();
  }

  void handle(const Event& event) {
    if (event.kind == Event::Kind::kSynchronized) {
      if (variable("ATM_SYNC") != "off") screen_.synchronize();
      return;
    }
    if (event.kind == Event::Kind::kAnswered) return;
    is_dirty_ = is_urgent_ = true;
    // The rows refer to sessions that the daemon's messages may have replaced.
    if (std::exchange(is_stale_, false)) frame_ = draw(shown(), look_, shown_scene(), screen_.empty_grid());
    apply(controls_.handle(event));
  }

  void apply(const Effect& effect) {
    switch (effect.kind) {
      case Effect::Kind::kNone:
        return;
      case Effect::Kind::kQuit:
        is_over_ = true;
        return;
      case Effect::Kind::kStoreChoice:
        if (auto stored = write_choice(look_.choice); !stored) look_.notice = stored.error().message;
        return;
      case Effect::Kind::kJump:
        return jump(effect.text);
      case Effect::Kind::kAcknowledge:
        return acknowledge(effect.text);
      case Effect::Kind::kCopy:
        screen_.copy(effect.text);
        look_.notice = "copied " + effect.text;
        return;
      case Effect::Kind::kRunReports:
        return run_reports(commands_of(look_.page, look_.at));
      case Effect::Kind::kPrint:
        return print_output(words_of(effect.text));
      case Effect::Kind::kShowTime:
        return show_time(effect.text);
      case Effect::Kind::kEarlier:
        return show_past(wanted_time() - std::chrono::minutes(1));
      case Effect::Kind::kLater:
        return show_later();
      case Effect::Kind::kStepBack:
        return playback_.step_back();
      case Effect::Kind::kStep:
        return playback_.step();
      case Effect::Kind::kNeedBefore:
        return playback_.previous_need();
      case Effect::Kind::kNeedAfter:
        return playback_.next_need();
      case Effect::Kind::kPlay:
        playback_.play_or_pause(Clock::now());
        look_.notice = playback_.is_playing() ? "playing" : "paused";
        return;
      case Effect::Kind::kUseTheme:
        return use_theme();
      case Effect::Kind::kSwitchMouse:
        has_mouse_ = !has_mouse_;
        send_mouse();
        look_.notice = has_mouse_ ? "mouse on" : "mouse off";
        return;
      case Effect::Kind::kRepaint:
        read_tui_settings();
        return screen_.forget();
      case Effect::Kind::kSuspend:
        screen_.leave();
        ::kill(0, SIGSTOP);
        return take_terminal();
    }
  }

  void take_terminal() {
    screen_.enter();
    send_mouse();
  }

  void run_reports(const std::vector<Report::Command>& all) {
    std::deque<Report::Command> commands;
    for (const Report::Command& words : all) {
      Report::Command command{"/proc/self/exe"};
      if (!global_.socket.empty()) command.insert(command.end(), {"--socket", global_.socket});
      command.insert(command.end(), words.begin(), words.end());
      commands.push_back(std::move(command));
    }
    report_.start(std::move(commands), frame_.grid.width());
    look_.is_reporting = report_.is_running();
  }

  // What is known of one session is that of the time on the screen.
  void print_output(Report::Command words) {
    if (look_.at && (words.front() == "show" || words.front() == "explain"))
      words.insert(words.end(), {"--at", to_rfc3339(*look_.at)});
    run_reports({std::move(words)});
  }

  void show_time(const std::string& text) {
    const Timestamp now = scene_now().now;
    const auto time = history::parse_time(text, now.time_since_epoch().count());
    if (!time) {
      look_.notice = time.error().message;
    } else if (text == "now") {
      show_present();
    } else {
      show_past(Timestamp(std::chrono::nanoseconds(*time)));
    }
  }

  // The time that the user asked for last.
  [[nodiscard]] Timestamp wanted_time() const { return playback_.wanted().value_or(scene_now().now); }

  void show_later() {
    const Timestamp later = wanted_time() + std::chrono::minutes(1);
    if (later < scene_now().now) return show_past(later);
    show_present();
    look_.notice = "this is the present";
  }

  void show_present() {
    playback_.stop();
    if (!look_.at) return;
    look_.at.reset();
    past_arrangement_.forget();
    change_reports();
  }

  void show_past(Timestamp at) {
    playback_.go_to(at);
    look_.notice = "reading the history";
  }

  void read_past() {
    if (!playback_.read(Clock::now())) return;
    is_dirty_ = is_stale_ = true;
    past_arrangement_.forget();
    for (const auto& [id, session] : playback_.copy().sessions()) look_.names.add(id);
    if (look_.at != playback_.shown()) {
      look_.at = playback_.shown();
      if (!playback_.is_playing()) {
        look_.notice = ":at now returns to the present";
        change_reports();
      }
    }
    if (!playback_.notice().empty()) look_.notice = playback_.notice();
  }

  // A page of reports shows another time now.
  void change_reports() {
    is_stale_ = true;
    if (!is_report(look_.page) || look_.page == Page::kOutput) return;
    look_.report.clear();
    run_reports(commands_of(look_.page, look_.at));
  }

  void read_report() {
    report_.read();
    look_.report = report_.lines();
    look_.is_reporting = report_.is_running();
    is_dirty_ = true;
  }

  // By its id, else by a beginning or end that no other id has.
  [[nodiscard]] const protocol::Session* session_named(const std::string& name) {
    const protocol::Session* found = follower_.copy().find(name);
    if (found != nullptr) return found;
    std::size_t count = 0;
    for (const auto& [id, session] : follower_.copy().sessions()) {
      if (!is_named(id, name)) continue;
      found = &session;
      ++count;
    }
    if (count == 1) return found;
    look_.notice = (count == 0 ? "no session" : "more than one session") + std::string(" has the name '") +
                   name + "'; Tab lists the names";
    return nullptr;
  }

  void jump(const std::string& name) {
    const protocol::Session* const session = session_named(name);
    if (session == nullptr) return;
    const auto plan = plan_jump(*session);
    if (!plan) {
      look_.notice = plan.error().message;
      return;
    }
    if (plan->takes_terminal) screen_.leave();
    const auto done = run_jump(*plan);
    if (plan->takes_terminal) take_terminal();
    look_.notice = done ? plan->notice : done.error().message;
    is_over_ = is_over_ || (done && options_.is_popup);
  }

  void acknowledge(const std::string& name) {
    const protocol::Session* const session = session_named(name);
    if (session == nullptr) return;
    const std::string id = session->domain.id.str();
    const auto done = cli::acknowledge(global_, id);
    look_.notice = done ? "acknowledged " + look_.names.of(id) : done.error().message;
  }

  const Global& global_;
  const DashboardOptions& options_;
  client::Follower follower_;
  const Signals signals_;
  tui::Screen screen_;
  Report report_;
  Arrangement arrangement_{follower_.copy().sessions()};
  Playback playback_;
  Arrangement past_arrangement_{playback_.copy().sessions()};
  Look look_;
  Frame frame_{};
  Controls controls_{look_, frame_};
  const bool is_utf8_ = is_utf8();
  bool has_mouse_ = true;
  std::size_t rung_for_ = std::numeric_limits<std::size_t>::max();  // sessions that needed the user
  bool is_over_ = false;
  bool is_dirty_ = true;
  bool is_stale_ = false;  // the rows are older than the copy
  bool is_urgent_ = true;  // a key waits for the frame
  bool has_more_ = false;
  bool has_new_list_ = false;
  Clock::time_point next_frame_{};
  Clock::time_point next_change_ = Clock::time_point::max();
  Clock::time_point escape_due_{};
};

}  // namespace

bool wants_plain() {
  const bool is_simple = variable("TERM") == "dumb" || !variable("ACCESSIBLE").empty();
  return is_simple && output_is_terminal() && ::isatty(STDIN_FILENO) == 1;
}

bool can_show_dashboard() {
  return output_is_terminal() && variable("TERM") != "dumb" && variable("ACCESSIBLE").empty() &&
         bool(tui::Screen::check());
}

ExitCode run_dashboard(const Global& global, const DashboardOptions& options) {
  if (!options.dump.empty()) return run_dump(global, options);
  if (auto terminal = tui::Screen::check(); !terminal) {
    static_cast<void>(complain(terminal.error()));
    return kFailed;
  }
  // Without a daemon the screen states what to do, and connects later.
  std::optional<Error> missing;
  auto follower = follow_daemon(global, missing);
  if (!follower) return complain(follower.error());
  Result<void> ended;
  {
    Dashboard dashboard(global, options, std::move(*follower));
    ended = dashboard.run();
  }
  return ended ? kOk : complain(ended.error());
}

}  // namespace atm::cli
