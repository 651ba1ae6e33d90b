// SPDX-License-Identifier: MIT
#include "spool_pump.hpp"

#include <boost/asio/post.hpp>
#include <utility>

namespace unix_socket {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds kQuiet{50};
constexpr milliseconds kHostPause{1};
constexpr milliseconds kParserPause{100};
// A refused hook may write a moment later; a stopped one, at any time.
constexpr seconds kSecondLook{1};
constexpr seconds kLaterLooks{30};
// Clients do not wait forever for a host that accepts nothing.
constexpr seconds kLongestStart{10};

}  // namespace

void SpoolPump::start(bool is_first, std::function<void()> then) {
  if (!intake_.is_used()) return then();
  then_ = std::move(then);
  intake_.look(Spool::Look::kForAll);
  give_up_ = is_first ? Clock::now() + kLongestStart : Clock::time_point::min();
  begin();
}

void SpoolPump::begin() {
  if (Clock::now() < give_up_) {
    const Spool::Progress progress = intake_.take_in(Spool::kEver);
    if (progress != Spool::Progress::kDone)
      return arm(progress == Spool::Progress::kBusy ? kHostPause : Clock::duration::zero());
  }
  last_connection_ = Clock::now();
  arm(kQuiet);
  std::exchange(then_, nullptr)();
}

void SpoolPump::notify_connection() {
  if (!intake_.is_used() || is_stopped_) return;
  intake_.look(Spool::Look::kForRecords);
  last_connection_ = Clock::now();
  ++connections_;
  rests_ = 0;
  if (due_ > last_connection_ + kQuiet) arm(kQuiet);
}

void SpoolPump::look_within_a_pause() {
  if (!is_stopped_ && !then_ && due_ > Clock::now() + kParserPause) arm(kParserPause);
}

void SpoolPump::arm(Clock::duration delay) {
  due_ = Clock::now() + delay;
  timer_.expires_after(delay);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error && !is_stopped_) on_time();
  });
}

void SpoolPump::on_time() {
  if (then_) return begin();
  // A steady flow of clients does not delay it: later records of a paused channel are put behind it.
  intake_.take_in_paused();
  if (!is_quiet()) return;
  // First the spool, then the listener: a hook that connected before the last entry found here is in the listen queue
  // now. One more poll finds it, and its results run before a handler posted after it. In the other order a hook could
  // connect, and the next one of its session write its entry, between the two.
  const auto io = timer_.get_executor();
  const std::int64_t until_ns = intake_.find_all();
  boost::asio::post(io, [this, io, until_ns, knocks = connections_] {
    boost::asio::post(io, [this, until_ns, knocks] {
      if (is_stopped_) return;
      if (knocks != connections_) return arm(kQuiet);
      if (is_quiet()) rest(until_ns);
    });
  });
}

/// Whether the entries found may go now; otherwise it is called again.
bool SpoolPump::is_quiet() {
  const auto quiet_for = Clock::now() - last_connection_;
  if (quiet_for >= kQuiet && ingest_queue_.is_empty()) return true;
  arm(quiet_for < kQuiet ? kQuiet - quiet_for : kHostPause);
  return false;
}

void SpoolPump::rest(std::int64_t until_ns) {
  switch (intake_.take_in(until_ns)) {
    case Spool::Progress::kMore:
      return arm(Clock::duration::zero());
    case Spool::Progress::kBusy:
      return arm(kHostPause);
    case Spool::Progress::kDone:
      if (intake_.is_waiting()) return arm(kQuiet);
      if (intake_.is_paused()) return arm(kParserPause);
      return arm(rests_++ == 0 || intake_.is_held() ? kSecondLook : kLaterLooks);
  }
}

void SpoolPump::stop() {
  is_stopped_ = true;
  timer_.cancel();
}

}  // namespace unix_socket
