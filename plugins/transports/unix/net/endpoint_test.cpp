// SPDX-License-Identifier: MIT
#include "net/endpoint.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

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

using atm::test::contains;
using atm::test::listen_at;
using atm::test::mode_of;
using atm::test::TempDir;
using unix_socket::open_endpoint;
using Descriptor = atm::FileDescriptor;
namespace fs = std::filesystem;

namespace {

std::string refusal(const std::string& path, atm::ErrorCode code = atm::ErrorCode::kInvalidField) {
  auto endpoint = open_endpoint(path);
  REQUIRE_FALSE(endpoint);
  CHECK(endpoint.error().code == code);
  return endpoint.error().message;
}

}  // namespace

TEST_CASE("WIRE-S2: an endpoint makes its directory and its socket private and removes its files at the end",
          "[unix]") {
  const TempDir directory;
  const std::string path = (directory.path() / "a/b/atm.sock").string();
  {
    const auto endpoint = open_endpoint(path);
    REQUIRE(endpoint);
    CHECK(mode_of((directory.path() / "a/b").string()) == 0700);
    CHECK(mode_of(path) == 0600);
    CHECK(mode_of(path + ".lock") == 0600);
  }
  CHECK_FALSE(fs::exists(path));
  CHECK_FALSE(fs::exists(path + ".lock"));
}

TEST_CASE("TRAP-W7: a path that another process serves is refused, and the error names the process",
          "[unix]") {
  const TempDir directory;
  const std::string path = (directory.path() / "atm.sock").string();
  const auto first = open_endpoint(path);
  REQUIRE(first);
  const std::string message = refusal(path, atm::ErrorCode::kBusy);
  CHECK(contains(message, path));
  CHECK(contains(message, "pid " + std::to_string(::getpid())));
  CHECK(fs::exists(path));
}

TEST_CASE("WIRE-S3, TRAP-W7: a dead socket and an abandoned lock are replaced", "[unix]") {
  const TempDir directory;
  const std::string path = (directory.path() / "atm.sock").string();
  // A killed daemon leaves its socket and a lock file, whose PID another process may have now.
  { const Descriptor dead = listen_at(path); }
  std::ofstream(path + ".lock") << "1\n";
  CHECK(open_endpoint(path).has_value());
}

TEST_CASE("TRAP-W7: a socket that is served without a lock is left alone", "[unix]") {
  const TempDir directory;
  const std::string path = (directory.path() / "atm.sock").string();
  const Descriptor other = listen_at(path);
  CHECK(contains(refusal(path, atm::ErrorCode::kBusy), path));
  CHECK(fs::exists(path));
}

TEST_CASE("TRAP-W7: an endpoint removes only the socket it bound", "[unix]") {
  const TempDir directory;
  const std::string path = (directory.path() / "atm.sock").string();
  std::optional<Descriptor> other;
  {
    const auto endpoint = open_endpoint(path);
    REQUIRE(endpoint);
    fs::remove(path);
    other = listen_at(path);
  }
  CHECK(fs::exists(path));
}

TEST_CASE("a plain file at the path of the socket is left alone", "[unix]") {
  const TempDir directory;
  std::ofstream((directory.path() / "atm.sock").string()) << "mine";
  CHECK(contains(refusal((directory.path() / "atm.sock").string()), "is not a socket"));
  CHECK(fs::file_size((directory.path() / "atm.sock").string()) == 4);
}

TEST_CASE("a directory that is a symbolic link or that others can write to is refused", "[unix]") {
  const TempDir directory;
  fs::create_directory((directory.path() / "real").string());
  fs::create_directory_symlink((directory.path() / "real").string(), (directory.path() / "link").string());
  CHECK(contains(refusal((directory.path() / "link/atm.sock").string()), "symbolic link"));
  REQUIRE(::chmod(((directory.path() / "real").string()).c_str(), 0770) == 0);
  CHECK(contains(refusal((directory.path() / "real/atm.sock").string()), "chmod go-w"));
}

TEST_CASE("a path over the system's limit is refused, and the error states both lengths", "[unix]") {
  const TempDir directory;
  const std::string path = (directory.path() / std::string(120, 'p')).string();
  const std::string message = refusal(path);
  CHECK(contains(message, std::to_string(path.size())));
  CHECK(contains(message, "107"));
}

TEST_CASE("a path that does not name a file is refused", "[unix]") {
  CHECK(contains(refusal("relative.sock"), "absolute"));
  CHECK(contains(refusal("/tmp/"), "absolute"));
  CHECK(contains(refusal("/atm.sock"), "private directory"));
}
