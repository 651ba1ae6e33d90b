// SPDX-License-Identifier: MIT
#include <sys/stat.h>

#include <atm/transport/secret_file.hpp>
#include <fstream>
#include <iterator>
#include <latch>
#include <set>
#include <thread>
#include <vector>

#include "support/catch.hpp"
#include "support/file_mode.hpp"
#include "support/temp_dir.hpp"

using atm::ErrorCode;
using atm::read_or_make_secret;
using atm::test::mode_of;
using Catch::Matchers::Contains;

namespace {

std::string content_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// A private directory like ~/.config/atm.
struct SecretFileFixture {
  atm::test::TempDir dir;
  std::filesystem::path directory = dir.directory("config/atm", 0700);
  std::filesystem::path file = directory / "http-token";
};

const std::string kSecret(64, 'a');

}  // namespace

TEST_CASE("a missing secret is created for its owner only and found again", "[sdk][secret]") {
  const atm::test::TempDir dir;
  const auto file = dir.path() / "a/b/http-token";
  const mode_t mask = ::umask(0);
  const auto made = read_or_make_secret(file);
  ::umask(mask);
  REQUIRE(made);
  CHECK(made->size() == 64);
  CHECK(made->find_first_not_of("0123456789abcdef") == std::string::npos);
  CHECK(content_of(file) == *made + '\n');
  CHECK(mode_of(file) == 0600);
  CHECK(mode_of(dir.path() / "a") == 0700);
  CHECK(mode_of(dir.path() / "a/b") == 0700);
  CHECK(*read_or_make_secret(file) == *made);
  const auto other = read_or_make_secret(dir.path() / "a/other");
  REQUIRE(other);
  CHECK(*other != *made);
}

TEST_CASE("a umask without owner permissions does not affect a secret", "[sdk][secret]") {
  const SecretFileFixture fixture;
  const mode_t mask = ::umask(0777);
  const auto made = read_or_make_secret(fixture.file);
  ::umask(mask);
  REQUIRE(made);
  CHECK(mode_of(fixture.file) == 0600);
}

TEST_CASE("concurrent creators get the same complete secret and leave no other file", "[sdk][secret]") {
  for (int round = 0; round < 50; ++round) {
    const SecretFileFixture fixture;
    constexpr int kMakers = 8;
    std::vector<std::string> got(kMakers);
    std::latch start(kMakers);
    std::vector<std::thread> makers;
    for (std::string& mine : got) {
      makers.emplace_back([&fixture, &start, &mine] {
        start.arrive_and_wait();
        const auto secret = read_or_make_secret(fixture.file);
        mine = secret ? *secret : secret.error().message;
      });
    }
    for (std::thread& maker : makers) maker.join();
    REQUIRE(std::set(got.begin(), got.end()).size() == 1);
    REQUIRE(content_of(fixture.file) == got.front() + '\n');
    const std::filesystem::directory_iterator files(fixture.directory);
    REQUIRE(std::distance(begin(files), end(files)) == 1);
  }
}

TEST_CASE("a secret that others can access is refused and stays unchanged", "[sdk][secret]") {
  for (const mode_t mode : {0640u, 0604u, 0620u, 0602u, 0610u, 0644u}) {
    const SecretFileFixture fixture;
    fixture.dir.file("config/atm/http-token", kSecret + '\n', mode);
    const auto secret = read_or_make_secret(fixture.file);
    REQUIRE_FALSE(secret);
    CHECK(secret.error().code == ErrorCode::kInvalidField);
    CHECK_THAT(secret.error().message, Contains("expected mode 0600") && Contains(fixture.file));
    CHECK(content_of(fixture.file) == kSecret + '\n');
  }
}

TEST_CASE("a directory that others can write is refused", "[sdk][secret]") {
  const SecretFileFixture fixture;
  fixture.dir.directory("config/atm", 0777);
  const auto secret = read_or_make_secret(fixture.file);
  REQUIRE_FALSE(secret);
  CHECK_THAT(secret.error().message, Contains("chmod go-w " + fixture.directory.string()));
  CHECK_FALSE(std::filesystem::exists(fixture.file));
}

TEST_CASE("only a regular file of the user is a secret", "[sdk][secret]") {
  const SecretFileFixture fixture;
  const auto target = fixture.dir.file("elsewhere", kSecret + '\n', 0600);
  SECTION("a link") {
    std::filesystem::create_symlink(target, fixture.file);
    CHECK_THAT(read_or_make_secret(fixture.file).error().message, Contains("symbolic link"));
    CHECK(content_of(target) == kSecret + '\n');
  }
  SECTION("a link to nothing") {
    std::filesystem::create_symlink(fixture.dir.path() / "nothing", fixture.file);
    CHECK_THAT(read_or_make_secret(fixture.file).error().message, Contains("symbolic link"));
    CHECK_FALSE(std::filesystem::exists(fixture.dir.path() / "nothing"));
  }
  SECTION("a named pipe without a writer") {
    REQUIRE(::mkfifo(fixture.file.c_str(), 0600) == 0);
    CHECK_THAT(read_or_make_secret(fixture.file).error().message, Contains("not a regular file"));
  }
  SECTION("a directory") {
    std::filesystem::create_directory(fixture.file);
    CHECK_THAT(read_or_make_secret(fixture.file).error().message, Contains("not a regular file"));
  }
}

TEST_CASE("a link on the way to the directory is followed", "[sdk][secret]") {
  const SecretFileFixture fixture;
  std::filesystem::create_directory_symlink(fixture.directory, fixture.dir.path() / "link");
  const auto made = read_or_make_secret(fixture.dir.path() / "link/http-token");
  REQUIRE(made);
  CHECK(content_of(fixture.file) == *made + '\n');
}

TEST_CASE("only 64 hexadecimal digits are a secret", "[sdk][secret]") {
  const SecretFileFixture fixture;
  const auto with = [&fixture](const std::string& content) {
    fixture.dir.file("config/atm/http-token", content, 0600);
    return read_or_make_secret(fixture.file);
  };
  CHECK(*with(kSecret + '\n') == kSecret);
  CHECK(*with(kSecret) == kSecret);
  for (const std::string& content :
       {std::string(), std::string("\n"), kSecret.substr(1), kSecret + "\n\n", kSecret + "a\n",
        kSecret + "\r\n", kSecret.substr(1) + "g\n", std::string(64, '\0'), std::string(1 << 16, 'a')}) {
    const auto secret = with(content);
    REQUIRE_FALSE(secret);
    CHECK(secret.error().code == ErrorCode::kInvalidField);
    CHECK_THAT(secret.error().message, Contains("64 hexadecimal digits") && Contains(fixture.file));
    CHECK(content_of(fixture.file) == content);
  }
}

TEST_CASE("an invalid path is refused before a file is created", "[sdk][secret]") {
  for (const std::string& path :
       {std::string(), std::string("http-token"), std::string("/"), std::string("/http-token"),
        std::string("/tmp/"), std::string("/tmp/a\0b", 8)}) {
    const auto secret = read_or_make_secret(path);
    REQUIRE_FALSE(secret);
    CHECK_THAT(secret.error().message, Contains("absolute path"));
  }
}
