// SPDX-License-Identifier: MIT
// The rules WIRE-L5 and WIRE-S4 of docs/specs/protocol.md.
#include "server.hpp"

#include <sys/socket.h>
#include <sys/un.h>

#include <atm/json.hpp>
#include <atm/testing.hpp>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "acceptor.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"

using namespace unix_socket;
using atm::test::TempDir;

namespace {

/// 0, or the error of connect().
int connect_error(const std::string& path) {
  const atm::FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  const int result = ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  return result == 0 ? 0 : errno;
}

}  // namespace

TEST_CASE("WIRE-L5: each limit, configured or constant, is shown in the stats", "[unix]") {
  const TempDir directory;
  std::string config = R"({"spool":false,"socket":")" + (directory.path() / "run/s.sock").string() + '"';
  std::map<std::string, std::int64_t> limits;
  std::vector<std::string> constants;
  atm::json::Reader reader;
  const atm::json::Value* const schema = reader.parse(kSettingsSchema);
  REQUIRE(schema != nullptr);
  for (const auto& property : atm::json::get_object(*schema, "properties")->GetObject()) {
    if (atm::json::get_string(property.value, "removed")) constants.emplace_back(property.name.GetString());
    if (atm::json::get_string(property.value, "type") != "integer") continue;
    const std::int64_t value = atm::json::get_int(property.value, "minimum").value() + 7;
    limits[property.name.GetString()] = value;
    config += R"(,")" + std::string(property.name.GetString()) + R"(":)" + std::to_string(value);
  }
  REQUIRE(limits.size() > 3);
  REQUIRE(constants.size() == 3);
  const atm::testing::FakeHost host;
  Server server(atm::Host(host.c()), Settings::from_json(config + '}'));
  std::string error;
  REQUIRE(server.start(error) == atm::Status::kOk);
  const auto shown = host.metrics();
  for (const auto& [name, value] : limits) {
    INFO(name);
    CHECK(shown.count(name) == 1);
    if (shown.count(name) == 1) CHECK(shown.at(name) == value);
  }
  for (const std::string& name : constants) {
    INFO(name);
    CHECK(shown.count(name) == 1);
  }
}

TEST_CASE("WIRE-S4: a stopping daemon refuses new connections with ECONNREFUSED, and serves those that wait",
          "[unix]") {
  const TempDir directory;
  const std::string path = directory.path() / "run/s.sock";
  auto listener = atm::LocalListener::open(path, "socket", 8);
  REQUIRE(listener);
  boost::asio::io_context io;
  Counters counters;
  int admitted = 0;
  Acceptor acceptor(
      io, std::move(*listener), counters, [&](const atm::FileDescriptor&, pid_t) { ++admitted; },
      [](Acceptor::AcceptResult) {});
  acceptor.open();
  REQUIRE(connect_error(path) == 0);
  SECTION("at its own socket") {
    acceptor.stop(true);
    CHECK(connect_error(path) == ECONNREFUSED);
    CHECK(std::filesystem::exists(path));
    CHECK(acceptor.take() == Acceptor::AcceptResult::kAccepted);
    CHECK(admitted == 1);
    CHECK(acceptor.take() == Acceptor::AcceptResult::kNone);
  }
  SECTION("not at a passed socket, where the next daemon serves them") {
    acceptor.stop(false);
    CHECK(connect_error(path) == 0);
  }
  acceptor.close();
  io.poll();
}
