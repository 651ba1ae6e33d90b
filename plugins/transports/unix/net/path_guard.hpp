// SPDX-License-Identifier: MIT
// Includes Boost.Asio; only path_guard.cpp and server_loop.cpp include this header.
#pragma once

#include <atm/plugin/host.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <string>

#include "net/acceptor.hpp"

namespace unix_socket {

/// Keeps the socket reachable: if the files of its path or a directory above them are removed or replaced, the acceptor
/// binds it again, and the log reports what cannot be repaired. inotify reports most changes at once; a comparison
/// every few seconds finds the rest (a mount, a renamed ancestor). [transport]
class PathGuard final {
 public:
  PathGuard(boost::asio::io_context& io, Acceptor& acceptor, const atm::Host& host, bool is_passed);

  void start();
  void stop();

 private:
  void compare();
  void watch_directory();
  void wait_for_change();
  void arm(std::chrono::milliseconds delay);
  void report(const std::string& problem);

  boost::asio::posix::stream_descriptor changes_;  // inotify; closed if the system provides none
  boost::asio::steady_timer timer_;
  Acceptor& acceptor_;
  const atm::Host host_;
  const bool is_passed_;
  int watch_ = -1;
  std::string problem_;  // the last one logged
  bool is_stopped_ = true;
};

}  // namespace unix_socket
