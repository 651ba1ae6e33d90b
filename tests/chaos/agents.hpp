// SPDX-License-Identifier: MIT
// Processes that pose as Claude Code and record what they sent.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "chaos/daemon.hpp"

namespace atm::test {

enum class Outcome : std::uint8_t {
  kUnderWay,
  kSure,        ///< the hook had enough time to complete
  kDoubtful,    ///< the hook may have ended itself at its deadline
  kTaken,       ///< the daemon replied ok
  kRefused,     ///< the daemon replied error
  kUnanswered,  ///< the daemon did not reply, or did not run
};

/// One record.
struct Sent {
  std::int64_t begin_ns = 0;
  std::int64_t end_ns = 0;
  std::uint8_t event = 0;
  Outcome outcome = Outcome::kUnderWay;
};

/// An event of Claude Code, and the resulting status of a session.
struct AgentEvent {
  std::string_view name;
  std::string_view status;
};
[[nodiscard]] std::span<const AgentEvent> agent_events();

/// Several agents, each a process with one session "a0", "a1", ... Every second one requests replies over the socket,
/// the others run the real hook.
class Agents final {
 public:
  Agents(std::size_t count, double records_per_second, std::uint32_t seed, Places places);
  ~Agents();
  Agents(const Agents&) = delete;
  Agents& operator=(const Agents&) = delete;

  /// Lets them send, or waits until none sends.
  void go_on();
  void pause();
  /// Makes each of these agents send until one record has surely reached the daemon or the spool.
  void send_last(bool is_through_hook);

  [[nodiscard]] std::size_t size() const noexcept { return pids_.size(); }
  [[nodiscard]] static bool uses_hook(std::size_t agent) noexcept { return agent % 2 == 0; }
  [[nodiscard]] std::string session(std::size_t agent) const { return "a" + std::to_string(agent); }
  /// The record with number n is at n - 1.
  [[nodiscard]] std::span<const Sent> sent(std::size_t agent) const;
  [[nodiscard]] std::size_t sent() const;

 private:
  enum class Order : std::uint32_t { kRest, kSend, kSendLast };
  struct Book;

  [[noreturn]] void live(std::size_t agent, std::uint32_t seed, double records_per_second);
  /// Returns once an order beyond the known ones was given, or earlier.
  static void wait_for_order(Book& book, std::uint32_t known);
  void send(std::size_t agent, std::uint8_t event);
  [[nodiscard]] Outcome run_hook(const std::string& payload) const;
  [[nodiscard]] Outcome ask_socket(const std::string& payload) const;
  void order(std::size_t agent, Order what);
  void wait_for_rest(std::size_t agent) const;

  const Places places_;
  Book* books_ = nullptr;  // shared with the agents
  std::vector<pid_t> pids_;
};

}  // namespace atm::test
