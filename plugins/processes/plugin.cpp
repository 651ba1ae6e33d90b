// SPDX-License-Identifier: MIT
#include <atm/plugin/entry.hpp>

#include "process_source.hpp"

ATM_PLUGIN(processes::ProcessSource);
