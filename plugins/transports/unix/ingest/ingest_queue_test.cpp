// SPDX-License-Identifier: MIT
// The laws of the ingest queue, with a model of connections, spool and registry in place of sockets and files.
#include "ingest/ingest_queue.hpp"

#include <rapidcheck.h>

#include <algorithm>
#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "ingest/spool_record.hpp"
#include "support/catch.hpp"

using namespace unix_socket;
using Sender = IngestQueue::Sender;
using Decision = IngestQueue::Decision;

namespace {

constexpr std::int64_t kMillisecond = 1'000'000;
constexpr std::int64_t kBusyNs = 1'000 * kMillisecond;
constexpr int kStreams = 3;  // the sessions 0 to 2 and the senders 1 to 3; hooks report the sessions 3 to 5

struct Record {
  int session = 0;
  int number = 0;
  std::int64_t time_ns = 0;

  [[nodiscard]] std::string channel() const { return session % 2 == 0 ? "a/hook" : "b/hook"; }
  [[nodiscard]] std::size_t group() const { return group_of(channel()); }
};

/// Agents that report by streams and by hooks, and a daemon that executes the decisions of the queue. A hook ends before
/// the next one of its session starts; it either connects and sends its record, or writes it to the spool. Agents act
/// between all steps of the daemon.
class World final {
 public:
  enum class Answer : std::uint8_t { kTaken, kBusy, kPaused };

  // The agents.

  void write_to_stream(int session) {
    const Sender sender = static_cast<Sender>(session) + 1;
    sockets_[sender].push_back(next_record(session));
  }
  /// `is_slow`: the hook sends its record later, at the latest before the next hook of its session.
  void connect_hook(int session, bool is_slow) {
    const Record record = next_record(session);
    listening_.push_back(++last_sender_);
    unsent_[session] = {last_sender_, record};
    if (!is_slow) send(session);
  }
  void send(int session) {
    const auto found = unsent_.find(session);
    if (found == unsent_.end()) return;
    const auto& [sender, record] = found->second;
    if (sender == IngestQueue::kSpool) {
      written_.push_back(record);
    } else {
      sockets_[sender].push_back(record);
    }
    unsent_.erase(found);
  }
  /// `is_slow`: the hook writes its record later.
  void spool_hook(int session, bool is_slow, std::int64_t ahead_ns = 0) {
    Record record = next_record(session);
    record.time_ns += ahead_ns;
    unsent_[session] = {IngestQueue::kSpool, record};
    if (!is_slow) send(session);
  }

  // The daemon.

  /// A connection became readable.
  void read_stream(int session) { read(static_cast<Sender>(session) + 1); }
  void accept(std::size_t most) {
    if (listening_.empty()) return;
    take_from_listener(most);
    if (begin_accepted()) accept_all();
    queue.search_spool_at(now + IngestQueue::kSpoolDelayNs);
  }
  /// Time passes in steps of a millisecond.
  void pass(std::int64_t milliseconds) {
    for (std::int64_t i = 0; i < milliseconds; ++i) {
      now += kMillisecond;
      read_open();
      for (int steps = 0; queue.next_ns() <= now; ++steps) {
        RC_ASSERT(steps < 1000);
        advance();
      }
    }
  }
  void read_open() {
    const Sender last = open_.empty() ? 0 : *open_.rbegin();
    for (const Sender sender : std::set<Sender>(open_))
      if (sender <= last) read(sender);
  }
  [[nodiscard]] bool has_taken(int session) const {
    return std::any_of(taken.begin(), taken.end(), [&](const Record& one) { return one.session == session; });
  }

  IngestQueue queue{kBusyNs};
  std::int64_t now = 1'000'000 * kMillisecond;
  bool is_busy = false;
  std::set<std::size_t> paused;
  std::vector<Record> taken;
  std::size_t sent = 0;
  std::size_t refused = 0;
  std::deque<std::uint16_t> meanwhile;  // actions of agents while the daemon works

 private:
  Record next_record(int session) {
    send(session);
    ++sent;
    now += 1000;
    return {session, ++numbers_[session], now};
  }
  /// An agent acts.
  void interrupt() {
    now += 1000;
    if (meanwhile.empty()) return;
    const unsigned value = meanwhile.front();
    meanwhile.pop_front();
    const int which = kStreams + static_cast<int>(value / 4 % 3);
    if (value % 4 == 0) connect_hook(which, value / 16 % 2 == 0);
    if (value % 4 == 1) send(which);
    if (value % 4 == 2) spool_hook(which, value / 16 % 2 == 0);
  }

