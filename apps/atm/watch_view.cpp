// SPDX-License-Identifier: MIT
#include "watch_view.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>
#include <utility>

#include "command.hpp"
#include "terminal.hpp"
#include "text.hpp"

namespace atm::cli {

namespace {

std::string clock_text(Timestamp now) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(
      std::chrono::time_point_cast<std::chrono::system_clock::duration>(now));
  std::tm local{};
  localtime_r(&seconds, &local);
  std::array<char, 16> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%H:%M:%S", &local)};
}

// The whole table again on the terminal's second screen, whenever something changed or a second has passed.
class LiveTable final : public View {
 public:
  bool show(const Client::Message& message) override {
    const Board::Changes changes = board_.apply(message.value);
    shown_ += changes.seen.size() + changes.removed.size();
    return true;
  }
  bool lost(const std::string& why) override {
    notice_ = why + "; trying again";
    return settle();
  }
  bool found_again() override {
    notice_.clear();
    return true;
  }
  bool settle() override {
    const Scene scene = scene_now();
    Sessions sessions = board_.sessions();
    sort_for_people(sessions);
    std::string head = summary_text(sessions) + "  " + clock_text(scene.now);
    if (!notice_.empty()) head += "  " + terminal_safe(notice_);
    head = cut_end(head, scene.canvas.columns.value_or(80));
    return screen_.paint(styled(head, notice_.empty() ? Style::kDim : Style::kRed, scene.canvas.colour) +
                         "\n\n" + session_table(sessions, scene));
  }
  std::size_t shown() const override { return shown_; }

 private:
  Screen screen_;
  Board board_;
  std::string notice_;
  std::size_t shown_ = 0;
};

class ChangeLines final : public View {
 public:
  ChangeLines(Output out, SceneSource scene) : out_(std::move(out)), scene_(std::move(scene)) {}

  bool show(const Client::Message& message) override {
    const Board::Changes changes = board_.apply(message.value);
    const Scene scene = scene_();
    for (const std::string& id : changes.seen) {
      std::string line = session_line(*board_.find(id), scene);
      std::string& last = last_[id];
      if (line == last) continue;  // what changed is not in the line
      last = std::move(line);
      if (!put_line(scene, last)) return false;
    }
    for (const Board::Removal& removal : changes.removed) {
      last_.erase(removal.id);
      const std::string id(SessionId(removal.id).short_form());
      const std::string reason = removal.reason.empty() ? "" : " (" + removal.reason + ")";
      if (!put_line(scene, terminal_safe(id) + "  removed" + terminal_safe(reason))) return false;
    }
    return true;
  }
  bool lost(const std::string& why) override { return say(why + "; trying again"); }
  bool found_again() override { return say("connected again"); }
  bool settle() override { return true; }
  std::size_t shown() const override { return shown_; }

 private:
  bool put_line(const Scene& scene, const std::string& text) {
    ++shown_;
    return out_(clock_text(scene.now) + "  " + text + "\n");
  }
  bool say(const std::string& what) {
    return out_(clock_text(scene_().now) + "  " + terminal_safe(what) + "\n");
  }

  Output out_;
  SceneSource scene_;
  Board board_;
  std::map<std::string, std::string> last_;
  std::size_t shown_ = 0;
};

// The daemon's own words; what is said of the connection goes to standard error, so that each line is one
// object.
class MessageLines final : public View {
 public:
  explicit MessageLines(Output out) : out_(std::move(out)) {}

  bool show(const Client::Message& message) override {
    for (const std::string& line : message.lines) {
      ++shown_;
      if (!out_(line + "\n")) return false;
    }
    return true;
  }
  bool lost(const std::string& why) override {
    std::fprintf(stderr, "atm: %s; trying again\n", terminal_safe(why).c_str());
    return true;
  }
  bool found_again() override {
    std::fputs("atm: connected again\n", stderr);
    return true;
  }
  bool settle() override { return true; }
  std::size_t shown() const override { return shown_; }

 private:
  Output out_;
  std::size_t shown_ = 0;
};

}  // namespace

Board::Changes Board::replace_all(const std::vector<protocol::Session>& sessions) {
  Changes changes;
  const auto gone = std::exchange(sessions_, {});
  for (const protocol::Session& session : sessions) {
    changes.seen.push_back(session.domain.id.str());
    sessions_.insert_or_assign(session.domain.id.str(), session);
  }
  for (const auto& [id, session] : gone) {
    if (find(id) == nullptr) changes.removed.push_back({id, ""});
  }
  return changes;
}

Board::Changes Board::apply(const protocol::DaemonMessage& message) {
  if (const auto* all = std::get_if<protocol::Sessions>(&message)) return replace_all(all->sessions);
  if (const auto* removed = std::get_if<protocol::SessionRemoved>(&message)) {
    if (sessions_.erase(removed->session_id) == 0) return {};
    return {{}, {{removed->session_id, removed->reason}}};
  }
  const protocol::Session* session = nullptr;
  if (const auto* registered = std::get_if<protocol::SessionRegistered>(&message))
    session = &registered->session;
  if (const auto* updated = std::get_if<protocol::SessionUpdated>(&message)) session = &updated->session;
  if (session == nullptr) return {};
  sessions_.insert_or_assign(session->domain.id.str(), *session);
  return {{session->domain.id.str()}, {}};
}

Sessions Board::sessions() const {
  Sessions all;
  for (const auto& [id, session] : sessions_) all.push_back(&session);
  return all;
}

const protocol::Session* Board::find(std::string_view id) const {
  const auto at = sessions_.find(id);
  return at == sessions_.end() ? nullptr : &at->second;
}

std::unique_ptr<View> live_table() {
  return std::make_unique<LiveTable>();
}
std::unique_ptr<View> change_lines(Output out, SceneSource scene) {
  return std::make_unique<ChangeLines>(std::move(out), std::move(scene));
}
std::unique_ptr<View> message_lines(Output out) {
  return std::make_unique<MessageLines>(std::move(out));
}

}  // namespace atm::cli
