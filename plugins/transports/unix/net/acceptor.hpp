// SPDX-License-Identifier: MIT
// Includes Boost.Asio: for acceptor.cpp and server_loop.cpp alone.
#pragma once

#include <sys/types.h>

#include <atm/file_descriptor.hpp>
#include <atm/transport/local_listener.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <string>

#include "counters.hpp"
#include "net/endpoint.hpp"

namespace unix_socket {

/// Accepts connections, a few per iteration, so that many simultaneous clients do not delay the open connections.
/// [transport]
class Acceptor final {
 public:
  enum class AcceptResult { kAccepted, kNone, kNoDescriptor };
  /// Receives each accepted socket and the PID of the process at the other end.
  using OnAccept = std::function<void(atm::FileDescriptor, pid_t)>;
  /// Called after some were accepted.
  using OnBatch = std::function<void()>;

  Acceptor(boost::asio::io_context& io, atm::LocalListener endpoint, Counters& counters, OnAccept on_accept,
           OnBatch on_batch);

  [[nodiscard]] const std::string& path() const noexcept { return endpoint_.path(); }
  [[nodiscard]] bool has_lock() const noexcept { return endpoint_.has_lock(); }
  /// restore_endpoint(); accepts the connections that wait at the old socket before it serves the new one.
  [[nodiscard]] atm::Result<Reach> restore(bool is_passed);
  /// Starts accepting.
  void open();
  /// Resumes after an exception, which a callback of this class may have thrown.
  void go_on();
  /// Stops accepting. With `refuse` the system refuses new connections; take() still accepts those that wait.
  void stop(bool refuse);
  /// Accepts at most `most` waiting connections; does not call OnBatch. kNone: no further one waits; kNoDescriptor: the
  /// system has no free descriptor.
  AcceptResult accept(int most);
  void close();

 private:
  void wait();
  void on_readable();
  AcceptResult accept_one();

  atm::LocalListener endpoint_;  // destroyed last: the path stays locked until nothing runs
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
