// SPDX-License-Identifier: MIT
// Agents whose hooks find no daemon, and a subscriber that counts what comes of them.
#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "wire_client.hpp"

namespace atm::test {

/// Several agents at once, each with one session "s0", "s1", ... and hooks one after the other, as an agent has
/// them: the real hook, whose tool is called by its number, 1, 2, 3, ...
class SpoolWriters final {
 public:
  SpoolWriters(std::filesystem::path socket, int writers, std::vector<std::string> environment = {});

  /// Runs so many more hooks for each writer. A hook gives up when the machine is busy; with `insist` it is run again
  /// until its record is in the spool, without it becomes doubtful.
  void run(int hooks, bool insist);
  /// Runs more hooks of each session, one at a time, until one has surely done its work. The number of that one, by
  /// session. The last call for these writers.
  [[nodiscard]] std::map<std::string, int> finish();

  [[nodiscard]] int writers() const noexcept { return writers_; }
  /// The number of each writer's last hook.
  [[nodiscard]] int last() const noexcept { return last_; }
  /// Hooks that may have given up, as "s0/17".
  [[nodiscard]] const std::set<std::string>& doubtful() const noexcept { return doubtful_; }
  [[nodiscard]] std::filesystem::path spool() const { return socket_.string() + ".spool"; }
  /// The numbers in the spool, by session, in its order.
  [[nodiscard]] std::map<std::string, std::vector<int>> in_spool() const;

 private:
  [[nodiscard]] std::set<std::string> run_one(const std::string& session, int hooks, bool insist) const;
  /// Whether it surely had the time to do all it does.
  [[nodiscard]] bool run_hook(const std::string& session, int number) const;

  const std::filesystem::path socket_;
  const int writers_;
  const std::vector<std::string> environment_;
  int last_ = 0;
  std::set<std::string> doubtful_;
};

/// Tells the daemon to tell everything, and reads it.
class SpoolReader final {
 public:
  /// Also before there is a daemon behind the socket.
  explicit SpoolReader(const std::filesystem::path& socket);

  /// Reads until the subscription has begun.
  void begin();
  /// Reads until every session has come to that number.
  void read_until(int last, int sessions);
  /// Reads until each of these sessions has come to its number.
  void read_until(const std::map<std::string, int>& last);
  /// Reads until so many hooks have been told of.
  void read_all(std::size_t hooks);
  /// What came of each session's hooks, in the order in which it came.
  [[nodiscard]] const std::map<std::string, std::vector<int>>& numbers() const noexcept { return numbers_; }
  /// What was missed, and how many sessions there were before this subscription.
  [[nodiscard]] std::size_t gaps() const noexcept { return gaps_; }
  [[nodiscard]] std::size_t sessions_before() const noexcept { return before_; }

 private:
  void read_one();

  Wire wire_;
  std::size_t told_ = 0;
  std::map<std::string, std::vector<int>> numbers_;
  std::size_t gaps_ = 0;
  bool has_begun_ = false;
  std::size_t before_ = 0;
};

/// 1 to `last`, but for those that `doubtful` has.
[[nodiscard]] bool is_all_in_order(const std::string& session, const std::vector<int>& numbers, int last,
                                   const std::set<std::string>& doubtful);

}  // namespace atm::test
