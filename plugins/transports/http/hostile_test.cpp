// SPDX-License-Identifier: MIT
// Invalid and hostile bytes.
//
//   ATM_HTTP_SEED=N     runs the one trial of that seed
//   ATM_HTTP_TRIALS=N   runs N trials instead of 1,000
#include <array>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>

#include "server_fixture.hpp"
#include "support/catch.hpp"

using namespace http_ingest::testing;

namespace {

class Mangler final {
 public:
  Mangler(unsigned seed, std::string token) : random_(seed), token_(std::move(token)) {}

  std::string bytes() {
    std::string text = roll(8) == 0 ? noise(roll(3000)) : requests();
    for (unsigned changes = roll(8); changes > 0 && !text.empty(); --changes) change(text);
    return text;
  }

 private:
  unsigned roll(unsigned sides) { return static_cast<unsigned>(random_() % sides); }

  std::string noise(unsigned size) {
    std::string text(size, '\0');
    for (char& c : text) c = static_cast<char>(roll(256));
    return text;
  }
  std::string requests() {
    static constexpr std::array<const char*, 6> kMore{"",
                                                      "Transfer-Encoding: chunked\n",
                                                      "Content-Length: 5\n",
                                                      "Expect: 100-continue\n",
                                                      "Connection: close\n",
                                                      "X-Atm-Tmux-Pane: %1\n"};
    std::string text;
    for (unsigned count = 1 + roll(4); count > 0; --count) {
      const bool is_known = roll(3) != 0;
      const std::string body = roll(3) == 0 ? noise(roll(600)) : std::string(roll(600), '{');
      text += post(is_known ? token_ : noise(roll(64)), body, kMore[roll(kMore.size())],
                   roll(6) == 0 ? "/v1/elsewhere" : "/v1/ingest/claude_code/hook");
    }
    return text;
  }
  void change(std::string& text) {
    static constexpr std::array<const char*, 10> kWords{
        "\r\n", "\n", "\r\n\r\n", ": ", "\0x", "0", "\xff", "HTTP/", "4294967296", "18446744073709551616"};
    const std::size_t at = roll(static_cast<unsigned>(text.size()));
    switch (roll(5)) {
      case 0:
        text[at] = static_cast<char>(roll(256));
        break;
      case 1:
        text.erase(at, roll(40));
        break;
      case 2:
        text.insert(at, kWords[roll(kWords.size())]);
        break;
      case 3:
        text.insert(at, text.substr(roll(static_cast<unsigned>(text.size())), roll(200)));
        break;
      default:
        text.resize(at);
    }
  }

  std::mt19937 random_;
  const std::string token_;
};

unsigned number_of(const char* variable, unsigned otherwise) {
  const char* const text = std::getenv(variable);  // NOLINT(concurrency-mt-unsafe): nobody sets it
  return text == nullptr ? otherwise : static_cast<unsigned>(std::strtoul(text, nullptr, 10));
}

/// Each response is complete and contains nothing that a client would act on.
void check_responses(std::string_view text) {
  while (!text.empty()) {
    REQUIRE(text.starts_with("HTTP/1.1 "));
    const std::size_t end = text.find("\r\n\r\n");
    REQUIRE(end != text.npos);
    const std::string head(text.substr(0, end));
    text.remove_prefix(end + 4);
    const std::size_t length = head.find("Content-Length: ");
    const std::size_t size = length == head.npos ? 0 : std::strtoul(&head[length + 16], nullptr, 10);
    REQUIRE(size <= text.size());
    const std::string_view body = text.substr(0, size);
    CHECK((body.empty() || body == "{}" || body.starts_with("{\"error\":\"")));
    CHECK(body.empty() == head.starts_with("HTTP/1.1 100"));
    CHECK((body == "{}") == head.starts_with("HTTP/1.1 200"));
    text.remove_prefix(size);
  }
}

}  // namespace

TEST_CASE("every answer to hostile bytes is complete, and the next client is served", "[http]") {
  const ServerFixture served([](http_ingest::Settings& settings) { settings.body_bytes = 2048; });
  const unsigned first = number_of("ATM_HTTP_SEED", std::random_device{}() % 1'000'000'000);
  const unsigned count = std::getenv("ATM_HTTP_SEED") != nullptr
                             ? 1
                             : number_of("ATM_HTTP_TRIALS", 1000);  // NOLINT(concurrency-mt-unsafe)
  std::printf("hostile HTTP: seeds %u to %u\n", first, first + count - 1);
  for (unsigned seed = first; seed < first + count; ++seed) {
    INFO("ATM_HTTP_SEED=" << seed);
    ClientSocket client = served.connect();
    client.send(Mangler(seed, served.token).bytes());
    client.half_close();
    check_responses(client.rest());
  }
  CHECK(served.ask(post(served.token, "{}")).status == 200);
  CHECK(eventually([&] { return served.metric("connections_open") == 0; }));
  CHECK(served.metric("timeouts") == 0);
  if (count < 1000) return;
  // The trials covered their cases.
  for (const char* const counter :
       {"records", "unauthorized", "forbidden", "requests_malformed", "requests_unknown"}) {
    INFO(counter);
    CHECK(served.metric(counter) > count / 500);
  }
}

TEST_CASE("bytes without the token never become a record", "[http]") {
  const ServerFixture served;
  for (unsigned seed = 1; seed <= 300; ++seed) {
    ClientSocket client = served.connect();
    client.send(Mangler(seed, "wrong").bytes());
    client.half_close();
    check_responses(client.rest());
  }
  CHECK(served.host.records().empty());
}
