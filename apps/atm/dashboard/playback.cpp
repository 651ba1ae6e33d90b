// SPDX-License-Identifier: MIT
#include "playback.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include "session_table.hpp"

namespace atm::cli {

namespace {

std::size_t needs_of(const client::SessionCopy& copy) {
  return static_cast<std::size_t>(
      std::count_if(copy.sessions().begin(), copy.sessions().end(),
                    [](const auto& entry) { return needs_user(entry.second.domain); }));
}

}  // namespace

void Playback::go_to(Timestamp at) {
  notice_.clear();
  goal_ = Goal::kTime;
  after_ = Goal::kNone;
  wanted_ = at;
  order("at", at);
}

void Playback::step() {
  go_on(Goal::kChange);
}
void Playback::next_need() {
  go_on(Goal::kNeed);
}

void Playback::step_back() {
  notice_.clear();
  goal_ = Goal::kChangeBefore;
  order("before", *shown_);
}

void Playback::previous_need() {
  nearest_ = {};
  farthest_.reset();
  search(std::chrono::minutes(1));
}

void Playback::play_or_pause(Clock::time_point now) {
  if (is_playing()) {
    goal_ = Goal::kNone;
    due_ = Clock::time_point::max();
    return;
  }
  played_from_ = *shown_;
  play_began_ = now;
  go_on(Goal::kPlay);
}

void Playback::stop() {
  after_ = Goal::kNone;
  child_.stop();
  text_.clear();
  batch_.clear();
  goal_ = Goal::kNone;
  due_ = Clock::time_point::max();
  shown_.reset();
  copy_ = {};
}

// Continues with the output after the shown sessions.
void Playback::go_on(Goal goal) {
  if (goal_ == Goal::kNeedBefore) return;
  notice_.clear();
  if (is_moving()) {
    after_ = goal;
    return;
  }
  goal_ = goal;
  due_ = Clock::now();  // a part of the output may have arrived
}

// Output that precedes the answer is left out.
void Playback::order(const char* word, Timestamp at) {
  message_.clear();
  next_ = {};
  found_.reset();
  batch_.clear();
  has_snapshot_ = false;
  at_ = at;
  due_ = Clock::time_point::max();
  if (!child_.is_running()) {
    text_.clear();
    unanswered_ = 0;
    constexpr std::size_t kWidth = 200;  // of no importance for JSON
    std::string why = child_.start({"/proc/self/exe", "replay", "--steered"}, kWidth);
    if (!why.empty()) return fail(std::move(why));
  }
  ++unanswered_;
  child_.write(word + (' ' + to_rfc3339(at)) + '\n');
}

void Playback::search(std::chrono::nanoseconds distance) {
  notice_.clear();
  goal_ = Goal::kNeedBefore;
  wanted_ = *shown_;
  distance_ = distance;
  order("at", wanted_ - distance);
}

// Begins farther back, but not where the history has refused it.
void Playback::search_on() {
  constexpr std::chrono::hours kMost(24 * 30);
  constexpr std::chrono::milliseconds kExact(10);
  const auto distance = farthest_ ? (nearest_ + *farthest_) / 2 : nearest_ * 4;
  if (distance > kMost || (farthest_ && *farthest_ - nearest_ < kExact))
    return fail(message_.empty() ? "the history has none before" : message_);
  search(distance);
}

bool Playback::read(Clock::time_point now) {
  if (goal_ == Goal::kNone || (due_ != Clock::time_point::max() && now < due_)) return false;
  due_ = Clock::time_point::max();
  if (child_.is_running() && text_.find('\n') == text_.npos) child_.read(text_);
  std::size_t begin = 0;
  auto outcome = Outcome::kContinue;
  for (auto end = text_.find('\n'); end != text_.npos; end = text_.find('\n', begin)) {
    outcome = take(std::string_view(text_).substr(begin, end - begin), now);
    if (outcome == Outcome::kContinue || outcome == Outcome::kRefused) begin = end + 1;
    if (outcome != Outcome::kContinue) break;
    if ((goal_ == Goal::kTime || goal_ == Goal::kChangeBefore) && found_) {
      outcome = Outcome::kReached;
      break;
    }
  }
  text_.erase(0, begin);
  if (outcome == Outcome::kReached) {
    reach();
  } else if (outcome == Outcome::kNotFound) {
    nearest_ = distance_;
    search_on();
  } else if (outcome == Outcome::kEnded || outcome == Outcome::kRefused ||
             (outcome == Outcome::kContinue && !child_.is_running())) {
    end_output(now);
  }
  return true;
}

// A line that begins the next batch is processed again if the goal is reached before it.
Playback::Outcome Playback::take(std::string_view line, Clock::time_point now) {
  auto message = line.starts_with('{') ? reader_.read(line) : Result<protocol::Reply>(Error{});
  if (!message) {
    constexpr std::string_view kProgram = "atm: ";
    message_ = line.substr(line.starts_with(kProgram) ? kProgram.size() : 0);
    return Outcome::kContinue;
  }
  if (unanswered_ != 0) {
    const auto* const error = std::get_if<protocol::ErrorReply>(&message->message);
    if (error == nullptr && !std::holds_alternative<protocol::Ok>(message->message))
      return Outcome::kContinue;
    if (--unanswered_ != 0 || error == nullptr) return Outcome::kContinue;
    message_ = error->message;
    return Outcome::kRefused;
  }
  if (const auto* time = std::get_if<protocol::Replay>(&message->message)) {
    if (!time->at) return Outcome::kEnded;
    const Outcome outcome = end_batch(time->at, now);
    if (outcome == Outcome::kContinue) at_ = *time->at;
    return outcome;
  }
  if (std::holds_alternative<protocol::Gap>(message->message)) is_after_gap_ = true;
  if (has_snapshot_) {
    batch_.push_back(std::move(message->message));
    return Outcome::kContinue;
  }
  next_.apply(std::move(message->message));
  if (next_.is_current()) {
    has_snapshot_ = true;
    needs_ = needs_of(next_);
    if (goal_ == Goal::kTime) found_ = wanted_;
    if (goal_ == Goal::kChangeBefore) found_ = at_;
  }
  return Outcome::kContinue;
}

Playback::Outcome Playback::end_batch(std::optional<Timestamp> next, Clock::time_point now) {
  if (!batch_.empty()) {
    client::SessionCopy& copy = is_moving() ? next_ : copy_;
    for (protocol::DaemonMessage& message : batch_) copy.apply(std::move(message));
    batch_.clear();
    const std::size_t needs = needs_of(copy);
    const bool has_new_need = needs > std::exchange(needs_, needs);
    if (goal_ == Goal::kNeedBefore && has_new_need) found_ = at_;
    if (!is_moving()) shown_ = at_;
    if (goal_ == Goal::kChange || (goal_ == Goal::kNeed && has_new_need)) return Outcome::kReached;
  }
  if (goal_ == Goal::kNeedBefore && next && *next >= wanted_)
    return found_ ? Outcome::kReached : Outcome::kNotFound;
  if (goal_ == Goal::kPlay && next) {
    if (std::exchange(is_after_gap_, false)) {
      played_from_ = *next;
      play_began_ = now;
    }
    const auto due = play_began_ + std::chrono::duration_cast<Clock::duration>(*next - played_from_);
    if (due > now) {
      // The shown time moves once a second.
      shown_ = std::max(
          *shown_, played_from_ + std::chrono::duration_cast<std::chrono::nanoseconds>(now - play_began_));
      due_ = std::min<Clock::time_point>(due, now + std::chrono::seconds(1));
      return Outcome::kWait;
    }
  }
  return Outcome::kContinue;
}

void Playback::end_output(Clock::time_point now) {
  if (!has_snapshot_) {
    if (goal_ != Goal::kNeedBefore) return fail(message_.empty() ? "the history cannot be read" : message_);
    farthest_ = distance_;
    return search_on();
  }
  const Outcome outcome = end_batch(std::nullopt, now);
  if (outcome == Outcome::kReached || (goal_ == Goal::kNeedBefore && found_)) return reach();
  if (goal_ == Goal::kNeedBefore) {
    nearest_ = distance_;
    return search_on();
  }
  fail(goal_ == Goal::kNeed ? "no later time is known at which one more session needed you"
                            : "this is the newest change; :at now returns to the present");
}

void Playback::reach() {
  const Goal goal = std::exchange(goal_, Goal::kNone);
  if (goal == Goal::kNeedBefore) return go_to(*found_);
  if (goal != Goal::kTime && goal != Goal::kChangeBefore) return;
  copy_ = std::move(next_);
  shown_ = found_;
  if (const Goal after = std::exchange(after_, Goal::kNone); after != Goal::kNone) go_on(after);
}

// The output no longer begins after the shown sessions.
void Playback::fail(std::string why) {
  const bool is_back = goal_ == Goal::kTime && shown_ && wanted_ == *shown_;
  goal_ = Goal::kNone;
  if (shown_ && !is_back) go_to(*shown_);
  notice_ = std::move(why);
}

}  // namespace atm::cli
