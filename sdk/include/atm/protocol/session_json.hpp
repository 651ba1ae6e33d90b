// SPDX-License-Identifier: MIT
// Reader and writer of the session object.
#pragma once

#include <atm/protocol/session_reader.hpp>
#include <atm/protocol/session_writer.hpp>
