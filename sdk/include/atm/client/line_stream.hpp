// SPDX-License-Identifier: MIT
// Lines over a connected stream socket.
#pragma once

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <atm/client/endpoint.hpp>
#include <atm/domain/error.hpp>
#include <atm/domain/limits.hpp>
#include <atm/posix/line_buffer.hpp>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace atm::client {

/// Absolute, on the steady clock.
using Deadline = std::chrono::steady_clock::time_point;

/// Reads and writes lines with deadlines.
///
/// The peer is not trusted: the limit of a line's length holds while the line is being read, so memory stays bounded.
/// The socket may be blocking or not; every call uses MSG_DONTWAIT and poll(2). One thread at a time.
class LineStream final {
 public:
  /// Takes ownership of the socket. `line_bytes` is the longest line without its newline.
  explicit LineStream(Descriptor socket, std::size_t line_bytes = kDefaultLimits.line_bytes)
      : socket_(std::move(socket)), line_bytes_(line_bytes), lines_(line_bytes) {}

  [[nodiscard]] int fd() const noexcept { return socket_.get(); }

  /// Writes all of `text`. kIo: the connection ended, or the daemon did not read until the deadline; a part may have
  /// been sent.
  [[nodiscard]] Result<void> write(std::string_view text, Deadline deadline) {
    while (!text.empty()) {
      // MSG_NOSIGNAL: a closed connection must not kill the program with SIGPIPE.
      const ssize_t sent = ::send(fd(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent >= 0) {
        text.remove_prefix(static_cast<std::size_t>(sent));
      } else if (errno == EAGAIN) {
        if (!wait(POLLOUT, deadline)) return Error{ErrorCode::kIo, "the daemon does not read its input"};
      } else if (errno != EINTR) {
        return failure("cannot write to the daemon");
      }
    }
    return {};
  }

  /// The next line without its newline, valid until the next call. Absent: no line is complete at the deadline, which
  /// may be in the past. kIo: the stream ended; kParseError: the line exceeds the limit.
  [[nodiscard]] Result<std::optional<std::string_view>> read_line(Deadline deadline) {
    for (;;) {
      // A complete line in the buffer needs no system call.
      if (const auto line = lines_.next()) return line;
      // Known while the line is incomplete, too.
      if (lines_.is_too_long()) {
        return Error{ErrorCode::kParseError, "the daemon sent a line of more than " +
                                                 std::to_string(line_bytes_) +
                                                 " bytes; check that both programs have the same version"};
      }
      const auto got = receive();
      if (!got) return got.error();
      // Input first, so that a deadline in the past still returns what has arrived.
      if (*got == 0 && !wait(POLLIN, deadline)) return std::optional<std::string_view>{};
    }
  }

 private:
  /// Bytes requested by one read.
  static constexpr std::size_t kChunk = 64 * 1024;

  /// An Error with kIo and the text of errno.
  [[nodiscard]] static Error failure(const char* what) {
    return {ErrorCode::kIo, std::string(what) + ": " + std::system_category().message(errno)};
  }

  // Reads what is available; 0: nothing now.
  [[nodiscard]] Result<std::size_t> receive() {
    // The start of an incomplete line is copied out of the chunk before the chunk is filled again.
    lines_.keep();
    chunk_.resize(kChunk);
    ssize_t got = 0;
    do {
      got = ::recv(fd(), chunk_.data(), kChunk, MSG_DONTWAIT);
    } while (got < 0 && errno == EINTR);
    if (got > 0) {
      lines_.put({chunk_.data(), static_cast<std::size_t>(got)});
      return static_cast<std::size_t>(got);
    }
    if (got == 0) return Error{ErrorCode::kIo, "the daemon closed the connection"};
    if (errno == EAGAIN) return std::size_t{0};
    return failure("cannot read from the daemon");
  }

  /// Waits for `events`; false at the deadline.
  [[nodiscard]] bool wait(short events, Deadline deadline) noexcept {
    using std::chrono::milliseconds;
    pollfd poll_for{fd(), events, 0};
    for (;;) {
      // An hour at most for each wait: the argument of poll() is an int.
      const auto left = std::chrono::ceil<milliseconds>(deadline - std::chrono::steady_clock::now()).count();
      const int ready = ::poll(&poll_for, 1, static_cast<int>(std::clamp<std::int64_t>(left, 0, 3'600'000)));
      // Errors and hang-ups count as ready: the next call reports them.
      if (ready != 0 && !(ready < 0 && errno == EINTR)) return true;
      if (ready == 0 && left <= 0) return false;
    }
  }

  /// Owned.
  Descriptor socket_;
  std::size_t line_bytes_;
  /// The bytes of the last read.
  std::string chunk_;
  /// Splits them; holds at most the limit of a line and one chunk.
  posix::LineBuffer lines_;
};

}  // namespace atm::client
