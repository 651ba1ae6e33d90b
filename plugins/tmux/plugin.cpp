// SPDX-License-Identifier: MIT
#include <atm/plugin/entry.hpp>

#include "titles.hpp"

ATM_PLUGIN(tmux::Titles);
