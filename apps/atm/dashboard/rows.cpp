// SPDX-License-Identifier: MIT
#include "rows.hpp"

namespace atm::cli {

void Counts::add(Activity activity, Money session_cost) {
  ++sessions;
  needs += activity == Activity::kNeedsUser ? 1 : 0;
  works += activity == Activity::kWorks ? 1 : 0;
  done += activity == Activity::kIsDone ? 1 : 0;
  cost += session_cost;
}

}  // namespace atm::cli
