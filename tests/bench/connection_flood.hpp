// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "socket.hpp"

namespace atm::bench {

/// Any number of readers in one thread, each with a stream of lines.
class ConnectionFlood final {
 public:
  explicit ConnectionFlood(std::vector<Socket> ends);
  /// Connects, subscribes (`request` with its newline) and reads until each has the snapshot.
  ConnectionFlood(const std::string& socket_path, std::size_t count, std::string_view request);

  /// Returns true if a reader's line, without its newline, is the last one it waits for.
  using IsLast = std::function<bool(std::size_t reader, std::string_view line)>;
  /// Reads until every reader has its last line; the next call reads later ones. Throws std::runtime_error after a
  /// timeout or the end of a stream.
  void read(const IsLast& is_last);

 private:
  struct Reader {
    Socket socket;
    std::vector<char> bytes;
    std::size_t begin = 0;
    std::size_t end = 0;
  };
  [[nodiscard]] bool take_lines(std::size_t index, const IsLast& is_last);
  static void fill(Reader& reader);

  std::vector<Reader> readers_;
};

}  // namespace atm::bench
