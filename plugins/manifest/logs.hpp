// SPDX-License-Identifier: MIT
// The files that agents write about their sessions (table follow of a manifest).
#pragma once

#include <atm/json.hpp>
#include <atm/plugin/host.hpp>
#include <atm/plugin/processes.hpp>
#include <cstddef>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "log_file.hpp"
#include "rules.hpp"

namespace manifest {

/// Decides which files are followed and passes their lines to the parser. Of one thread.
class Logs final {
 public:
  using Agents = std::map<std::string, AgentRules, std::less<>>;

  static constexpr std::size_t kMaxFiles = 256;

  /// By agent, further values of the variable that names its home.
  using Homes = std::map<std::string, std::vector<std::string>, std::less<>>;

  /// `home`: the home directory of the user, absolute.
  Logs(const atm::Host& host, std::string home, Homes homes = {})
      : host_(host), processes_(host), home_(std::move(home)), homes_(std::move(homes)) {}

  /// Looks for files: those that a session names, and those that match a glob.
  void look(const Agents& agents);
  /// Passes the new lines on. Returns the number of files.
  std::size_t read();

 private:
  using FileId = std::pair<dev_t, ino_t>;

  struct Followed {
    LogFile file;
    std::string agent;
    std::string channel;
    std::int64_t index = 0;  ///< of the table follow
    std::string session{};   ///< empty: each line names it
    std::string actor{};
    std::int64_t pid = 0;  ///< that has a file of a glob open
    std::int64_t start_ticks = 0;
    bool is_listed = true;
  };

  [[nodiscard]] std::set<std::string> roots_of(const AgentRules& agent, const Follow& follow,
                                               const std::vector<atm::Process>& running) const;
  void open(const AgentRules& agent, std::size_t index, int directory, std::string_view relative,
            std::string_view session, const std::vector<atm::Process>& running);
  bool read_head(const Follow& follow, Followed& followed);
  bool pass(const Followed& followed, std::string_view line);

  const atm::Host host_;
  const atm::Processes processes_;
  const std::string home_;
  const Homes homes_;
  atm::json::Reader reader_;
  std::map<FileId, Followed> files_;
};

}  // namespace manifest
