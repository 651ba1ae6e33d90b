// SPDX-License-Identifier: MIT
// Includes Boost.Asio: for door.cpp and loop.cpp alone.
#pragma once

#include <sys/types.h>

#include <atm/file_descriptor.hpp>
#include <atm/plugin/local_listener.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <string>

#include "counters.hpp"
#include "endpoint.hpp"

namespace unix_socket {

/// Where clients come in, a few a turn: however many come at once, those who are served already wait for a few of them.
/// [transport]
class Door final {
 public:
  enum class Seen { kCame, kNobody, kNoMeans };
  /// What becomes of who has come; the process at the other end.
  using Admit = std::function<void(atm::FileDescriptor, pid_t)>;
  /// After the last of those who came in one turn: kNobody, or there may be more outside.
  using LetIn = std::function<void(Seen)>;

  Door(boost::asio::io_context& io, atm::LocalListener endpoint, Counters& counters, Admit admit,
       LetIn let_in);

  [[nodiscard]] const std::string& path() const noexcept { return endpoint_.path(); }
  [[nodiscard]] bool has_lock() const noexcept { return endpoint_.has_lock(); }
  /// restore_endpoint(): who waits at the old socket is let in before the new one is served.
  [[nodiscard]] atm::Result<Reach> restore(bool is_passed);
  /// Begins to let in.
  void open();
  /// After an exception, which may have come from here.
  void go_on();
  /// Lets in no more by itself; with `refuse` the system turns new ones away, and who waits already can be taken.
  void stop(bool refuse);
  /// Lets in one who waits. kNoMeans: the system has no descriptor for it.
  Seen take();
  void close();

 private:
  void wait();
  void on_somebody();
  Seen look();

  atm::LocalListener endpoint_;  // last to go: the path is ours until nothing runs
  boost::asio::local::stream_protocol::acceptor acceptor_;
  boost::asio::steady_timer pause_;
  Counters& counters_;
  const Admit admit_;
  const LetIn let_in_;
  bool is_open_ = false;
  bool is_waiting_ = false;
  bool is_stopped_ = false;
};

}  // namespace unix_socket
