// SPDX-License-Identifier: MIT
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atm/client/line_stream.hpp>
#include <memory>
#include <string>
#include <thread>

#include "support/catch.hpp"

namespace atm::client {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

struct Pair {
  explicit Pair(std::size_t line_bytes = 64) {
    std::array<int, 2> ends{};
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0);
    stream = std::make_unique<LineStream>(Descriptor(ends[0]), line_bytes);
    peer = Descriptor(ends[1]);
  }
  void say(const std::string& text) const {
    REQUIRE(write(peer.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()));
  }
  [[nodiscard]] Result<std::optional<std::string_view>> read() const {
    return stream->read_line(std::chrono::steady_clock::now() + milliseconds(10));
  }
  std::unique_ptr<LineStream> stream;
  Descriptor peer;
};

TEST_CASE("lines are returned one by one, even if they arrive together or in pieces", "[client]") {
  const Pair pair;
  pair.say("one\ntwo\nthr");
  CHECK(**pair.read() == "one");
  CHECK(**pair.read() == "two");
  CHECK_FALSE(pair.read()->has_value());
  pair.say("ee\n");
  CHECK(**pair.read() == "three");
}

TEST_CASE("a timeout is no error, and a closed stream is one", "[client]") {
  Pair pair;
  CHECK_FALSE(pair.read()->has_value());
  pair.say("last\n");
  pair.peer = Descriptor();
  CHECK(**pair.read() == "last");
  const auto ended = pair.read();
  REQUIRE_FALSE(ended.has_value());
  CHECK(ended.error().code == ErrorCode::kIo);
}

TEST_CASE("a line of exactly the limit is read, and one more byte is refused before the line ends",
          "[client]") {
  const Pair fits(8);
  fits.say("12345678\n");
  CHECK(**fits.read() == "12345678");
  const Pair too_long(8);
  too_long.say("123456789");
  const auto refused = too_long.read();
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == ErrorCode::kParseError);
  const Pair too_long_and_whole(8);
  too_long_and_whole.say("123456789\n");
  CHECK_FALSE(too_long_and_whole.read().has_value());
}

TEST_CASE("data larger than the socket buffer is written while the peer reads", "[client]") {
  const Pair pair;
  const std::string text(4 * 1024 * 1024, 'x');
  std::size_t got = 0;
  std::thread reader([&] {
    std::array<char, 65536> buffer{};
    while (got < text.size()) {
      const ssize_t n = ::read(pair.peer.get(), buffer.data(), buffer.size());
      if (n <= 0) break;
      got += static_cast<std::size_t>(n);
    }
  });
  const auto written = pair.stream->write(text, std::chrono::steady_clock::now() + seconds(60));
  reader.join();
  CHECK(written.has_value());
  CHECK(got == text.size());
}

TEST_CASE("the deadline ends a write to a peer that does not read", "[client]") {
  const Pair pair;
  const std::string text(4 * 1024 * 1024, 'x');
  const auto written = pair.stream->write(text, std::chrono::steady_clock::now() + milliseconds(20));
  REQUIRE_FALSE(written.has_value());
  CHECK(written.error().code == ErrorCode::kIo);
}

}  // namespace
}  // namespace atm::client