  void read(Sender sender) {
    if (std::find(waiting_.begin(), waiting_.end(), sender) != waiting_.end()) return;
    while (!sockets_[sender].empty()) {
      buffered_[sender] = std::exchange(sockets_[sender], {});
      if (!serve(sender)) return;
    }
  }
  void take_from_listener(std::size_t most) {
    for (; most > 0 && !listening_.empty(); --most) {
      accepted_.push_back(listening_.front());
      listening_.pop_front();
    }
    interrupt();
  }
  bool begin_accepted() {
    const bool has_found = look();
    admit();
    for (const Sender sender : std::exchange(accepted_, {})) {
      open_.insert(sender);
      read(sender);
      interrupt();
    }
    return has_found;
  }
  void admit() {
    interrupt();
    read_open();
    queue.set_known(looked_ns_);
    interrupt();
  }
  void accept_all() {
    constexpr std::size_t kAtOnce = 2;
    for (;;) {
      take_from_listener(kAtOnce);
      if (accepted_.empty()) return;
      static_cast<void>(begin_accepted());
    }
  }
  /// The clock is read before the files.
  bool look() {
    const std::int64_t before = now;
    for (Record& entry : known_) entry.time_ns = std::min(entry.time_ns, before);
    interrupt();
    scan();
    looked_ns_ = before;
    return std::exchange(has_found_, false);
  }
  void scan() {
    for (Record entry : std::exchange(written_, {})) {
      entry.time_ns = std::max(entry.time_ns, looked_ns_ + 1);
      known_.push_back(entry);
      has_found_ = true;
    }
    update();
  }
  void update() {
    std::int64_t earliest = IngestQueue::kNever;
    for (const Record& entry : known_) earliest = std::min(earliest, entry.time_ns);
    std::set<std::size_t> groups;
    for (const Record& record : kept_) groups.insert(record.group());
    queue.set_earliest(earliest);
    queue.set_kept(std::move(groups));
  }

  void advance() {
    if (queue.is_search_due(now)) {
      queue.begin_search();
      static_cast<void>(look());
      const bool is_waiting = !known_.empty();
      admit();
      if (is_waiting) accept_all();
      queue.join_spool(looked_ns_, now);
      if (!queue.is_spool_waiting()) schedule();
    }
    const auto next = queue.next(now);
    if (!next) return;
    if (*next != IngestQueue::kSpool) {
      if (serve(*next)) read(*next);
      return;
    }
    constexpr std::size_t kSlice = 2;
    std::size_t left = kSlice;
    if (!hand_over_entries(left)) {
      CHECK(queue.busy(IngestQueue::kSpool, now) == Decision::kWait);
    } else if (left > 0) {
      queue.leave(IngestQueue::kSpool);
      schedule();
    }
  }
  void schedule() { queue.search_spool_at(now + (known_.empty() ? kBusyNs : IngestQueue::kSpoolDelayNs)); }

