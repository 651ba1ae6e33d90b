// SPDX-License-Identifier: MIT
// The session object, both ways.
#pragma once

#include <atm/protocol/session_reader.hpp>
#include <atm/protocol/session_writer.hpp>
