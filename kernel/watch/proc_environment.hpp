// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "kernel/runtime/unique_fd.hpp"
#include "kernel/watch/process_table.hpp"

namespace atm::kernel {

/// Reads one variable out of an opened /proc/PID/environ (NAME=value, each ended by NUL; the first of a name
/// counts, as for getenv). Keeps nothing else, and wipes the buffer that the rest went through.
[[nodiscard]] ProcessReading read_variable(const UniqueFd& environ_file, std::string_view name,
                                           std::size_t max_bytes, std::string& value);

}  // namespace atm::kernel
