// SPDX-License-Identifier: MIT
#include <atm/plugin/entry.hpp>

#include "context.hpp"

ATM_PLUGIN(context::Context);
