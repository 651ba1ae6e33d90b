// SPDX-License-Identifier: MIT
#pragma once

#include <atm/posix/file_descriptor.hpp>
#include <cstddef>
#include <string>
#include <string_view>

#include "kernel/watch/process_table.hpp"

namespace atm::kernel {

/// Reads one variable from an opened /proc/PID/environ (NAME=value, each ended by NUL; the first match counts, as for
/// getenv). Keeps nothing else and wipes its buffer.
[[nodiscard]] ProcessReading read_variable(const posix::FileDescriptor& environ_file, std::string_view name,
                                           std::size_t max_bytes, std::string& value);

}  // namespace atm::kernel
