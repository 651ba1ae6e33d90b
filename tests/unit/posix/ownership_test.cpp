// SPDX-License-Identifier: MIT
#include <atm/posix/ownership.hpp>

#include "support/catch.hpp"

using namespace atm::posix;

namespace {

struct stat file_of(uid_t uid, mode_t mode) {
  struct stat about {};
  about.st_uid = uid;
  about.st_mode = mode;
  return about;
}

}  // namespace

TEST_CASE("an own file is a regular file of the effective user", "[ownership]") {
  const uid_t other = ::geteuid() + 1;
  CHECK(is_own_file(file_of(::geteuid(), S_IFREG | 0600)));
  CHECK_FALSE(is_own_file(file_of(::geteuid(), S_IFIFO | 0600)));
  CHECK_FALSE(is_own_file(file_of(other, S_IFREG | 0600)));
  CHECK_FALSE(is_own(file_of(other, S_IFREG)));
  CHECK(is_own_or_root(file_of(0, S_IFREG)));
  CHECK_FALSE(is_own_or_root(other));
  CHECK(owner_text(file_of(other, S_IFREG)) == "belongs to uid " + std::to_string(other) +
                                                   ", expected your own (" + std::to_string(::geteuid()) +
                                                   ")");
}

TEST_CASE("the mode of group and others decides their access", "[ownership]") {
  CHECK(is_writable_by_others(file_of(0, 0620)));
  CHECK(is_writable_by_others(file_of(0, 0602)));
  CHECK_FALSE(is_writable_by_others(file_of(0, 0755)));
  CHECK(is_accessible_by_others(file_of(0, 0610)));
  CHECK(is_accessible_by_others(file_of(0, 0604)));
  CHECK_FALSE(is_accessible_by_others(file_of(0, S_IFREG | 0700)));
}
