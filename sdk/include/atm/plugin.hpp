// SPDX-License-Identifier: MIT
// Everything that a plugin includes: base classes, host services and ATM_PLUGIN. The guide is
// docs/sdk/writing-a-plugin.md.
#pragma once

#include <atm/plugin/entry.hpp>
#include <atm/plugin/host.hpp>
#include <atm/plugin/interfaces.hpp>
#include <atm/plugin/values.hpp>
