// SPDX-License-Identifier: MIT
// The transport over real sockets.
#include "server.hpp"

#include <string>
#include <thread>
#include <vector>

#include "server_fixture.hpp"
#include "support/catch.hpp"

using namespace http_ingest;
using namespace http_ingest::testing;
using atm::Status;
using atm::testing::OwnedValue;
using Catch::Matchers::Contains;
using std::chrono::milliseconds;

namespace {

const std::string kHook = R"({"hook_event_name":"Stop","session_id":"s"})";

std::string chunked(const std::string& token, std::size_t chunks, std::size_t size) {
  std::string text = "POST /v1/ingest/a HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + token +
                     "\r\nTransfer-Encoding: chunked\r\n\r\n";
  char length[20];
  std::snprintf(length, sizeof length, "%zx\r\n", size);
  for (; chunks > 0; --chunks) text.append(length).append(size, 'x').append("\r\n");
  return text.append("0\r\n\r\n");
}

/// Whether the server accepts a record. A test with a short limit for requests needs several attempts on a busy
/// machine.
bool is_served(const ServerFixture& served) {
  return eventually([&served] {
    ClientSocket client = served.connect();
    client.send(post(served.token, kHook));
    const auto response = client.response();
    return response && response->status == 200;
  });
}

}  // namespace

