// SPDX-License-Identifier: MIT
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <atm/client/endpoint.hpp>
#include <atm/transport/local_listener.hpp>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

#include "support/catch.hpp"
#include "support/file_mode.hpp"
#include "support/socket_file.hpp"
#include "support/temp_dir.hpp"
#include "support/text.hpp"

using atm::LocalListener;
using atm::client::connect_to;
using atm::client::Descriptor;
using atm::test::contains;
using atm::test::listen_at;
using atm::test::mode_of;
using atm::test::TempDir;
namespace fs = std::filesystem;

namespace {

constexpr std::chrono::milliseconds kTimeout{20'000};

atm::Result<LocalListener> open(const std::string& path) {
  return LocalListener::open(path, "some_socket", 8);
}
std::string refusal(const std::string& path, atm::ErrorCode code = atm::ErrorCode::kInvalidField) {
  auto listener = open(path);
  REQUIRE_FALSE(listener);
  CHECK(listener.error().code == code);
  return listener.error().message;
}
}  // namespace

TEST_CASE(
    "a listener's directory, socket and lock are private for any umask, and it removes its files at the end",
    "[zmq]") {
  const TempDir directory;
  const std::string path = directory.path() / "a/b/s.sock";
  const mode_t before = ::umask(0);
  {
    const auto listener = open(path);
    ::umask(before);
    REQUIRE(listener);
    CHECK(mode_of(directory.path() / "a/b") == 0700);
    CHECK(mode_of(path) == 0600);
    CHECK(mode_of(path + ".lock") == 0600);
  }
  CHECK_FALSE(fs::exists(path));
  CHECK_FALSE(fs::exists(path + ".lock"));
}

TEST_CASE("a socket's file has its restricted mode from the moment it is bound", "[zmq]") {
  // The listener relies on this: the mode comes from the descriptor, so others cannot connect between bind and chmod.
  const TempDir directory;
  const std::string path = directory.path() / "s.sock";
  const mode_t before = ::umask(0);
  const Descriptor fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  REQUIRE(::fchmod(fd.get(), 0600) == 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  const int bound = ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  ::umask(before);
  REQUIRE(bound == 0);
  CHECK(mode_of(path) == 0600);
}

TEST_CASE(
    "TRAP-W7: a path that another process serves is refused with that process named; a dead socket is "
    "replaced",
    "[zmq]") {
  const TempDir directory;
  const std::string path = directory.path() / "s.sock";
  {
    const auto first = open(path);
    REQUIRE(first);
    CHECK(contains(refusal(path, atm::ErrorCode::kBusy), "pid " + std::to_string(::getpid())));
    CHECK(connect_to(path, kTimeout));
  }
  { const Descriptor dead = listen_at(path); }
  std::ofstream(path + ".lock") << "1\n";
  CHECK(open(path));
}

TEST_CASE("TRAP-W7: a socket that a program without the lock serves is left alone", "[zmq]") {
  const TempDir directory;
  const std::string path = directory.path() / "s.sock";
  const Descriptor other = listen_at(path);
  CHECK(contains(refusal(path, atm::ErrorCode::kBusy), path));
  CHECK(fs::exists(path));
}

TEST_CASE("TRAP-W7: a listener removes only the socket it bound", "[zmq]") {
  const TempDir directory;
  const std::string path = directory.path() / "s.sock";
  std::optional<Descriptor> other;
  {
    const auto listener = open(path);
    REQUIRE(listener);
    fs::remove(path);
    other = listen_at(path);
  }
  CHECK(fs::exists(path));
}

TEST_CASE("a link, a directory that others can write to, an existing file and too long a path are refused",
          "[zmq]") {
  const TempDir directory;
  directory.directory("real", 0700);
  fs::create_directory_symlink(directory.path() / "real", directory.path() / "link");
  CHECK(contains(refusal(directory.path() / "link/s.sock"), "symbolic link"));
  directory.directory("open", 0770);
  CHECK(contains(refusal(directory.path() / "open/s.sock"), "chmod go-w"));
  CHECK(contains(refusal(directory.file("real/file", "mine")), "is not a socket"));
  CHECK(contains(refusal(directory.path() / std::string(120, 'p')), "107"));
  CHECK(contains(refusal("relative.sock"), "absolute"));
  CHECK(contains(refusal("/s.sock"), "private directory"));
}

TEST_CASE("a hidden listener refuses new connections, keeps existing ones, and can be shown again", "[zmq]") {
  const TempDir directory;
  const std::string path = directory.path() / "s.sock";
  {
    auto listener = open(path);
    REQUIRE(listener);
    REQUIRE(listener->hide());
    CHECK_FALSE(connect_to(path, kTimeout));
    CHECK_FALSE(listener->hide());
    REQUIRE(listener->show());
    CHECK(connect_to(path, kTimeout));
    REQUIRE(listener->hide());
  }
  CHECK(fs::is_empty(directory.path()));
}
