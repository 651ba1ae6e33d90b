// SPDX-License-Identifier: MIT
// atm::Client joins the parts of a snapshot.
#include <sys/socket.h>
#include <sys/un.h>

#include <atm/client.hpp>
#include <atm/client/endpoint.hpp>
#include <cstring>
#include <string>
#include <string_view>
#include <thread>

#include "support/catch.hpp"
#include "support/temp_dir.hpp"

namespace atm {
namespace {

/// A listening socket that sends lines to one client.
class Speaker final {
 public:
  explicit Speaker(std::string lines) {
    listener_ = client::Descriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path().c_str(), path().size());
    REQUIRE(::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(::listen(listener_.get(), 1) == 0);
    thread_ = std::thread([this, text = std::move(lines)] {
      const client::Descriptor peer(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      static_cast<void>(::send(peer.get(), text.data(), text.size(), MSG_NOSIGNAL));
      char byte = 0;
      while (::recv(peer.get(), &byte, 1, 0) > 0) {
      }
    });
  }
  ~Speaker() { thread_.join(); }
  [[nodiscard]] std::string path() const { return (dir_.path() / "s").string(); }

 private:
  test::TempDir dir_;
  client::Descriptor listener_;
  std::thread thread_;
};

constexpr std::string_view kGreeting =
    R"({"type":"server_hello","id":1,"protocol_version":{"major":1,"minor":1},"accepted":true,"daemon_version":"1","epoch":1})"
    "\n";

Client::Message next(Client& client) {
  auto message = client.next(std::chrono::seconds(20));
  REQUIRE(message.has_value());
  REQUIRE(message->has_value());
  return std::move(**message);
}

std::vector<std::string> ids(const Client::Message& message) {
  std::vector<std::string> found;
  for (const auto& session : std::get<protocol::Sessions>(message.value).sessions) {
    found.push_back(session.domain.id.str());
  }
  return found;
}

Result<Client> connect(const Speaker& speaker, ClientOptions options = {}) {
  options.socket = speaker.path();
  options.timeout = std::chrono::seconds(20);
  return Client::connect(options);
}

TEST_CASE("WIRE-E3: parts of a snapshot before a gap do not belong to the next snapshot", "[client]") {
  const Speaker speaker(std::string(kGreeting) +
                        R"({"type":"sessions","seq":3,"sessions":[{"id":"void"}],"more":true})"
                        "\n"
                        R"({"type":"gap","missed":2})"
                        "\n"
                        R"({"type":"sessions","seq":9,"sessions":[{"id":"a"}],"more":true})"
                        "\n"
                        R"({"type":"sessions","seq":9,"sessions":[{"id":"b"}]})"
                        "\n");
  auto client = connect(speaker);
  REQUIRE(client.has_value());
  CHECK(std::get<protocol::Gap>(next(*client).value).missed == 2);
  const auto whole = next(*client);
  CHECK(ids(whole) == std::vector<std::string>{"a", "b"});
  CHECK(whole.lines.size() == 2);
}

TEST_CASE("a client that does not join the parts of a snapshot receives each, and joins those of replies",
          "[client]") {
  const Speaker speaker(std::string(kGreeting) +
                        R"({"type":"sessions","seq":3,"sessions":[{"id":"a"}],"more":true})"
                        "\n"
                        R"({"type":"sessions","id":7,"seq":3,"sessions":[{"id":"asked"}],"more":true})"
                        "\n"
                        R"({"type":"sessions","id":7,"seq":3,"sessions":[{"id":"too"}]})"
                        "\n"
                        R"({"type":"sessions","seq":3,"sessions":[{"id":"b"}]})"
                        "\n");
  ClientOptions options;
  options.joins_parts = false;
  auto client = connect(speaker, options);
  REQUIRE(client.has_value());
  const auto first = next(*client);
  CHECK(ids(first) == std::vector<std::string>{"a"});
  CHECK(std::get<protocol::Sessions>(first.value).more);
  CHECK(ids(next(*client)) == std::vector<std::string>{"asked", "too"});
  const auto last = next(*client);
  CHECK(ids(last) == std::vector<std::string>{"b"});
  CHECK_FALSE(std::get<protocol::Sessions>(last.value).more);
}

TEST_CASE("WIRE-M8: snapshots of two subscriptions and replies are separate", "[client]") {
  const Speaker speaker(std::string(kGreeting) +
                        R"({"type":"sessions","seq":3,"sessions":[{"id":"void"}],"more":true})"
                        "\n"
                        R"({"type":"sessions","id":7,"seq":4,"sessions":[{"id":"asked"}],"more":true})"
                        "\n"
                        R"({"type":"ok","id":8,"seq":4})"
                        "\n"
                        R"({"type":"sessions","seq":4,"sessions":[{"id":"a"}]})"
                        "\n"
                        R"({"type":"sessions","id":7,"seq":4,"sessions":[{"id":"too"}]})"
                        "\n");
  auto client = connect(speaker);
  REQUIRE(client.has_value());
  static_cast<void>(next(*client));  // the ok
  CHECK(ids(next(*client)) == std::vector<std::string>{"a"});
  CHECK(ids(next(*client)) == std::vector<std::string>{"asked", "too"});
}

}  // namespace
}  // namespace atm
