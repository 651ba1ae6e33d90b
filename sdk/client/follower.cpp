// SPDX-License-Identifier: MIT
#include <poll.h>

#include <algorithm>
#include <atm/client/follower.hpp>
#include <cstdint>
#include <utility>

namespace atm::client {

Result<std::optional<Follower::Event>> Follower::step(Clock::time_point now) {
  if (copy_.state() == SessionCopy::State::kBroken) {
    return fail({ErrorCode::kIo, "the daemon skipped an event without a gap"}, now);
  }
  if (is_subscribed_) return read(now);
  if (!client_) {
    if (now < due_) return std::optional<Event>{};
    auto connected = Client::connect(options_.client);
    if (!connected) return fail(connected.error(), now);
    client_ = std::move(*connected);
  }
  return subscribe(now);
}

Result<std::optional<Follower::Event>> Follower::next(std::chrono::milliseconds timeout) {
  const auto end = Clock::now() + timeout;
  for (;;) {
    const auto now = Clock::now();
    auto event = step(now);
    if (!event || *event || now >= end) return event;
    wait_until(std::min(end, due_));
  }
}

Follower::Outcome Follower::subscribe(Clock::time_point now) {
  Connected connected{was_connected_, copy_.apply(client_->server()).is_another_start};
  if (auto begun = client_->ask(options_.subscribe); !begun) return fail(begun.error(), now);
  due_ = Clock::time_point::max();
  is_subscribed_ = was_connected_ = true;
  is_lost_ = false;
  return std::optional<Event>(connected);
}

Follower::Outcome Follower::read(Clock::time_point now) {
  auto message = client_->next(std::chrono::milliseconds(0));
  if (!message) return fail(message.error(), now);
  if (!*message) return std::optional<Event>{};
  Received received{std::move(**message), {}};
  received.changes = options_.keeps_messages ? copy_.apply(received.message.value)
                                             : copy_.apply(std::move(received.message.value));
  if (copy_.is_current()) backoff_.reset();
  return std::optional<Event>(std::move(received));
}

Follower::Outcome Follower::fail(const Error& why, Clock::time_point now) {
  client_.reset();
  is_subscribed_ = false;
  copy_.disconnected();
  due_ = now + backoff_.next();
  if (why.code != ErrorCode::kIo && why.code != ErrorCode::kBusy) return why;
  if (std::exchange(is_lost_, true)) return std::optional<Event>{};
  return std::optional<Event>(Lost{why});
}

void Follower::wait_until(Clock::time_point when) const noexcept {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(when - Clock::now()).count();
  pollfd input{fd(), POLLIN, 0};
  ::poll(&input, 1, static_cast<int>(std::clamp<std::int64_t>(left, 0, 3'600'000)));
}

}  // namespace atm::client
