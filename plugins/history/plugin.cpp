// SPDX-License-Identifier: MIT
#include <atm/plugin/entry.hpp>

#include "store.hpp"

ATM_PLUGIN(history::HistoryStore);
