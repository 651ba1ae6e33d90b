// SPDX-License-Identifier: MIT
// Following the daemon's events, through its restarts too.
#pragma once

#include <atm/client.hpp>
#include <atm/client/follower.hpp>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

#include "command.hpp"

namespace atm::cli {

/// Who follows. Every function answers whether to go on: somebody still reads.
class View {
 public:
  View() = default;
  virtual ~View() = default;
  View(const View&) = delete;
  View& operator=(const View&) = delete;

  [[nodiscard]] virtual bool show(const client::Follower::Told& told, const client::SessionCopy& copy) = 0;
  /// The daemon is away; `why` says how that came out.
  [[nodiscard]] virtual bool lost(const std::string& why) = 0;
  [[nodiscard]] virtual bool found_again(bool is_another_start) = 0;
  /// Called after what was there to show, and at least once a second.
  [[nodiscard]] virtual bool settle(const client::SessionCopy& copy) = 0;
  /// What FollowOptions::count counts.
  [[nodiscard]] virtual std::size_t shown() const = 0;
};

/// Signals arrive as input while this lives, so that a screen is put back in plain code and none is missed
/// between a test and a wait.
class Signals final {
 public:
  Signals();
  /// Waits for input on `fd` too (-1: on nothing else). Whether a signal asks to end.
  [[nodiscard]] bool wait(int fd, std::chrono::milliseconds timeout) const;

 private:
  client::Descriptor fd_;
};

struct FollowOptions {
  protocol::ClientType type = protocol::ClientType::kTui;
  protocol::Subscribe subscribe{};
  std::optional<unsigned long> count{};  // ends when the view has shown as many
  std::optional<double> seconds{};
};

enum class FollowEnd { kCount, kTime, kSignal, kUnread };

/// Shows `view` the events until one of the ends comes. A daemon that goes away is waited for; an error is
/// one that trying again does not mend.
[[nodiscard]] Result<FollowEnd> follow(const Global& global, Client client, const FollowOptions& options,
                                       const Signals& signals, View& view);

}  // namespace atm::cli
