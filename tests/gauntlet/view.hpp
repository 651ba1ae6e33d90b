// SPDX-License-Identifier: MIT
// The view of a client: sessions parsed from their JSON, removals, activity counts.
#pragma once

#include <atm/host/events.h>

#include <atm/json.hpp>
#include <atm/protocol/session.hpp>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "kernel/bus/bus.hpp"

namespace atm::gauntlet {

class View {
 public:
  View() = default;
  ~View() { disconnect(); }
  View(const View&) = delete;
  View& operator=(const View&) = delete;

  /// Reads a snapshot of the next daemon; the sessions of the one before are forgotten.
  void connect(kernel::Bus& bus);
  /// Before the bus ends.
  void disconnect();

  /// Reads everything published by `now`, in seconds from the start of the scenario. Throws std::runtime_error if a
  /// session's JSON is unreadable.
  void drain(std::chrono::nanoseconds now);

  [[nodiscard]] const std::map<std::string, protocol::Session>& sessions() const noexcept {
    return sessions_;
  }
  /// nullptr if it does not exist.
  [[nodiscard]] const protocol::Session* find(const std::string& id) const;
  /// The reason of a session's removal; empty if it exists or never existed.
  [[nodiscard]] std::string removal_of(const std::string& id) const;
  [[nodiscard]] std::uint64_t told(const std::string& type) const;

  /// The times at which sessions waited for the user, ordered by their start. A wait for the next prompt, an error and
  /// an acknowledged wait do not count.
  struct Wait {
    std::string session;
    std::chrono::nanoseconds begin{};
    std::optional<std::chrono::nanoseconds> end{};  ///< none: not ended
  };
  [[nodiscard]] const std::vector<Wait>& waits() const noexcept { return waits_; }
  /// The times from `attention.raised` to `attention.cleared`, ordered by their start.
  [[nodiscard]] const std::vector<Wait>& alerts() const noexcept { return alerts_; }

  /// For users: status, attention and evidence of a session, on a few lines.
  [[nodiscard]] std::string describe(const std::string& id) const;
  /// The state of all sessions that a repetition must not change.
  [[nodiscard]] std::string summary() const;

 private:
  atm_status take(const atm_event& event);
  void note(std::vector<Wait>& waits, const std::string& id, bool is_on);

  kernel::Bus* bus_ = nullptr;
  std::uint64_t subscription_ = 0;
  json::Reader reader_;
  std::map<std::string, protocol::Session> sessions_;
  std::map<std::string, std::string> removed_;
  std::map<std::string, std::uint64_t> counts_;
  std::chrono::nanoseconds now_{};
  std::vector<Wait> waits_;
  std::vector<Wait> alerts_;
  std::string failure_;
};

}  // namespace atm::gauntlet
