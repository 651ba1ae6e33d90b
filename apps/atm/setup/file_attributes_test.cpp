// SPDX-License-Identifier: MIT
#include <sys/stat.h>
#include <sys/xattr.h>

#include <array>
#include <cstdint>
#include <string>

#include "setup_fixture.hpp"
#include "support/catch.hpp"
#include "support/file_mode.hpp"

namespace atm::cli::setup {
namespace {

using test::mode_of;

std::string attribute(const std::string& path, const char* name) {
  std::array<char, 256> value{};
  const ssize_t size = ::getxattr(path.c_str(), name, value.data(), value.size());
  return size < 0 ? "none" : std::string(value.data(), static_cast<std::size_t>(size));
}

void add_number(std::string& bytes, std::uint32_t number, int size) {
  for (int i = 0; i < size; ++i) bytes += static_cast<char>(number >> 8 * i & 0xFFU);
}

/// An access list in kernel format (linux/posix_acl_xattr.h): one more user may read, no other.
std::string list_with_reader(std::uint32_t uid) {
  constexpr std::uint32_t kNobody = 0xFFFFFFFF;
  struct Entry {
    std::uint32_t tag, rights, id;
  };
  std::string bytes;
  add_number(bytes, 2, 4);
  for (const Entry& entry : {Entry{1, 6, kNobody}, Entry{2, 4, uid}, Entry{4, 0, kNobody},
                             Entry{16, 4, kNobody}, Entry{32, 0, kNobody}}) {
    add_number(bytes, entry.tag, 2);
    add_number(bytes, entry.rights, 2);
    add_number(bytes, entry.id, 4);
  }
  return bytes;
}

TEST_CASE("SETUP-I5: access list and extended attributes of the settings are kept") {
  const SetupFixture fixture;
  fixture.has_settings("{}\n");
  const std::string file = fixture.settings();
  const std::string note = "mine";
  const std::string list = list_with_reader(12345);
  if (::setxattr(file.c_str(), "user.note", note.data(), note.size(), 0) != 0 ||
      ::setxattr(file.c_str(), "system.posix_acl_access", list.data(), list.size(), 0) != 0) {
    WARN("skipped: this file system keeps no attributes");
    return;
  }
  const mode_t mode = mode_of(file);
  CHECK(mode == 0640);
  static_cast<void>(fixture.connect());
  CHECK(fixture.now() != "{}\n");
  CHECK(attribute(file, "user.note") == note);
  CHECK(attribute(file, "system.posix_acl_access") == list);
  CHECK(mode_of(file) == mode);
}

}  // namespace
}  // namespace atm::cli::setup