  /// False: the sender waits.
  bool serve(Sender sender) {
    std::deque<Record>& records = buffered_[sender];
    while (!records.empty()) {
      switch (submit(sender, records.front())) {
        case Decision::kWait:
          if (std::find(waiting_.begin(), waiting_.end(), sender) == waiting_.end())
            waiting_.push_back(sender);
          return false;
        case Decision::kRefuse:
          RC_ASSERT(now - last_taken_ns_ >= kBusyNs);
          ++refused;
          break;
        case Decision::kKeep:
          kept_.push_back(records.front());
          update();
          break;
        default:
          break;
      }
      records.pop_front();
    }
    queue.leave(sender);
    waiting_.erase(std::remove(waiting_.begin(), waiting_.end(), sender), waiting_.end());
    return true;
  }
  Decision submit(Sender sender, const Record& record) {
    for (;;) {
      const Decision decision = queue.ask(sender, record.time_ns, record.channel(), now);
      if (decision == Decision::kSpoolFirst) {
        std::size_t all = SIZE_MAX;
        if (!hand_over_entries(all)) return queue.busy(sender, now);
        continue;
      }
      if (decision != Decision::kGo) return decision;
      // No record overtakes one that started to wait earlier.
      const bool is_next = waiting_.empty() || waiting_.front() == sender;
      RC_ASSERT(is_next);
      switch (offer(record)) {
        case Answer::kBusy:
          return queue.busy(sender, now);
        case Answer::kPaused:
          return Decision::kKeep;
        case Answer::kTaken:
          return Decision::kGo;
      }
    }
  }
  /// False: the registry is busy.
  bool hand_over_entries(std::size_t& most) {
    const std::int64_t until = queue.spool_until_ns();
    const bool is_done = (!queue.is_offer_due(now) || hand_over_kept(most)) && hand_over_known(until, most);
    update();
    return is_done;
  }
  bool hand_over_kept(std::size_t& most) {
    std::set<std::size_t> still_paused;
    for (std::size_t i = 0; i < kept_.size() && most > 0;) {
      const Record record = kept_[i];
      const Answer answer = still_paused.count(record.group()) > 0 ? Answer::kPaused : offer(record);
      if (answer == Answer::kBusy) return false;
      if (answer == Answer::kPaused) {
        still_paused.insert(record.group());
        ++i;
        continue;
      }
      kept_.erase(kept_.begin() + static_cast<std::ptrdiff_t>(i));
      --most;
    }
    return true;
  }
  bool hand_over_known(std::int64_t until_ns, std::size_t& most) {
    for (std::size_t i = 0; i < known_.size() && most > 0;) {
      const Record entry = known_[i];
      if (entry.time_ns > until_ns) {
        ++i;
        continue;
      }
      const bool is_kept = std::any_of(kept_.begin(), kept_.end(),
                                       [&](const Record& one) { return one.group() == entry.group(); });
      const Answer answer = is_kept ? Answer::kPaused : offer(entry);
      if (answer == Answer::kBusy) return false;
      if (answer == Answer::kPaused) kept_.push_back(entry);
      known_.erase(known_.begin() + static_cast<std::ptrdiff_t>(i));
      --most;
      interrupt();
    }
    if (known_.empty()) scan();
    return true;
  }
  /// The registry.
  Answer offer(const Record& record) {
    if (paused.count(record.group()) > 0) {
      queue.paused(now);
      return Answer::kPaused;
    }
    if (is_busy) return Answer::kBusy;
    const auto last = std::find_if(taken.rbegin(), taken.rend(),
                                   [&](const Record& one) { return one.session == record.session; });
    // No record overtakes a record of its session.
    const bool is_in_order = last == taken.rend() || last->number < record.number;
    RC_ASSERT(is_in_order);
    taken.push_back(record);
    queue.taken(now);
    last_taken_ns_ = now;
    return Answer::kTaken;
  }

  std::map<int, int> numbers_;
  std::map<int, std::pair<Sender, Record>> unsent_;  // of each session, the record of a slow hook
  std::map<Sender, std::deque<Record>> sockets_;
  std::map<Sender, std::deque<Record>> buffered_;  // read, not handed over
  std::deque<Sender> waiting_;
  std::deque<Sender> listening_;  // not accepted
  std::vector<Sender> accepted_;  // not begun
  std::set<Sender> open_{1, 2, 3};
  std::vector<Record> written_;  // in the spool, unknown
  std::vector<Record> known_;    // in the spool, known
  std::vector<Record> kept_;     // in the file `paused`
  Sender last_sender_ = kStreams;
  std::int64_t looked_ns_ = 0;
  bool has_found_ = false;
  std::int64_t last_taken_ns_ = 0;
};

/// One action that the value selects.
void act(World& world, unsigned value) {
  const int which = static_cast<int>(value / 8 % 3);
  switch (value % 8) {
    case 0:
      world.write_to_stream(which);
      return world.read_stream(which);
    case 1:
    case 2:
      return world.connect_hook(kStreams + which, value / 32 % 2 == 0);
    case 3:
      return world.spool_hook(kStreams + which, value / 32 % 2 == 0);
    case 4:
      return world.accept(1 + value / 32 % 4);
    case 5:
      world.is_busy = !world.is_busy;
      return;
    case 6:
      return world.pass(1 + value / 8 % 64);
    default: {
      const std::size_t group = Record{which, 0, 0}.group();
      if (world.paused.erase(group) == 0) world.paused.insert(group);
    }
  }
}

void finish(World& world) {
  world.is_busy = false;
  world.paused.clear();
  world.meanwhile.clear();
  for (int session = 0; session < 2 * kStreams; ++session) world.send(session);
  world.accept(SIZE_MAX);
  world.read_open();
  // The last entries may have been written after the last search.
  world.pass(3000);
}

}  // namespace

