// SPDX-License-Identifier: MIT
#include "net/path_guard.hpp"

#include <sys/inotify.h>
#include <unistd.h>

#include <array>

namespace unix_socket {

using atm::LogLevel;
using boost::system::error_code;
using std::chrono::milliseconds;

namespace {
constexpr milliseconds kSoon{1000};  // without inotify, or after a change
constexpr milliseconds kLater{10'000};
}  // namespace

PathGuard::PathGuard(boost::asio::io_context& io, Acceptor& acceptor, const atm::Host& host, bool is_passed)
    : changes_(io), timer_(io), acceptor_(acceptor), host_(host), is_passed_(is_passed) {
  const int fd = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (fd >= 0) changes_.assign(fd);
}

void PathGuard::start() {
  is_stopped_ = false;
  wait_for_change();
  compare();
}

void PathGuard::stop() {
  is_stopped_ = true;
  timer_.cancel();
  error_code ignored;
  changes_.close(ignored);
}

void PathGuard::compare() {
  arm(kSoon);         // before anything can throw
  watch_directory();  // first, so that a change after the comparison is an event
  const auto reach = acceptor_.restore(is_passed_);
  if (!reach) {
    report("clients cannot connect; open connections continue: " + reach.error().message);
  } else if (*reach == Reach::kUnreachable) {
    report("clients cannot connect; open connections continue: the file of the passed socket " +
           acceptor_.path() +
           " was removed or replaced; restart atmd.socket (systemctl --user restart atmd.socket)");
  } else if (*reach == Reach::kServedAgain) {
    problem_.clear();
    host_.log(LogLevel::kWarn, "the socket files were removed or replaced; the socket is bound again",
              {atm::attr("socket", std::string_view(acceptor_.path()))});
  } else {
    problem_.clear();
  }
  const bool is_quiet = reach && *reach == Reach::kServed && watch_ >= 0;
  arm(is_quiet ? kLater : kSoon);
}

void PathGuard::watch_directory() {
  if (!changes_.is_open()) return;
  const std::string directory = acceptor_.path().substr(0, acceptor_.path().rfind('/'));
  const int watch = ::inotify_add_watch(changes_.native_handle(), directory.c_str(),
                                        IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF |
                                            IN_MOVE_SELF | IN_ONLYDIR | IN_DONT_FOLLOW);
  if (watch_ >= 0 && watch_ != watch) ::inotify_rm_watch(changes_.native_handle(), watch_);
  watch_ = watch;
}

void PathGuard::wait_for_change() {
  if (!changes_.is_open()) return;
  changes_.async_wait(boost::asio::posix::stream_descriptor::wait_read, [this](const error_code& error) {
    if (error || is_stopped_) return;
    std::array<char, 4096> events;
    while (::read(changes_.native_handle(), events.data(), events.size()) > 0) continue;
    wait_for_change();
    compare();
  });
}

void PathGuard::arm(milliseconds delay) {
  timer_.expires_after(delay);
  timer_.async_wait([this](const error_code& error) {
    if (!error && !is_stopped_) compare();
  });
}

void PathGuard::report(const std::string& problem) {
  if (problem == problem_) return;
  host_.log(LogLevel::kError, problem);
  problem_ = problem;
}

}  // namespace unix_socket
