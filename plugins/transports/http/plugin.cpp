// SPDX-License-Identifier: MIT
#include <atm/plugin/entry.hpp>

#include "transport.hpp"

ATM_PLUGIN(http_ingest::HttpTransport);
