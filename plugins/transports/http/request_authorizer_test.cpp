// SPDX-License-Identifier: MIT
#include "request_authorizer.hpp"

#include "record_context.hpp"
#include "support/catch.hpp"

using namespace http_ingest;

namespace {

const std::string kToken(64, '5');
const std::string kBearer = "Bearer " + kToken;

Head good() {
  return {"POST", "/v1/ingest/claude_code/hook", "127.0.0.1:7641", kBearer, 100, false};
}
unsigned status_of(const Head& head) {
  const auto refusal = RequestAuthorizer(kToken, 1000).check(head);
  return refusal ? refusal->status : 200;
}
Head with_host(std::optional<std::string_view> host) {
  Head head = good();
  head.host = host;
  return head;
}
Head with_authorization(std::optional<std::string_view> authorization) {
  Head head = good();
  head.authorization = authorization;
  return head;
}

}  // namespace

TEST_CASE("a request of this machine with the token is accepted", "[http]") {
  CHECK(status_of(good()) == 200);
  for (const std::string_view host :
       {"127.0.0.1", "127.0.0.1:7641", "localhost", "LocalHost:7641", "[::1]", "[::1]:65535"})
    CHECK(status_of(with_host(host)) == 200);
  CHECK(status_of(with_authorization("bearer " + kToken)) == 200);
}

TEST_CASE("a foreign name that DNS resolves to this machine is refused", "[http]") {
  for (const std::string_view host :
       {"", "evil.example", "127.0.0.1.evil.example", "evil.example:7641", "localhost.evil.example",
        "localhost.", "127.0.0.1:x", "127.0.0.1:7641:1", "127.0.0.1:123456", "127.0.0.2", "0.0.0.0",
        "2130706433", "[::1", "[::1]x", "::1", "[::1]evil:1", "127.0.0.1 ", "evil@127.0.0.1"}) {
    INFO(host);
    CHECK(status_of(with_host(host)) == 403);
  }
  CHECK(status_of(with_host(std::nullopt)) == 403);
}

TEST_CASE("a web page is refused even with the token", "[http]") {
  Head head = good();
  head.has_origin = true;
  CHECK(status_of(head) == 403);
  head.method = "OPTIONS";
  head.authorization.reset();
  CHECK(status_of(head) == 403);
}

TEST_CASE("only the complete token is accepted", "[http]") {
  std::string nearly = kBearer;
  nearly.back() = '6';
  for (const std::string& given :
       {nearly, kToken, std::string(), std::string("Bearer "), "Basic " + kToken, kBearer + "5",
        kBearer.substr(0, kBearer.size() - 1), "Bearer  " + kToken, std::string("Bearer") + kToken}) {
    INFO(given);
    CHECK(status_of(with_authorization(given)) == 401);
  }
  CHECK(status_of(with_authorization(std::nullopt)) == 401);
  for (std::size_t i = 0; i < kToken.size(); ++i) {
    std::string other = kBearer;
    other[7 + i] = static_cast<char>(other[7 + i] ^ 1);
    CHECK(status_of(with_authorization(other)) == 401);
  }
}

TEST_CASE("a request without the token receives no further information", "[http]") {
  Head head = good();
  head.authorization.reset();
  head.target = "/nowhere";
  head.method = "GET";
  head.content_length = 1'000'000;
  CHECK(status_of(head) == 401);
}

TEST_CASE("path, method and length are checked in this order", "[http]") {
  Head head = good();
  head.content_length = 1001;
  CHECK(status_of(head) == 413);
  head.method = "GET";
  CHECK(status_of(head) == 405);
  head.target = "/";
  CHECK(status_of(head) == 404);
  head = good();
  head.content_length = 1000;
  CHECK(status_of(head) == 200);
  head.content_length.reset();
  CHECK(status_of(head) == 200);
}

TEST_CASE("the channel is the rest of the path and must be a valid name", "[http]") {
  CHECK(RequestAuthorizer::channel_of("/v1/ingest/claude_code/hook") == "claude_code/hook");
  for (const std::string& target :
       {std::string(), std::string("/"), std::string("/v1/ingest"), std::string("/v1/ingest/"),
        std::string("/v2/ingest/a"), std::string("/v1/ingest/a?b=c"), std::string("/v1/ingest/../a"),
        std::string("/v1/ingest/A"), std::string("/v1/ingest/a%2f"),
        std::string("http://127.0.0.1/v1/ingest/a"), std::string("*"),
        "/v1/ingest/" + std::string(129, 'a')}) {
    INFO(target);
    CHECK(RequestAuthorizer::channel_of(target).empty());
  }
}

TEST_CASE("headers give the sender's location if the client expanded them", "[http]") {
  const auto full = context_of("%3", "/tmp/tmux-1000/default,4711,0", "/home/u/.claude");
  CHECK(full.view().text("tmux.pane") == "%3");
  CHECK(full.view().text("tmux.socket") == "/tmp/tmux-1000/default");
  CHECK(full.view().text("env.CLAUDE_CONFIG_DIR") == "/home/u/.claude");
  CHECK(context_of("", "", "").view().size() == 0);
  CHECK(context_of("$TMUX_PANE", "${TMUX}", "$CLAUDE_CONFIG_DIR").view().size() == 0);
  CHECK(context_of("%3", ",", "\xff").view().size() == 1);
}
