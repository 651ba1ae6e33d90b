// SPDX-License-Identifier: MIT
// What a client of the daemon sees: sessions read back from their JSON, removals, activity counted.
#pragma once

#include <atm/host/events.h>

#include <atm/json.hpp>
#include <atm/protocol/session.hpp>
#include <cstdint>
#include <map>
#include <string>

#include "kernel/bus/bus.hpp"

namespace atm::gauntlet {

class View {
 public:
  explicit View(kernel::Bus& bus);
  ~View();
  View(const View&) = delete;
  View& operator=(const View&) = delete;

  /// Takes what has been published. Throws std::runtime_error when a session's JSON cannot be read back.
  void drain();

  [[nodiscard]] const std::map<std::string, protocol::Session>& sessions() const noexcept {
    return sessions_;
  }
  /// nullptr: not there.
  [[nodiscard]] const protocol::Session* find(const std::string& id) const;
  /// Why a session that was there is not any more; empty: it is there, or never was.
  [[nodiscard]] std::string removal_of(const std::string& id) const;
  [[nodiscard]] std::uint64_t told(const std::string& type) const;

  /// For people: status, attention and evidence of a session, on a few lines.
  [[nodiscard]] std::string describe(const std::string& id) const;
  /// What of all sessions a repetition must not change.
  [[nodiscard]] std::string summary() const;

 private:
  atm_status take(const atm_event& event);

  kernel::Bus& bus_;
  std::uint64_t subscription_ = 0;
  json::Reader reader_;
  std::map<std::string, protocol::Session> sessions_;
  std::map<std::string, std::string> removed_;
  std::map<std::string, std::uint64_t> told_;
  std::string failure_;
};

}  // namespace atm::gauntlet
