// SPDX-License-Identifier: MIT
#include <fcntl.h>

#include <atm/posix/standard_files.hpp>

namespace atm::posix {

bool open_standard_files() noexcept {
  for (int fd = 0; fd < 3; ++fd) {
    if (::fcntl(fd, F_GETFD) < 0 && ::open("/dev/null", fd == 0 ? O_RDONLY : O_WRONLY) != fd) return false;
  }
  return true;
}

}  // namespace atm::posix
