// SPDX-License-Identifier: MIT
// The shares of the budgets that the agents' own figures have used.
#pragma once

#include <atm/domain/money.hpp>
#include <atm/json.hpp>
#include <atm/plugin/interfaces.hpp>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace cost {

/// Which local day and month it is; months are counted from year 0.
struct Calendar {
  std::int64_t day = 0;
  std::int64_t month = 0;
};
[[nodiscard]] Calendar local_calendar(std::int64_t time_ns);

/// `[budget]` of the configuration. Budgets of a day and of a project in a month need the figures of other sessions: it
/// knows those that reported since it was created. Not synchronised.
class Budgets final {
 public:
  Budgets() = default;
  /// `config` is the configuration of the plugin. An amount that is no positive number of dollars is no budget; `atm cost`
  /// reports it.
  explicit Budgets(const atm::json::Value& config);

  /// Sets the facts `cost.budget.*` of a session that reports a cost, and what a later report needs.
  void report(const atm::ObservationView& observation, const atm::SessionSnapshot& session, atm::Money cost,
              const atm::FactSink& sink);

 private:
  // What a session spent in a period, by the differences of its figures.
  struct Period {
    std::int64_t number = 0;
    std::int64_t spent = 0;
  };
  struct Spent {
    std::string project;
    Period day;
    Period month;
  };

  atm::Money day_;
  atm::Money project_;
  atm::Money session_;
  std::map<std::string, Spent, std::less<>> sessions_;
};

}  // namespace cost
