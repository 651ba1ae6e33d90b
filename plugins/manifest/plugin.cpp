// SPDX-License-Identifier: MIT
#include <atm/plugin/entry.hpp>

#include "manifest.hpp"

ATM_PLUGIN(manifest::Manifest);
