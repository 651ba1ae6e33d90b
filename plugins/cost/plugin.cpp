// SPDX-License-Identifier: MIT
#include <atm/plugin/entry.hpp>

#include "cost.hpp"

ATM_PLUGIN(cost::Cost);
