// SPDX-License-Identifier: MIT
// No record is lost while the daemon is away: the real hook, the real daemon and their files; the rules are those of
// docs/specs/protocol.md, section 11.
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <map>
#include <numeric>
#include <stdexcept>

#include "socket_unit.hpp"
#include "spool_writers.hpp"
#include "support/catch.hpp"

using namespace atm::test;
namespace fs = std::filesystem;

namespace {

constexpr int kWriters = 8;

/// ATM_SPOOL_HOOKS: the number of hooks of each writer that find no daemon.
int hooks_of_each() {
  const char* const chosen = std::getenv("ATM_SPOOL_HOOKS");
  return chosen == nullptr ? 125 : std::max(1, std::atoi(chosen));
}

/// A subscriber may be slow here, so its daemon keeps all events.
void prepare(const Home& home, const std::string& more = "") {
  home.config("[limits]\nsubscriber_queue = 1000000\n" + more + std::string(kOwnAgentsOnly));
  home.dir().directory("run", 0700);
}

std::vector<std::string> with_plugins() {
  return {"--plugin-dir", ATM_TEST_PLUGINS};
}

std::int64_t stat(const fs::path& socket, std::string_view name) {
  Wire wire(socket);
  static_cast<void>(wire.greet());
  const auto stats = wire.ask<atm::protocol::Stats>(R"({"type":"get_stats"})");
  atm::json::Reader reader;
  const atm::json::Value* at = reader.parse(stats.json);
  for (const std::string_view step : {"plugins", "unix"}) {
    if (at != nullptr) at = atm::json::get_object(*at, step);
  }
  return at == nullptr ? -1 : atm::json::get_int(*at, name).value_or(0);
}

std::string text_of(const std::vector<int>& numbers) {
  std::string text;
  for (const int number : numbers) text += std::to_string(number) + ' ';
  return text;
}

std::size_t size_of(const std::map<std::string, std::vector<int>>& numbers) {
  return std::accumulate(numbers.begin(), numbers.end(), std::size_t{0},
                         [](std::size_t sum, const auto& one) { return sum + one.second.size(); });
}

bool is_rising(const std::vector<int>& numbers) {
  return std::adjacent_find(numbers.begin(), numbers.end(), std::greater_equal<>()) == numbers.end();
}

/// The number of records in a spool.
std::size_t records_in(const fs::path& spool) {
  std::size_t records = 0;
  for (const char* const name : {"records", "taken"}) {
    std::ifstream lines(spool / name, std::ios::binary);
    for (std::string line; std::getline(lines, line);) records += line.empty() ? 0 : 1;
  }
  return records;
}

bool becomes_true(const std::function<bool()>& condition) {
  const auto until = std::chrono::steady_clock::now() + kTimeout;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > until) return false;
  }
  return true;
}

/// A hook that is stopped in the middle of its write.
class HeldFile final {
 public:
  explicit HeldFile(const fs::path& file) : fd_(::open(file.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC)) {
    if (fd_ < 0 || ::flock(fd_, LOCK_SH) != 0) throw std::runtime_error("cannot lock " + file.string());
  }
  ~HeldFile() { ::close(fd_); }
  HeldFile(const HeldFile&) = delete;
  HeldFile& operator=(const HeldFile&) = delete;

 private:
  int fd_;
};

void copy_spool(const SpoolWriters& from, const Home& to) {
  fs::copy(from.spool(), to.socket().string() + ".spool");
  fs::permissions(to.socket().string() + ".spool", fs::perms(0700));
}

}  // namespace

