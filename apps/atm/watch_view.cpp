// SPDX-License-Identifier: MIT
#include "watch_view.hpp"

#include <array>
#include <cstdio>
#include <ctime>
#include <map>
#include <string>
#include <utility>

#include "command.hpp"
#include "session_names.hpp"
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

class ChangeLines final : public View {
 public:
  ChangeLines(Output out, SceneSource scene) : out_(std::move(out)), scene_(std::move(scene)) {}

  bool show(const client::Follower::Received& received, const client::SessionCopy& copy) override {
    const Scene scene = scene_();
    for (const std::string& id : received.changes.seen) names_.add(id);
    for (const std::string& id : received.changes.seen) {
      std::string line = session_line(*copy.find(id), names_.of(id), scene);
      std::string& last = last_[id];
      if (line == last) continue;  // the change is not visible in the line
      last = std::move(line);
      if (!put_line(scene, last)) return false;
    }
    for (const auto& removal : received.changes.removed) {
      if (!put_removed(scene, removal.id, removal.reason)) return false;
    }
    return !is_forgotten_ || !copy.is_current() || sweep(scene, copy);
  }
  bool lost(const std::string& why) override { return say(why + "; trying again"); }
  bool found_again(bool is_another_start) override {
    is_forgotten_ = is_forgotten_ || is_another_start;
    return say("connected again");
  }
  bool settle(const client::SessionCopy& /*copy*/) override { return true; }
  std::size_t shown() const override { return shown_; }

 private:
  // Sessions of the former daemon that this one does not know.
  bool sweep(const Scene& scene, const client::SessionCopy& copy) {
    is_forgotten_ = false;
    const auto before = last_;
    for (const auto& [id, line] : before) {
      if (copy.find(id) == nullptr && !put_removed(scene, id, "")) return false;
    }
    return true;
  }
  bool put_removed(const Scene& scene, const std::string& id, const std::string& reason) {
    last_.erase(id);
    return put_line(scene,
                    terminal_safe(names_.of(id) + "  removed" + (reason.empty() ? "" : " (" + reason + ")")));
  }
  bool put_line(const Scene& scene, const std::string& text) {
    ++shown_;
    return out_(clock_text(scene.now) + "  " + text + "\n");
  }
  bool say(const std::string& what) {
    return out_(clock_text(scene_().now) + "  " + terminal_safe(what) + "\n");
  }

  Output out_;
  SceneSource scene_;
  std::map<std::string, std::string> last_;
  SessionNames names_;         // of all sessions so far, so that a name stays with its session
  bool is_forgotten_ = false;  // the copy was reset, the lines were not
  std::size_t shown_ = 0;
};

// The daemon's own lines. Messages about the connection go to standard error, so that each line is one object.
class MessageLines final : public View {
 public:
  explicit MessageLines(Output out) : out_(std::move(out)) {}

  bool show(const client::Follower::Received& received, const client::SessionCopy& /*copy*/) override {
    for (const std::string& line : received.message.lines) {
      ++shown_;
      if (!out_(line + "\n")) return false;
    }
    return true;
  }
  bool lost(const std::string& why) override {
    std::fprintf(stderr, "atm: %s; trying again\n", terminal_safe(why).c_str());
    return true;
  }
  bool found_again(bool /*is_another_start*/) override {
    std::fputs("atm: connected again\n", stderr);
    return true;
  }
  bool settle(const client::SessionCopy& /*copy*/) override { return true; }
  std::size_t shown() const override { return shown_; }

 private:
  Output out_;
  std::size_t shown_ = 0;
};

}  // namespace

std::unique_ptr<View> change_lines(Output out, SceneSource scene) {
  return std::make_unique<ChangeLines>(std::move(out), std::move(scene));
}
std::unique_ptr<View> message_lines(Output out) {
  return std::make_unique<MessageLines>(std::move(out));
}

}  // namespace atm::cli
