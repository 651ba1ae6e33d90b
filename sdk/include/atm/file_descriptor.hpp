// SPDX-License-Identifier: MIT
// A file descriptor with an owner.
#pragma once

#include <atm/posix/file_descriptor.hpp>

namespace atm {

/// Owns one file descriptor and closes it at the end of its life; movable, not copyable. Sockets of the client and of
/// the listeners are passed as this type.
using posix::FileDescriptor;

}  // namespace atm