TEST_CASE("law: sessions keep their order, and no record is lost, whatever the registry answers", "[spool]") {
  CHECK(rc::check([](const std::vector<std::uint16_t>& actions, const std::vector<std::uint16_t>& meanwhile) {
    World world;
    world.queue.search_spool_at(world.now);
    world.meanwhile.assign(meanwhile.begin(), meanwhile.end());
    for (const std::uint16_t action : actions) act(world, action);
    finish(world);
    RC_ASSERT(world.taken.size() + world.refused == world.sent);
  }));
}

TEST_CASE("law: the spool and each sender get their turn, whatever the others send", "[spool]") {
  CHECK(rc::check([](const std::vector<std::uint16_t>& actions) {
    constexpr int kSpooled = 10;
    constexpr int kConnected = 11;
    World world;
    world.queue.search_spool_at(world.now);
    // No record of a connection is late enough to precede this entry.
    world.spool_hook(kSpooled, false, 3'600'000 * kMillisecond);
    world.connect_hook(kConnected, false);
    for (int i = 0; i < 6; ++i) {
      for (int session = 0; session < kStreams; ++session) {
        world.write_to_stream(session);
        world.read_stream(session);
      }
      world.connect_hook(kStreams, false);
      world.accept(4);
      world.is_busy = true;
      for (const std::uint16_t action : actions)
        if (const unsigned kind = action % 8; kind < 5) act(world, action);
      world.pass(20);
      world.is_busy = false;
      // The registry has room for a moment.
      world.pass(1);
    }
    RC_ASSERT(world.has_taken(kConnected));
    RC_ASSERT(world.has_taken(kSpooled));
  }));
}

TEST_CASE("a connection waits for the entries that were known when it joined, not for later ones",
          "[spool]") {
  IngestQueue queue(kBusyNs);
  queue.set_known(10);
  queue.set_earliest(5);
  CHECK(queue.ask(1, 20, "a/hook", 0) == Decision::kSpoolFirst);
  CHECK(queue.spool_until_ns() == 10);
  CHECK(queue.busy(1, 0) == Decision::kWait);
  queue.set_earliest(12);
  CHECK(queue.ask(1, 20, "a/hook", 0) == Decision::kGo);
  CHECK(queue.ask(2, 20, "a/hook", 0) == Decision::kWait);
  queue.set_known(15);
  queue.leave(1);
  CHECK(queue.ask(2, 20, "a/hook", 0) == Decision::kGo);
  queue.leave(2);
  CHECK(queue.ask(3, 20, "a/hook", 0) == Decision::kSpoolFirst);
}

TEST_CASE("WIRE-P10: the first kept record of a group is offered ten times a second", "[spool]") {
  IngestQueue queue(kBusyNs);
  queue.paused(0);
  queue.set_kept({group_of("a/hook")});
  int offers = 0;
  for (std::int64_t now = 0; now <= 1'000 * kMillisecond; now += kMillisecond) {
    CHECK(queue.ask(1, now, "b/hook", now) == Decision::kGo);
    if (!queue.is_offer_due(now)) {
      CHECK(queue.ask(1, now, "a/other", now) == Decision::kKeep);
      continue;
    }
    CHECK(queue.ask(1, now, "a/other", now) == Decision::kSpoolFirst);
    CHECK(queue.next(now) == IngestQueue::kSpool);
    queue.leave(IngestQueue::kSpool);
    queue.paused(now);
    ++offers;
  }
  CHECK(offers == 10);
}

TEST_CASE("WIRE-L4: a message is refused after the busy time, which each accepted record starts again",
          "[spool]") {
  IngestQueue queue(kBusyNs);
  CHECK(queue.busy(1, 0) == Decision::kWait);
  CHECK(queue.ask(2, 0, "a/hook", 0) == Decision::kWait);
  CHECK_FALSE(queue.next(IngestQueue::kRetryNs - 1));
  CHECK(queue.next(IngestQueue::kRetryNs) == 1);
  queue.taken(kBusyNs - 1);
  CHECK(queue.busy(1, kBusyNs) == Decision::kWait);
  CHECK(queue.ask(2, 0, "a/hook", 2 * kBusyNs - 2) == Decision::kWait);
  CHECK(queue.ask(2, 0, "a/hook", 2 * kBusyNs - 1) == Decision::kRefuse);
  CHECK(queue.take_waits() == 2);
  CHECK(queue.take_waits() == 0);
}
