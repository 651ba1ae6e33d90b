// SPDX-License-Identifier: MIT
// Agents whose hooks find no daemon, and a subscriber that counts the resulting events.
#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "wire_client.hpp"

namespace atm::test {

/// Several concurrent agents, each with one session "s0", "s1", ... and sequential hooks: the real hook, whose tool
/// name is its number, 1, 2, 3, ...
class SpoolWriters final {
 public:
  SpoolWriters(std::filesystem::path socket, int writers, std::vector<std::string> environment = {});

  /// Runs this many more hooks for each writer. A hook gives up on a busy machine; with `insist` it runs again until
  /// its record is in the spool, without it the hook becomes doubtful.
  void run(int hooks, bool insist);
  /// Runs more hooks of each session, one at a time, until one has surely completed. Returns the number of that one, by
  /// session. Call it last.
  [[nodiscard]] std::map<std::string, int> finish();

  [[nodiscard]] int writers() const noexcept { return writers_; }
  /// The number of each writer's last hook.
  [[nodiscard]] int last() const noexcept { return last_; }
  /// Hooks that may have given up, as "s0/17".
  [[nodiscard]] const std::set<std::string>& doubtful() const noexcept { return doubtful_; }
  [[nodiscard]] std::filesystem::path spool() const { return socket_.string() + ".spool"; }
  /// The numbers in the spool, by session, in spool order.
  [[nodiscard]] std::map<std::string, std::vector<int>> in_spool() const;

 private:
  [[nodiscard]] std::set<std::string> run_one(const std::string& session, int hooks, bool insist) const;
  /// Returns true if it surely had enough time to complete.
  [[nodiscard]] bool run_hook(const std::string& session, int number) const;

  const std::filesystem::path socket_;
  const int writers_;
  const std::vector<std::string> environment_;
  int last_ = 0;
  std::set<std::string> doubtful_;
};

/// Subscribes to everything and reads it.
class SpoolReader final {
 public:
  /// Also possible before a daemon accepts on the socket.
  explicit SpoolReader(const std::filesystem::path& socket);

  /// Reads until the subscription has begun.
  void begin();
  /// Reads until every session has reached that number.
  void read_until(int last, int sessions);
  /// Reads until each of these sessions has reached its number.
  void read_until(const std::map<std::string, int>& last);
  /// Reads until events of that many hooks have arrived.
  void read_all(std::size_t hooks);
  /// The events of each session's hooks, in order of arrival.
  [[nodiscard]] const std::map<std::string, std::vector<int>>& numbers() const noexcept { return numbers_; }
  /// The number of missed events, and of sessions before this subscription.
  [[nodiscard]] std::size_t gaps() const noexcept { return gaps_; }
  [[nodiscard]] std::size_t sessions_before() const noexcept { return before_; }

 private:
  void read_one();

  Wire wire_;
  std::size_t reported_ = 0;
  std::map<std::string, std::vector<int>> numbers_;
  std::size_t gaps_ = 0;
  bool has_begun_ = false;
  std::size_t before_ = 0;
};

/// 1 to `last`, except for those in `doubtful`.
[[nodiscard]] bool is_all_in_order(const std::string& session, const std::vector<int>& numbers, int last,
                                   const std::set<std::string>& doubtful);

}  // namespace atm::test
