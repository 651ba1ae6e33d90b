// SPDX-License-Identifier: MIT
// atm wait ID|--any: waits until a condition holds.
#include <atm/json.hpp>
#include <cstdio>

#include "command.hpp"
#include "follow.hpp"
#include "lookup.hpp"
#include "session_json_text.hpp"
#include "text.hpp"
#include "wait_condition.hpp"

namespace atm::cli {

namespace {

using Decision = WaitCondition::Decision;

// A view that stops at the message that decides.
class Waiting final : public View {
 public:
  explicit Waiting(WaitCondition condition) : condition_(std::move(condition)) {}

  bool show(const client::Follower::Received& received, const client::SessionCopy& copy) override {
    if (decision_) return true;
    decision_ = condition_.decide(received.changes, copy);
    if (decision_) lines_ = received.message.lines;
    return true;
  }
  /// Passes the state before the first event.
  void begin(const Client::Message& all) {
    client::SessionCopy copy;
    const auto changes = copy.apply(all.value);
    static_cast<void>(show({all, changes}, copy));
  }
  bool lost(const std::string& why) override {
    std::fprintf(stderr, "atm: %s; trying again\n", terminal_safe(why).c_str());
    return true;
  }
  bool found_again(bool is_another_start) override {
    std::fputs("atm: connected again\n", stderr);
    if (is_another_start) condition_.forget();
    return true;
  }
  bool settle(const client::SessionCopy& /*copy*/) override { return true; }
  std::size_t shown() const override { return decision_ ? 1 : 0; }

  [[nodiscard]] const std::optional<Decision>& decision() const noexcept { return decision_; }
  /// The lines of the message that decided.
  [[nodiscard]] const std::vector<std::string>& lines() const noexcept { return lines_; }

 private:
  WaitCondition condition_;
  std::optional<Decision> decision_;
  std::vector<std::string> lines_;
};

std::string removal_json(const Decision& decision) {
  json::Buffer buffer;
  json::Writer writer(buffer);
  writer.StartObject();
  json::member(writer, "id", decision.id);
  json::member(writer, "removed", decision.reason);
  writer.EndObject();
  return std::string(json::text_of(buffer));
}

std::string decision_text(const Decision& decision, std::string_view gap) {
  const std::string reason = decision.reason.empty() ? "" : " (" + decision.reason + ")";
  return terminal_safe(decision.id).append(gap) +
         (decision.session ? status_text(decision.session->domain) : terminal_safe("removed" + reason));
}

ExitCode tell(const Waiting& waiting, const WaitOptions& options) {
  const Decision& decision = *waiting.decision();
  if (!decision.is_met) {
    std::fprintf(stderr, "atm: %s before the condition held; see atm list\n",
                 decision_text(decision, ": ").c_str());
    return kOver;
  }
  if (!options.json) return print(decision_text(decision, "  ") + "\n");
  if (!decision.session) return print_json(removal_json(decision) + "\n");
  return print_json(session_objects(waiting.lines())[decision.id] + "\n");
}

ExitCode give_up(FollowEnd end, const WaitOptions& options) {
  if (end != FollowEnd::kTime) return end == FollowEnd::kSignal ? kInterrupted : kUnwritten;
  std::fprintf(stderr, "atm: timed out after %g s; atm explain shows why a session has its status\n",
               options.seconds.value_or(0));
  return kTimeUp;
}

}  // namespace

ExitCode run_wait(const Global& global, const WaitOptions& options) {
  FollowOptions how;
  how.type = protocol::ClientType::kSubscriber;
  how.count = 1;
  how.seconds = options.seconds;
  auto client = connect(global, how.type);
  if (!client) return complain(client.error());
  const auto before = ask_sessions(*client);
  if (!before) return complain(before.error());
  if (options.id) {
    const auto one = find_session(std::get<protocol::Sessions>(before->value).sessions, *options.id);
    if (!one) return complain(one.error());
    how.subscribe.session_id = (*one)->domain.id.str();
  }
  Waiting waiting(WaitCondition(options.until, how.subscribe.session_id.value_or("")));
  waiting.begin(*before);
  if (waiting.decision()) return tell(waiting, options);
  const Signals signals;
  const auto ended = follow(global, std::move(*client), how, signals, waiting);
  if (!ended) return complain(ended.error());
  return waiting.decision() ? tell(waiting, options) : give_up(*ended, options);
}

}  // namespace atm::cli