TEST_CASE("1,000 hooks of eight agents without a daemon all arrive once, in order for each session",
          "[spool]") {
  const Home home;
  prepare(home);
  SpoolWriters agents(home.socket(), kWriters);
  const int hooks = hooks_of_each();
  agents.run(hooks, true);
  for (const auto& [session, numbers] : agents.in_spool()) {
    INFO(session << ": " << text_of(numbers));
    CHECK(is_all_in_order(session, numbers, hooks, {}));
  }
  const auto records = static_cast<std::int64_t>(size_of(agents.in_spool()));
  CHECK(records == kWriters * hooks);
  std::printf("spool: %lld records of %d agents, %lld bytes\n", static_cast<long long>(records), kWriters,
              static_cast<long long>(fs::file_size(agents.spool() / "records")));

  SECTION("the first client receives the resulting state") {
    Atmd atmd(home, with_plugins());
    REQUIRE(atmd.wait_ready());
    Wire wire(home.socket());
    static_cast<void>(wire.greet());
    const auto all = wire.ask<atm::protocol::Sessions>(R"({"type":"get_all_sessions"})").sessions;
    CHECK(all.size() == kWriters);
    for (const auto& session : all) CHECK(session.domain.status.tool_name() == std::to_string(hooks));
    CHECK(stat(home.socket(), "spool_records") == records);
    CHECK(stat(home.socket(), "spool_torn") == 0);
    CHECK(atmd.output().find("ingested records from the spool") != std::string::npos);
    CHECK(fs::is_empty(agents.spool()));
  }
  SECTION("a subscriber that waits at a passed socket receives each record once and in order") {
    const Home activated;
    prepare(activated);
    copy_spool(agents, activated);
    const SocketUnit unit(activated);
    SpoolReader reader(unit.path());
    Atmd atmd(activated, with_plugins(), unit.manager());
    REQUIRE(atmd.wait_ready());
    reader.read_until(hooks, kWriters);
    CHECK(reader.sessions_before() == 0);
    CHECK(reader.gaps() == 0);
    for (const auto& [session, numbers] : reader.numbers()) {
      INFO(session << ": " << text_of(numbers));
      CHECK(is_all_in_order(session, numbers, hooks, {}));
    }
    CHECK(stat(unit.path(), "spool_records") == records);
  }
  SECTION("a daemon that is killed leaves the next one only the unread records") {
    const Home killed;
    prepare(killed);
    copy_spool(agents, killed);
    const fs::path spool = killed.socket().string() + ".spool";
    const auto bytes = fs::file_size(spool / "records");
    auto left = static_cast<std::size_t>(records);
    while (left > 0) {
      // Its hook is stopped in the middle, so that the file remains.
      const HeldFile hook(spool / (fs::exists(spool / "taken") ? "taken" : "records"));
      Atmd next(killed, with_plugins());
      const auto before = left;
      REQUIRE(becomes_true([&] { return (left = records_in(spool)) < before; }));
      CHECK(next.stop(SIGKILL) == 128 + SIGKILL);
      left = records_in(spool);
      CHECK(fs::file_size(spool / "taken") == bytes);
    }
    Atmd last(killed, with_plugins());
    REQUIRE(last.wait_ready());
    CHECK(stat(killed.socket(), "spool_records") == 0);
    CHECK(stat(killed.socket(), "spool_torn") == 0);
    CHECK(fs::is_empty(spool));
  }
  SECTION("a daemon that is stopped while a hook holds the file reads each record only once") {
    const Home stopped;
    prepare(stopped);
    copy_spool(agents, stopped);
    const fs::path spool = stopped.socket().string() + ".spool";
    const HeldFile hook(spool / "records");
    Atmd first(stopped, with_plugins());
    REQUIRE(first.wait_ready());
    CHECK(stat(stopped.socket(), "spool_records") == records);
    CHECK(first.stop() == 0);
    CHECK(fs::exists(spool / "taken"));
    Atmd second(stopped, with_plugins());
    REQUIRE(second.wait_ready());
    CHECK(stat(stopped.socket(), "spool_records") == 0);
  }
}

TEST_CASE("hooks that wait for a stopping daemon, more than its limit, are all read", "[spool]") {
  constexpr std::size_t kHooks = 900;
  ServedDaemon daemon("[limits]\nsessions = 2000\n");
  daemon.process().signal(SIGSTOP);
  for (std::size_t i = 0; i < kHooks; ++i) {
    Wire gone(daemon);
    gone.send(kHello);
    gone.send(hook("s" + std::to_string(i), "SessionStart", R"("source":"startup")"));
  }
  Wire last(daemon);
  last.send(kHello);
  last.send(R"({"type":"get_all_sessions"})");
  last.half_close();
  daemon.process().signal(SIGTERM);
  daemon.process().signal(SIGCONT);
  REQUIRE(last.next<atm::protocol::ServerHello>().accepted);
  std::size_t sessions = 0;
  for (bool is_more = true; is_more;) {
    const auto some = last.next<atm::protocol::Sessions>();
    sessions += some.sessions.size();
    is_more = some.more;
  }
  CHECK(sessions == kHooks);
  CHECK(daemon.process().wait() == 0);
}

TEST_CASE("WIRE-L2: records of hooks refused at max_connections are stored in the spool or counted as lost",
          "[spool]") {
  constexpr std::int64_t kHooks = 20;
  const bool has_spool = GENERATE(true, false);
  ServedDaemon daemon(std::string("[plugins.unix]\nmax_connections = 1\nspool = ") +
                      (has_spool ? "true" : "false") + "\n" + std::string(kOwnAgentsOnly));
  Wire holder(daemon);
  static_cast<void>(holder.greet());
  const auto stat_now = [&](std::string_view name) {
    const auto stats = holder.ask<atm::protocol::Stats>(R"({"type":"get_stats"})");
    atm::json::Reader reader;
    const atm::json::Value* at = reader.parse(stats.json);
    for (const std::string_view step : {"plugins", "unix"})
      if (at != nullptr) at = atm::json::get_object(*at, step);
    return at == nullptr ? -1 : atm::json::get_int(*at, name).value_or(0);
  };
  // Each has sent everything and has closed before the daemon accepts it.
  daemon.process().signal(SIGSTOP);
  for (std::int64_t i = 0; i < kHooks; ++i) {
    Wire gone(daemon);
    gone.send(kHello);
    gone.send(hook("s" + std::to_string(i), "SessionStart", R"("source":"startup")"));
  }
  {
    Wire silent(daemon);
    Wire asking(daemon);
    asking.send(kHello);
    asking.send(R"({"type":"get_stats"})");
    daemon.process().signal(SIGCONT);
    CHECK(becomes_true([&] { return stat_now("connections_refused") == kHooks + 2; }));
  }
  CHECK(stat_now("records_saved") == (has_spool ? kHooks : 0));
  CHECK(stat_now("records_lost") == (has_spool ? 0 : kHooks));
  if (!has_spool) return;
  CHECK(becomes_true([&] { return stat_now("spool_records") == kHooks; }));
  const auto all = holder.ask<atm::protocol::Sessions>(R"({"type":"get_all_sessions"})").sessions;
  CHECK(all.size() == static_cast<std::size_t>(kHooks));
}

