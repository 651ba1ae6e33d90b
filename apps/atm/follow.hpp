// SPDX-License-Identifier: MIT
// Follows the daemon's events, also across its restarts.
#pragma once

#include <atm/client.hpp>
#include <atm/client/endpoint.hpp>
#include <atm/client/follower.hpp>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

#include "command.hpp"

namespace atm::cli {

/// The output of follow(). Every function returns false to stop: the output is closed.
class View {
 public:
  View() = default;
  virtual ~View() = default;
  View(const View&) = delete;
  View& operator=(const View&) = delete;

  [[nodiscard]] virtual bool show(const client::Follower::Received& received,
                                  const client::SessionCopy& copy) = 0;
  /// The daemon is away; `why` names the reason.
  [[nodiscard]] virtual bool lost(const std::string& why) = 0;
  [[nodiscard]] virtual bool found_again(bool is_another_start) = 0;
  /// Called after new events, and at least once a second.
  [[nodiscard]] virtual bool settle(const client::SessionCopy& copy) = 0;
  /// The number that FollowOptions::count limits.
  [[nodiscard]] virtual std::size_t shown() const = 0;
};

/// Turns signals into input, so that normal code restores the screen and no signal is lost between a test and a wait.
class Signals final {
 public:
  Signals();
  /// Waits for input on `fd` too (-1: on nothing else). Returns true if a signal requests the end.
  [[nodiscard]] bool wait(int fd, std::chrono::milliseconds timeout) const;
  /// The descriptor to wait for, and then the same answer without a wait.
  [[nodiscard]] int fd() const noexcept { return fd_.get(); }
  [[nodiscard]] bool take() const;

 private:
  client::Descriptor fd_;
};

struct FollowOptions {
  protocol::ClientType type = protocol::ClientType::kTui;
  protocol::Subscribe subscribe{};
  std::optional<unsigned long> count{};  // the view shows this many, then follow() ends
  std::optional<double> seconds{};
};

enum class FollowEnd { kCount, kTime, kSignal, kUnread };

/// Passes the events to `view` until an end condition holds. Waits for a daemon that goes away; returns an error only
/// if a retry cannot succeed.
[[nodiscard]] Result<FollowEnd> follow(const Global& global, Client client, const FollowOptions& options,
                                       const Signals& signals, View& view);

}  // namespace atm::cli
