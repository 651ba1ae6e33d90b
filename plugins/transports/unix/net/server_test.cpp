// SPDX-License-Identifier: MIT
// The rules WIRE-L5 and WIRE-S4 of docs/specs/protocol.md.
#include "net/server.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <atm/json.hpp>
#include <atm/testing.hpp>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "ingest/ingest_queue.hpp"
#include "net/acceptor.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"
#include "support/wait.hpp"

using namespace unix_socket;
using atm::test::becomes_true;
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

/// A client that has sent hello and received the reply.
class Greeted final {
 public:
  explicit Greeted(const std::string& path) : socket_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    REQUIRE(::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    send(R"({"type":"hello","protocol_version":"1.0","client_type":"session"})");
    pollfd readable{socket_.get(), POLLIN, 0};
    REQUIRE(::poll(&readable, 1, 20'000) == 1);
    std::array<char, 4096> reply{};
    REQUIRE(::recv(socket_.get(), reply.data(), reply.size(), 0) > 0);
  }
  void send(std::string line) const {
    line += '\n';
    REQUIRE(::send(socket_.get(), line.data(), line.size(), MSG_NOSIGNAL) ==
            static_cast<ssize_t>(line.size()));
  }

 private:
  atm::FileDescriptor socket_;
};

std::string record(const std::string& name, const std::string& context) {
  return R"({"type":"ingest","channel":"c/h","payload":")" + name + R"(","context":{)" + context + "}}";
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
  REQUIRE(limits.size() == 2);
  REQUIRE(constants.size() == 5);
  const atm::testing::FakeHost host;
  Server server(atm::Host(host.c()), config + '}');
  atm::ErrorBuffer error;
  atm::ErrorText text(error.c());
  REQUIRE(server.start(text) == atm::Status::kOk);
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
      io, std::move(*listener), counters, [&](const atm::FileDescriptor&, pid_t) { ++admitted; }, [] {});
  acceptor.open();
  REQUIRE(connect_error(path) == 0);
  SECTION("at its own socket") {
    acceptor.stop(true);
    CHECK(connect_error(path) == ECONNREFUSED);
    CHECK(std::filesystem::exists(path));
    CHECK(acceptor.accept(1) == Acceptor::AcceptResult::kAccepted);
    CHECK(admitted == 1);
    CHECK(acceptor.accept(1) == Acceptor::AcceptResult::kNone);
  }
  SECTION("not at a passed socket, where the next daemon serves them") {
    acceptor.stop(false);
    CHECK(connect_error(path) == 0);
  }
  acceptor.close();
  io.poll();
}

TEST_CASE("WIRE-P6: entries written after a stopping daemon refuses connections wait for the next daemon",
          "[unix][spool]") {
  const TempDir directory;
  const std::string path = directory.path() / "run/s.sock";
  atm::testing::FakeHost host;
  Server server(atm::Host(host.c()), R"({"socket":")" + path + "\"}");
  atm::ErrorBuffer error;
  atm::ErrorText text(error.c());
  REQUIRE(server.start(text) == atm::Status::kOk);
  directory.directory("run/s.sock.spool", 0700);
  const auto spool = [&](const std::string& name, const std::string& context) {
    directory.file("run/s.sock.spool/records", '\n' + record(name, context) + '\n', 0600);
  };

  // The host is busy while the daemon receives a record without a time and, after it, a record of a hook. The daemon
  // reads existing connections, and looks at the spool, before it greets a new one.
  host.set_ingest_status(atm::Status::kBusy);
  const Greeted timeless(path);
  timeless.send(record("timeless", ""));
  spool("spooled before", R"("time_ns":999999998)");
  const Greeted hook(path);
  hook.send(record("hook", R"("time_ns":999999999)"));

  std::thread stop([&] { static_cast<void>(server.stop(20'000)); });
  CHECK(becomes_true([&] { return connect_error(path) == ECONNREFUSED; }));
  // The next hook of that session is refused.
  spool("spooled after", R"("time_ns":1000000000)");
  host.set_ingest_status(atm::Status::kOk);
  host.advance(IngestQueue::kRetryNs);
  stop.join();
  CHECK(std::filesystem::exists(path + ".spool/records"));
  std::string order;
  for (const auto& one : host.records()) order += one.payload + ' ';
  CHECK(order.find("spooled after") == order.npos);
}
