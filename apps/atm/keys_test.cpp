// SPDX-License-Identifier: MIT
#include "keys.hpp"

#include <sys/stat.h>

#include <fstream>
#include <string>

#include "support/catch.hpp"
#include "support/file_mode.hpp"
#include "support/temp_dir.hpp"
#include "support/text.hpp"

using namespace atm::cli;
using atm::test::contains;
using atm::test::mode_of;
using atm::test::TempDir;

namespace {

std::string line_of(const std::filesystem::path& file) {
  std::string line;
  std::getline(std::ifstream(file), line);
  return line;
}

}  // namespace

TEST_CASE("atm keys writes a pair that only its owner can read, and prints only the public key", "[cli]") {
  const TempDir dir;
  KeysOptions options;
  options.directory = dir.path() / "a/keys";
  const auto text = make_keys(options);
  REQUIRE(text);
  const auto secret = line_of(dir.path() / "a/keys/atmd.secret");
  const auto open = line_of(dir.path() / "a/keys/atmd.public");
  CHECK(secret.size() == 40);
  CHECK(open.size() == 40);
  CHECK(secret != open);
  CHECK(mode_of(dir.path() / "a/keys/atmd.secret") == 0600);
  CHECK(mode_of(dir.path() / "a/keys/atmd.public") == 0600);
  CHECK(mode_of(dir.path() / "a/keys") == 0700);
  CHECK(contains(*text, open));
  CHECK_FALSE(contains(*text, secret));
  CHECK(contains(*text, "curve_secret_key_file = \"" + (dir.path() / "a/keys/atmd.secret").string() + '"'));
}

TEST_CASE("atm keys prints the secret on request", "[cli]") {
  const TempDir dir;
  KeysOptions options;
  options.directory = dir.path();
  options.show_secret = true;
  const auto text = make_keys(options);
  REQUIRE(text);
  CHECK(contains(*text, line_of(dir.path() / "atmd.secret")));
}

TEST_CASE("atm keys replaces no key and follows no link", "[cli]") {
  const TempDir dir;
  KeysOptions options;
  options.directory = dir.path();
  dir.file("atmd.secret", "mine");
  const auto refused = make_keys(options);
  REQUIRE_FALSE(refused);
  CHECK(contains(refused.error().message, "atmd.secret: File exists"));
  CHECK(line_of(dir.path() / "atmd.secret") == "mine");
  options.name = "linked";
  std::filesystem::create_symlink(dir.path() / "elsewhere", dir.path() / "linked.secret");
  CHECK_FALSE(make_keys(options));
  CHECK_FALSE(std::filesystem::exists(dir.path() / "elsewhere"));
  options.name = "../x";
  CHECK_FALSE(make_keys(options));
}
