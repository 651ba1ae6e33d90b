// SPDX-License-Identifier: MIT
// Tests of a message to a peer with a full socket buffer.
#include "endpoint.h"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <string>

#include "support/catch.hpp"

namespace {

// A socket pair whose far end is not read.
class Connection {
 public:
  Connection() {
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends_.data()) != 0)
      ends_ = {-1, -1};
  }
  ~Connection() {
    close(ends_[0]);
    close_far();
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  bool send(std::size_t size) const {
    const std::string message = std::string(size - 1, 'x') + "\n";
    return hook_endpoint_send(ends_[0], message.data(), message.size());
  }
  std::size_t received() const {
    std::size_t count = 0;
    std::array<char, 65536> buffer;
    for (ssize_t size; (size = read(ends_[1], buffer.data(), buffer.size())) > 0;)
      count += static_cast<std::size_t>(size);
    return count;
  }
  void close_far() {
    if (ends_[1] >= 0) close(ends_[1]);
    ends_[1] = -1;
  }

 private:
  std::array<int, 2> ends_{-1, -1};
};

}  // namespace

TEST_CASE("a message without its newline is delivered, because the end of input ends its line") {
  const Connection measured;
  CHECK_FALSE(measured.send(8 << 20));
  const std::size_t room = measured.received();
  REQUIRE(room > 1);

  const Connection all;
  CHECK(all.send(room));
  const Connection all_but_newline;
  CHECK(all_but_newline.send(room + 1));
  CHECK(all_but_newline.received() == room);
  const Connection all_but_two;
  CHECK_FALSE(all_but_two.send(room + 2));
}

TEST_CASE("a closed peer makes the send fail, even for the newline alone") {
  Connection connection;
  connection.close_far();
  CHECK_FALSE(connection.send(1));
}
