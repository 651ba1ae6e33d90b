// SPDX-License-Identifier: MIT
#include <atm/plugin/entry.hpp>

#include "net/server.hpp"

ATM_PLUGIN(unix_socket::Server);
