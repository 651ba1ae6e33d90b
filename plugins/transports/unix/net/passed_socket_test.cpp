// SPDX-License-Identifier: MIT
#include "net/passed_socket.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <string>

#include "net/endpoint.hpp"
#include "support/catch.hpp"
#include "support/socket_file.hpp"
#include "support/temp_dir.hpp"
#include "support/text.hpp"

using atm::test::bound_at;
using atm::test::contains;
using atm::test::listen_at;
using atm::test::TempDir;
using unix_socket::open_endpoint;
using Descriptor = atm::FileDescriptor;
namespace fs = std::filesystem;

namespace {

std::string name_of(const Descriptor& fd) {
  return "fd:" + std::to_string(fd.get());
}

std::string refusal(const Descriptor& fd, atm::ErrorCode code = atm::ErrorCode::kInvalidField) {
  const auto endpoint = open_endpoint(name_of(fd));
  REQUIRE_FALSE(endpoint);
  CHECK(endpoint.error().code == code);
  return endpoint.error().message;
}

}  // namespace

TEST_CASE("only fd: with a number names a passed socket", "[unix][activation]") {
  CHECK(unix_socket::passed_descriptor("fd:3") == 3);
  for (const char* path : {"/fd:3", "fd:", "fd:x", "fd:3x", "fd:-1", "fd:99999999999", "fd", ""})
    CHECK_FALSE(unix_socket::passed_descriptor(path));
}

TEST_CASE("a passed socket is served, and its file remains when the endpoint is destroyed",
          "[unix][activation]") {
  const TempDir directory;
  const std::string path = (directory.path() / "atm.sock").string();
  Descriptor made = listen_at(path);
  const Descriptor kept(::dup(made.get()));
  {
    auto endpoint = open_endpoint(name_of(made));
    REQUIRE(endpoint);
    const Descriptor listener(endpoint->release());
    CHECK(listener.get() == made.release());
    CHECK(endpoint->path() == path);
    CHECK((::fcntl(listener.get(), F_GETFL) & O_NONBLOCK) != 0);
    CHECK((::fcntl(listener.get(), F_GETFD) & FD_CLOEXEC) != 0);
    CHECK(fs::exists(path + ".lock"));
  }
  CHECK(fs::exists(path));
  CHECK_FALSE(fs::exists(path + ".lock"));
  const Descriptor client = Descriptor(::socket(AF_UNIX, SOCK_STREAM, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  CHECK(::connect(client.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
}

TEST_CASE("TRAP-W7: a passed socket does not replace the socket of a running daemon", "[unix][activation]") {
  const TempDir directory;
  const std::string path = (directory.path() / "atm.sock").string();
  const auto daemon = open_endpoint(path);
  REQUIRE(daemon);
  fs::remove(path);  // like a service manager that finds its path in use
  const Descriptor made = listen_at(path);
  CHECK(contains(refusal(made, atm::ErrorCode::kBusy), "pid " + std::to_string(::getpid())));
  CHECK(fs::exists(path));
  CHECK(fs::exists(path + ".lock"));
}

TEST_CASE(
    "WIRE-S5: a passed descriptor that is not a listening Unix stream socket is refused, and the error "
    "describes it",
    "[unix][activation]") {
  const TempDir directory;
  const std::string path = (directory.path() / "atm.sock").string();
  CHECK(contains(refusal(Descriptor(::open("/dev/null", O_RDONLY | O_CLOEXEC))), "is not a socket"));
  CHECK(contains(refusal(Descriptor(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))),
                 "has address family " + std::to_string(AF_INET)));
  CHECK(contains(refusal(bound_at((directory.path() / "datagrams").string(), SOCK_DGRAM)),
                 "expected a stream"));
  CHECK(contains(refusal(bound_at((directory.path() / "silent").string())), "does not listen"));
  CHECK(contains(refusal(listen_at(std::string("\0atm-test-", 10) + std::to_string(::getpid()))),
                 "no absolute path"));
  Descriptor closed(::dup(0));
  ::close(closed.get());
  CHECK(contains(refusal(closed, atm::ErrorCode::kIo), "cannot use passed descriptor"));
  static_cast<void>(closed.release());
}

TEST_CASE("a passed socket whose file is removed, replaced, or open to others is refused",
          "[unix][activation]") {
  const TempDir directory;
  const std::string path = (directory.path() / "atm.sock").string();
  const Descriptor made = listen_at(path);
  REQUIRE(::chmod(path.c_str(), 0660) == 0);
  CHECK(contains(refusal(made), "SocketMode=0600"));
  fs::remove(path);
  CHECK(contains(refusal(made), "no longer exists"));
  CHECK_FALSE(fs::exists(path + ".lock"));
  directory.file("atm.sock", "mine");
  CHECK(contains(refusal(made), "no longer a socket"));
}

TEST_CASE("a passed socket in a directory that others can write to is refused", "[unix][activation]") {
  const TempDir directory;
  const fs::path open_directory = directory.directory("open", 0770);
  const Descriptor made = listen_at((open_directory / "atm.sock").string());
  CHECK(contains(refusal(made), "chmod go-w"));
}