TEST_CASE("a posted payload becomes a record, and the answer is an empty object", "[http]") {
  const ServerFixture served;
  const Response response =
      served.ask(post(served.token, kHook,
                      "X-Atm-Tmux-Pane: %7\nX-Atm-Tmux: /tmp/tmux-0/default,1,0\nX-Atm-Config-Dir: /cfg\n"));
  CHECK(response.status == 200);
  CHECK(response.body == "{}");
  CHECK_THAT(response.head, Contains("Content-Type: application/json\r\n"));
  CHECK_THAT(response.head, !Contains("Access-Control"));
  const auto records = served.host.records();
  REQUIRE(records.size() == 1);
  CHECK(records[0].channel == "claude_code/hook");
  CHECK(records[0].payload == kHook);
  CHECK(records[0].time_ns == 1'000'000'000);
  CHECK(records[0].context ==
        atm::testing::OwnedAttrs{{"tmux.pane", OwnedValue(std::string("%7"))},
                                 {"tmux.socket", OwnedValue(std::string("/tmp/tmux-0/default"))},
                                 {"env.CLAUDE_CONFIG_DIR", OwnedValue(std::string("/cfg"))}});
  CHECK(eventually([&] { return served.metric("records") == 1; }));
}

TEST_CASE("a connection stays open, and pipelined requests are answered in order", "[http]") {
  const ServerFixture served;
  ClientSocket client = served.connect();
  std::string all;
  for (int i = 0; i < 200; ++i) all += post(served.token, "{\"n\":" + std::to_string(i) + "}");
  REQUIRE(client.send(all));
  for (int i = 0; i < 200; ++i) REQUIRE(client.response()->status == 200);
  const auto records = served.host.records();
  REQUIRE(records.size() == 200);
  for (int i = 0; i < 200; ++i)
    CHECK(records[static_cast<std::size_t>(i)].payload == "{\"n\":" + std::to_string(i) + "}");
  CHECK(served.metric("connections") == 1);

  REQUIRE(client.send(post(served.token, kHook, "Connection: close\n")));
  CHECK_THAT(client.response()->head, Contains("Connection: close"));
  CHECK_FALSE(client.response());
}

TEST_CASE("a body is accepted in chunks, after 100 Continue, and byte by byte", "[http]") {
  const ServerFixture served;
  CHECK(served.ask(chunked(served.token, 10, 1000)).status == 200);
  CHECK(served.host.records().at(0).payload == std::string(10'000, 'x'));

  ClientSocket client = served.connect();
  const std::string request = post(served.token, kHook, "Expect: 100-continue\n");
  REQUIRE(client.send(request.substr(0, request.size() - kHook.size())));
  CHECK(client.response()->status == 100);
  REQUIRE(client.send(kHook));
  CHECK(client.response()->status == 200);

  for (const char c : post(served.token, kHook)) REQUIRE(client.send(std::string_view(&c, 1)));
  CHECK(client.response()->status == 200);
  CHECK(served.host.records().size() == 3);
}

TEST_CASE("an unauthorized request receives its error, and no record is accepted", "[http]") {
  const ServerFixture served;
  const std::string good = post(served.token, kHook);
  const auto changed = [&good](const std::string& from, const std::string& to) {
    std::string text = good;
    return text.replace(text.find(from), from.size(), to);
  };
  const auto status = [&served](const std::string& request) { return served.ask(request).status; };
  CHECK(status(changed("Bearer 7", "Bearer 8")) == 401);
  CHECK(status(changed("Authorization: Bearer", "X-Other:")) == 401);
  CHECK_THAT(served.ask(changed("Bearer 7", "Bearer 8")).head, Contains("WWW-Authenticate: Bearer"));
  CHECK(status(post(served.token, kHook, "Origin: http://127.0.0.1:7641\n")) == 403);
  CHECK(status(post(served.token, kHook, "Origin: null\n")) == 403);
  CHECK(status(changed("Host: 127.0.0.1", "Host: evil.example")) == 403);
  CHECK(status(post(served.token, kHook, "Host: 127.0.0.1\n")) == 403);
  CHECK(status(post(served.token, kHook, "Authorization: Bearer " + served.token + "\n")) == 401);
  CHECK(status(changed("/v1/ingest/", "/v1/other/")) == 404);
  CHECK(status(changed("POST", "GET")) == 405);
  CHECK(status(changed("POST", "PUT")) == 405);
  CHECK(status(changed("HTTP/1.1", "HTTP/9.1")) == 400);
  CHECK(status("\x16\x03\x01 an attempt at TLS\r\n\r\n") == 400);
  CHECK(status(post(served.token, "\"\xff\"")) == 400);
  CHECK(served.host.records().empty());
  CHECK(eventually([&] { return served.metric("unauthorized") == 4 && served.metric("forbidden") == 4; }));
  CHECK(served.metric("requests_unknown") == 3);
  CHECK(served.metric("requests_malformed") == 2);
}

TEST_CASE("a request that is too long is refused before its body arrives", "[http]") {
  const ServerFixture served([](Settings& settings) { settings.body_bytes = 4096; });
  const std::string long_one = post(served.token, std::string(1 << 24, 'x'));
  ClientSocket client = served.connect();
  REQUIRE(client.send(long_one.substr(0, 1000)));
  CHECK(client.response()->status == 413);

  CHECK(served.ask(post(served.token, std::string(4096, 'x'))).status == 200);
  CHECK(served.ask(post(served.token, std::string(4097, 'x'))).status == 413);
  CHECK(served.ask(chunked(served.token, 1, 4096)).status == 200);
  CHECK(served.ask(chunked(served.token, 5, 1000)).status == 413);
  CHECK(served.ask(post(served.token, kHook, "X-Long: " + std::string(9000, 'x') + "\n")).status == 431);
  CHECK(served.ask("GET /" + std::string(100'000, 'x')).status == 431);
  CHECK(served.host.records().size() == 2);
}

TEST_CASE("a client that ignores a refusal and sends its body can read the reason", "[http]") {
  const ServerFixture served;
  ClientSocket client = served.connect();
  REQUIRE(client.send(post("wrong", std::string(900'000, 'x'))));
  CHECK(client.response()->status == 401);
}

TEST_CASE("the host's result determines the status of the answer", "[http]") {
  ServerFixture served([](Settings& settings) { settings.busy = milliseconds(20); });
  const std::vector<std::pair<Status, int>> answers{
      {Status::kSkip, 200},     {Status::kInvalid, 400}, {Status::kTooLarge, 400}, {Status::kNotFound, 404},
      {Status::kInternal, 500}, {Status::kClosed, 503},  {Status::kBusy, 503},     {Status::kPaused, 503}};
  for (const auto& [status, code] : answers) {
    served.host.set_ingest_status(status);
    const Response response = served.ask(post(served.token, kHook));
    CHECK(response.status == code);
    CHECK_THAT(response.body, code == 200 ? Contains("{}") : Contains("{\"error\":\""));
  }
  CHECK(eventually([&] { return served.metric("records_dropped") == 3; }));
  CHECK(served.metric("records_refused") == 4);
}

TEST_CASE("a request waits while the host is busy, and is accepted once", "[http]") {
  ServerFixture served([](Settings& settings) { settings.busy = milliseconds(20'000); });
  served.host.set_ingest_status(Status::kBusy);
  ClientSocket client = served.connect();
  REQUIRE(client.send(post(served.token, kHook) + post(served.token, "{}")));
  // It does not delay other clients.
  CHECK(served.ask(post("wrong", kHook)).status == 401);
  served.host.set_ingest_status(Status::kOk);
  CHECK(client.response()->status == 200);
  CHECK(client.response()->status == 200);
  CHECK(served.host.records().size() == 2);
}

TEST_CASE("a client that is slow or stops within a request is disconnected", "[http]") {
  const ServerFixture served([](Settings& settings) { settings.request = milliseconds(100); });
  ClientSocket silent = served.connect();
  ClientSocket half = served.connect();
  ClientSocket slow = served.connect();
  REQUIRE(half.send(post(served.token, kHook).substr(0, 100)));
  std::thread dripping([&slow] {
    while (slow.send("P")) ::poll(nullptr, 0, 10);
  });
  CHECK_FALSE(silent.response());
  CHECK_FALSE(half.response());
  dripping.join();
  CHECK(eventually([&] { return served.metric("timeouts") == 3; }));
  CHECK(is_served(served));
}

TEST_CASE("an idle connection is closed without a timeout being counted", "[http]") {
  const ServerFixture served([](Settings& settings) { settings.idle = milliseconds(50); });
  ClientSocket client = served.connect();
  REQUIRE(client.send(post(served.token, kHook)));
  CHECK(client.response()->status == 200);
  CHECK_FALSE(client.response());
  CHECK(served.metric("timeouts") == 0);
}

TEST_CASE("a client that reads no answers delays no others and is disconnected", "[http]") {
  const ServerFixture served([](Settings& settings) { settings.request = milliseconds(300); });
  ClientSocket stopped(served.port, 1024);
  const std::string many = [&] {
    std::string text;
    for (int i = 0; i < 1000; ++i) text += post(served.token, "{}");
    return text;
  }();
  bool is_open = true;
  std::thread writing([&] {
    while (is_open) is_open = stopped.send(many);
  });
  CHECK(is_served(served));
  writing.join();
  CHECK(eventually([&] { return served.metric("timeouts") >= 1; }));
}

TEST_CASE("over the limit a connection is refused until another one ends", "[http]") {
  const ServerFixture served([](Settings& settings) { settings.max_connections = 2; });
  {
    ClientSocket first = served.connect();
    ClientSocket second = served.connect();
    CHECK(served.connect().response()->status == 503);
    REQUIRE(first.send(post(served.token, kHook)));
    CHECK(first.response()->status == 200);
  }
  CHECK(eventually([&] { return served.metric("connections_open") == 0; }));
  CHECK(served.ask(post(served.token, kHook)).status == 200);
  CHECK(served.metric("connections_refused") == 1);
}

TEST_CASE("fifty clients at once lose nothing", "[http]") {
  const ServerFixture served;
  std::vector<std::thread> clients;
  for (int i = 0; i < 50; ++i) {
    clients.emplace_back([&served] {
      ClientSocket client = served.connect();
      for (int n = 0; n < 20; ++n) {
        if (!client.send(post(served.token, kHook)) || client.response()->status != 200) std::abort();
      }
    });
  }
  for (std::thread& client : clients) client.join();
  CHECK(served.host.records().size() == 1000);
}

TEST_CASE("a stopping server answers the requests being received and closes other connections", "[http]") {
  ServerFixture served;
  ClientSocket kept = served.connect();
  REQUIRE(kept.send(post(served.token, kHook)));
  REQUIRE(kept.response()->status == 200);
  ClientSocket begun = served.connect();
  const std::string request = post(served.token, kHook);
  REQUIRE(begun.send(request.substr(0, 60)));
  REQUIRE(eventually([&] { return served.metric("connections_open") == 2; }));
  std::thread rest([&] {
    if (kept.response()) std::abort();  // the stop has started
    begun.send(request.substr(60));
  });
  CHECK(served.server->stop(milliseconds(10'000)) == Status::kOk);
  rest.join();
  CHECK(begun.response()->status == 200);
  CHECK_FALSE(begun.response());
}

TEST_CASE("an unusable port or token is refused, and the error states the reason", "[http]") {
  const ServerFixture served;
  const auto why = [&served](const std::function<void(Settings&)>& change, Status wanted) {
    Settings settings = served.settings();
    change(settings);
    std::string error;
    CHECK(Server(atm::Host(served.host.c()), settings).start(error) == wanted);
    return error;
  };
  CHECK_THAT(why([&](Settings& s) { s.port = served.port; }, Status::kExists),
             Contains("another program serves"));
  CHECK_THAT(why([](Settings& s) { s.token_file = "/"; }, Status::kInvalid), Contains("no token: "));
}

TEST_CASE("the next server can bind the port immediately", "[http]") {
  ServerFixture served;
  ClientSocket client = served.connect();
  REQUIRE(client.send(post(served.token, kHook)));
  REQUIRE(client.response()->status == 200);
  REQUIRE(served.server->stop(milliseconds(10'000)) == Status::kOk);
  Settings settings = served.settings();
  settings.port = served.port;
  std::string error;
  Server next(atm::Host(served.host.c()), settings);
  CHECK(next.start(error) == Status::kOk);
  CHECK(error.empty());
}
