// SPDX-License-Identifier: MIT
// Unit tests of a plugin without the daemon and without loading a library.
#pragma once

#include <atm/testing/fake_host.hpp>
#include <atm/testing/fake_store.hpp>
#include <atm/testing/plugin_instance.hpp>