TEST_CASE("records that do not fit in the spool are counted and logged, and the rest arrives in order",
          "[spool]") {
  const Home home;
  prepare(home);
  SpoolWriters agents(home.socket(), kWriters, {"ATM_SPOOL_MAX=100000"});
  agents.run(hooks_of_each(), false);
  const auto kept = agents.in_spool();
  const auto dropped = static_cast<std::int64_t>(fs::file_size(agents.spool() / "dropped"));
  const auto all = static_cast<std::int64_t>(kWriters) * hooks_of_each();
  const auto doubtful = static_cast<std::int64_t>(agents.doubtful().size());
  const auto records = static_cast<std::int64_t>(size_of(kept));
  // Writers check the size before they write, and do not wait for each other.
  CHECK(fs::file_size(agents.spool() / "records") <= 100000 + kWriters * 1024);
  CHECK(records + dropped <= all);
  CHECK(records + dropped >= all - doubtful);
  CHECK(dropped > 0);

  const SocketUnit unit(home);
  SpoolReader reader(unit.path());
  Atmd atmd(home, with_plugins(), unit.manager());
  REQUIRE(atmd.wait_ready());
  reader.read_all(static_cast<std::size_t>(records));
  CHECK(reader.numbers() == kept);
  for (const auto& [session, numbers] : kept) CHECK(is_rising(numbers));
  CHECK(stat(unit.path(), "spool_records") == records);
  CHECK(stat(unit.path(), "spool_dropped") == dropped);
  CHECK(atmd.output().find("dropped=" + std::to_string(dropped)) != std::string::npos);
  std::printf("spool: %lld records fitted, %lld did not\n", static_cast<long long>(records),
              static_cast<long long>(dropped));
}

TEST_CASE("WIRE-P6: records sent to a stopped daemon and spooled ones are read in the order of each session",
          "[spool]") {
  const Home home;
  prepare(home);
  const SocketUnit unit(home, 0600, 16);
  SpoolReader reader(unit.path());
  Atmd atmd(home, with_plugins(), unit.manager());
  REQUIRE(atmd.wait_ready());
  reader.begin();
  SpoolWriters agents(home.socket(), kWriters);
  agents.run(3, false);
  atmd.signal(SIGSTOP);
  agents.run(20, false);
  const auto left = size_of(agents.in_spool());
  CHECK(left > 0);
  atmd.signal(SIGCONT);
  agents.run(10, false);
  // The last record of each session must arrive: it shows that all records before it have been read.
  const std::map<std::string, int> last = agents.finish();
  reader.read_until(last);
  CHECK(reader.gaps() == 0);
  Wire asking(unit.path());
  static_cast<void>(asking.greet());
  const std::string stats = asking.ask<atm::protocol::Stats>(R"({"type":"get_stats"})").json;
  for (const auto& [session, numbers] : reader.numbers()) {
    INFO(session << ": " << text_of(numbers) << "\n" << stats);
    CHECK(is_all_in_order(session, numbers, last.at(session), agents.doubtful()));
  }
  CHECK(stat(unit.path(), "spool_records") >= static_cast<std::int64_t>(left));
  std::printf("spool: %zu of %d hooks did not reach the stopped daemon, %zu may have given up\n", left,
              kWriters * 20, agents.doubtful().size());
}

TEST_CASE("a spool that other users can write is not read, and the log names the remedy", "[spool]") {
  const Home home;
  prepare(home);
  home.dir().file("run/atm.sock.spool/records", "\nnonsense\n", 0600);
  fs::permissions(home.socket().string() + ".spool", fs::perms(0777));
  Atmd atmd(home, with_plugins());
  REQUIRE(atmd.wait_ready());
  CHECK(stat(home.socket(), "spool_torn") == 0);
  CHECK(atmd.output().find("run chmod 700") != std::string::npos);
  CHECK(fs::exists(home.socket().string() + ".spool/records"));
}

TEST_CASE("spool = false disables the spool", "[spool]") {
  const Home home;
  prepare(home, "[plugins.unix]\nspool = false\n");
  home.dir().directory("run/atm.sock.spool", 0700);
  home.dir().file("run/atm.sock.spool/records",
                  '\n' + hook("s", "SessionStart", R"("source":"startup")") + '\n', 0600);
  Atmd atmd(home, with_plugins());
  REQUIRE(atmd.wait_ready());
  CHECK(stat(home.socket(), "spool_records") == 0);
  CHECK(fs::exists(home.socket().string() + ".spool/records"));
}
