// SPDX-License-Identifier: MIT
// Includes Boost.Asio: for acceptor.cpp and server_loop.cpp alone.
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
class Acceptor final {
 public:
  enum class AcceptResult { kAccepted, kNone, kNoDescriptor };
  /// What becomes of who has come; the process at the other end.
  using OnAccept = std::function<void(atm::FileDescriptor, pid_t)>;
  /// After the last of those who came in one turn: kNone, or there may be more outside.
  using OnBatch = std::function<void(AcceptResult)>;

  Acceptor(boost::asio::io_context& io, atm::LocalListener endpoint, Counters& counters, OnAccept on_accept,
           OnBatch on_batch);

  [[nodiscard]] const std::string& path() const noexcept { return endpoint_.path(); }
  [[nodiscard]] bool has_lock() const noexcept { return endpoint_.has_lock(); }
  /// restore_endpoint(): who waits at the old socket is let in before the new one is served.
  [[nodiscard]] atm::Result<Reach> restore(bool is_passed);
  /// Begins to let in.
  void open();
  /// After an exception, which may have come from here.
  void go_on();
  /// Lets in no more by itself; with `refuse` the system ingest_queue new ones away, and who waits already can be taken.
  void stop(bool refuse);
  /// Lets in one who waits. kNoDescriptor: the system has no descriptor for it.
  AcceptResult take();
  void close();

 private:
  void wait();
  void on_readable();
  AcceptResult look();

  atm::LocalListener endpoint_;  // last to go: the path is ours until nothing runs
  boost::asio::local::stream_protocol::acceptor socket_;
  boost::asio::steady_timer pause_;
  Counters& counters_;
  const OnAccept on_accept_;
  const OnBatch on_batch_;
  bool is_open_ = false;
  bool is_waiting_ = false;
  bool is_stopped_ = false;
};

}  // namespace unix_socket
