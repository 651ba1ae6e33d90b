// SPDX-License-Identifier: MIT
#include "kernel/watch/process_table.hpp"

#include <thread>

#include "child.hpp"
#include "kernel/system/clock.hpp"
#include "proc_tree.hpp"
#include "support/catch.hpp"

using namespace atm::kernel;
using namespace std::string_literals;

namespace {

struct TableFixture {
  ProcTree tree;
  ManualClock clock;
  ProcessTable table{clock, tree.root()};

  std::vector<std::int64_t> pids(const std::vector<std::string_view>& names = {"claude"}) {
    std::vector<std::int64_t> found;
    for (const ProcessEntry& entry : table.list(names)) found.push_back(entry.pid);
    return found;
  }
};

}  // namespace

TEST_CASE("a name with brackets, spaces, line ends and bad UTF-8 does not shift the fields", "[watch]") {
  TableFixture f;
  const std::string name = GENERATE("a) S 1 2 (b"s, "two words"s, "x\n) Z 9"s, "\xFF\xC3"s, ")"s, ""s);
  PosedProcess p;
  p.comm = name;
  f.tree.put(p);
  const auto entry = f.table.lookup(p.pid);
  REQUIRE(entry);
  CHECK(entry->comm == name);
  CHECK(entry->start_ticks == 1000);
  CHECK(entry->ppid == 1);
  CHECK(entry->state == 'S');
}

TEST_CASE("a look-up gives terminal, program, directory, owner and age", "[watch]") {
  TableFixture f;
  f.clock.advance(60'000'000'000);
  PosedProcess p;
  p.exe = "/opt/agent/versions/2.1/claude (deleted)";
  f.tree.put(p);
  const auto entry = f.table.lookup(p.pid);
  REQUIRE(entry);
  CHECK(entry->tty == "/dev/pts/3");
  CHECK(entry->exe == "/opt/agent/versions/2.1/claude");
  CHECK(entry->cwd == "/home/user/project");
  CHECK(entry->uid == ::getuid());
  CHECK(entry->age_ns == 60'000'000'000 - 1000 * (1'000'000'000 / ::sysconf(_SC_CLK_TCK)));
  CHECK_FALSE(entry->is_zombie);
}

TEST_CASE("the age of a process is never below zero", "[watch]") {
  TableFixture f;
  PosedProcess p;
  p.start_ticks = GENERATE(std::uint64_t{1000}, ~std::uint64_t{0});
  f.tree.put(p);
  CHECK(f.table.lookup(p.pid)->age_ns == 0);
}

TEST_CASE("no process is found for an invalid pid", "[watch]") {
  TableFixture f;
  f.tree.files().make_directory("self");
  CHECK_FALSE(f.table.lookup(0));
  CHECK_FALSE(f.table.lookup(-1));
  CHECK_FALSE(f.table.lookup(std::int64_t{1} << 40));
  CHECK_FALSE(f.table.lookup(4242));
}

TEST_CASE("the list holds the user's live processes by comm or file name of exe", "[watch]") {
  TableFixture f;
  PosedProcess p;
  f.tree.put(p);
  p.pid = 5000;
  p.comm = "node";
  f.tree.put(p);
  p.pid = 5001;
  p.exe = "/usr/bin/node";
  f.tree.put(p);
  p.pid = 5002;
  p.comm = "claude";
  p.state = 'Z';
  f.tree.put(p);
  p.pid = 5003;
  p.state = 'S';
  p.uid = ::getuid() + 1;
  f.tree.put(p);
  auto found = f.pids();
  std::sort(found.begin(), found.end());
  CHECK(found == std::vector<std::int64_t>{4242, 5000});
  CHECK(f.pids({"node", "codex"}).size() == 2);
  CHECK(f.pids({}).size() == 3);
}

TEST_CASE("the list leaves kernel threads out", "[watch]") {
  TableFixture f;
  PosedProcess p;
  p.flags = 0x208040;
  f.tree.put(p);
  CHECK(f.pids({}).empty());
  f.clock.advance(ProcessTable::kScanLifeNs);
  CHECK(f.pids({}).empty());
  p.flags = 0x400040;
  p.pid = 4243;
  f.tree.put(p);
  f.clock.advance(ProcessTable::kScanLifeNs);
  CHECK(f.pids({}) == std::vector<std::int64_t>{4243});
}

TEST_CASE("callers within 250 ms share one scan, later ones see changes", "[watch]") {
  TableFixture f;
  f.tree.put({});
  CHECK(f.pids().size() == 1);
  f.tree.remove(4242);
  f.clock.advance(ProcessTable::kScanLifeNs - 1);
  CHECK(f.pids().size() == 1);
  CHECK(f.pids({"codex"}).empty());
  CHECK(f.table.scan_count() == 1);
  f.clock.advance(1);
  CHECK(f.pids().empty());
  CHECK(f.table.scan_count() == 2);
}

TEST_CASE("the owner of a process is read again after a minute", "[watch]") {
  constexpr std::int64_t kMinute = 60'000'000'000;
  TableFixture f;
  PosedProcess p;
  p.uid = ::getuid() + 1;
  f.tree.put(p);
  CHECK(f.pids().empty());
  p.uid = ::getuid();
  f.tree.files().write("4242/status", "Name:\tclaude\nUid:\t" + std::to_string(p.uid) + "\t0\t0\t0\n");
  f.clock.advance(kMinute - 1);
  CHECK(f.pids().empty());
  f.clock.advance(ProcessTable::kScanLifeNs);
  CHECK(f.pids() == std::vector<std::int64_t>{4242});
}

TEST_CASE("callers at the same time share one scan", "[watch]") {
  TableFixture f;
  f.tree.put({});
  std::vector<std::thread> callers;
  for (int i = 0; i < 8; ++i) callers.emplace_back([&] { static_cast<void>(f.table.list({"claude"})); });
  for (std::thread& caller : callers) caller.join();
  CHECK(f.table.scan_count() == 1);
}

TEST_CASE("one variable of an environment is read by its whole name", "[watch]") {
  TableFixture f;
  PosedProcess p;
  p.environment =
      "XTMUX_PANE=no\0TMUX_PANE2=no\0TMUX_PANE=%7\0TMUX_PANE=later\0EMPTY=\0SECRET=s3cret\0LAST=end"s;
  f.tree.put(p);
  std::string value;
  const auto read = [&](std::string_view name) {
    return f.table.environment(p.pid, p.start_ticks, name, value);
  };
  CHECK(read("TMUX_PANE") == ProcessReading::kRead);
  CHECK(value == "%7");
  CHECK(read("EMPTY") == ProcessReading::kRead);
  CHECK(value.empty());
  CHECK(read("LAST") == ProcessReading::kRead);
  CHECK(value == "end");
  CHECK(read("PANE") == ProcessReading::kNotSet);
  CHECK(read("TMUX") == ProcessReading::kNotSet);
}

TEST_CASE("a variable is found across the blocks of a large environment", "[watch]") {
  TableFixture f;
  PosedProcess p;
  const std::size_t before = GENERATE(range(std::size_t{16 * 1024 - 12}, std::size_t{16 * 1024 + 2}));
  p.environment = "A=" + std::string(before, 'a') + "\0TMUX_PANE=%7\0"s;
  f.tree.put(p);
  std::string value;
  CHECK(f.table.environment(p.pid, p.start_ticks, "TMUX_PANE", value) == ProcessReading::kRead);
  CHECK(value == "%7");
  CHECK(f.table.environment(p.pid, p.start_ticks, "A", value) == ProcessReading::kRead);
  CHECK(value.size() == before);
}

TEST_CASE("a variable over the limit is refused completely", "[watch]") {
  TableFixture f;
  PosedProcess p;
  const std::size_t size = GENERATE(std::size_t{0}, std::size_t{1}) + ProcessTable::kMaxValueBytes;
  p.environment = "A=" + std::string(size, 'a') + '\0';
  f.tree.put(p);
  std::string value;
  CHECK(f.table.environment(p.pid, p.start_ticks, "A", value) ==
        (size == ProcessTable::kMaxValueBytes ? ProcessReading::kRead : ProcessReading::kTooLarge));
}

TEST_CASE("no variable is read of an ended process, a reused pid or another user's process", "[watch]") {
  TableFixture f;
  PosedProcess p;
  p.environment = "A=1\0"s;
  p.arguments = "claude\0"s;
  ProcessReading expected = ProcessReading::kNotThere;
  std::uint64_t start_ticks = p.start_ticks;
  SECTION("another start time") {
    ++start_ticks;
  }
  SECTION("a zombie") {
    p.state = 'Z';
  }
  SECTION("another user") {
    p.uid = ::getuid() + 1;
    expected = ProcessReading::kNotReadable;
  }
  f.tree.put(p);
  std::string value;
  std::vector<std::string> values;
  CHECK(f.table.environment(p.pid, start_ticks, "A", value) == expected);
  CHECK(f.table.arguments(p.pid, start_ticks, values) == expected);
  CHECK(value.empty());
  CHECK(values.empty());
}

TEST_CASE("arguments are returned separately, including empty ones", "[watch]") {
  TableFixture f;
  PosedProcess p;
  p.arguments = "claude\0--resume\0\0last"s;
  f.tree.put(p);
  std::vector<std::string> values;
  CHECK(f.table.arguments(p.pid, p.start_ticks, values) == ProcessReading::kRead);
  CHECK(values == std::vector<std::string>{"claude", "--resume", "", "last"});
}

TEST_CASE("the boot id is read", "[watch]") {
  TableFixture f;
  CHECK(f.table.boot_id() == "0f1e2d3c-boot");
}

TEST_CASE("the real table shows this process, and a zombie as ended", "[watch]") {
  const SystemClock clock;
  ProcessTable table(clock);
  const auto self = table.lookup(::getpid());
  REQUIRE(self);
  CHECK(self->ppid == ::getppid());
  CHECK(self->exe == std::filesystem::read_symlink("/proc/self/exe").string());
  CHECK(self->cwd == std::filesystem::current_path().string());
  CHECK(self->age_ns < 3'600'000'000'000);
  CHECK(table.is_alive(self->pid, self->start_ticks));

  const Child child;
  child.kill();
  child.wait();
  const auto entry = table.lookup(child.pid());
  REQUIRE(entry);
  CHECK(entry->is_zombie);
  CHECK_FALSE(table.is_alive(child.pid(), entry->start_ticks));
  for (const ProcessEntry& other : table.list({})) CHECK(other.pid != child.pid());
}

TEST_CASE("STATE-I10: a process in another PID namespace is found by its pid in that namespace",
          "[watch][STATE-I10]") {
  TableFixture f;
  PosedProcess p;
  p.pid = 5000;
  p.ns_pids = "5000\t12\t7";
  p.pid_ns = 4026532177;
  f.tree.put(p);
  PosedProcess twin = p;  // of another container, started within the same tick
  twin.pid = 5001;
  twin.ns_pids = "5001\t7";
  twin.pid_ns = 4026532178;
  f.tree.put(twin);
  const auto pid_of = [&f](std::uint64_t pid_ns, std::int64_t pid, std::uint64_t start_ticks) {
    const auto found = f.table.find(pid_ns, pid, start_ticks);
    return found ? found->pid : 0;
  };
  CHECK(pid_of(4026532177, 7, 1000) == 5000);
  CHECK(pid_of(4026532178, 7, 1000) == 5001);
  CHECK(pid_of(0, 7, 1000) != 0);
  CHECK(pid_of(4026532177, 12, 1000) == 0);
  CHECK(pid_of(4026532177, 7, 1001) == 0);
  CHECK(pid_of(4026532179, 7, 1000) == 0);
  const std::uint64_t scans = f.table.scan_count();
  f.clock.advance(10 * ProcessTable::kScanLifeNs);
  CHECK(pid_of(4026532177, 7, 1000) == 5000);
  CHECK(f.table.scan_count() == scans);  // what was found is not looked for again
  f.tree.remove(5000);
  CHECK(pid_of(4026532177, 7, 1000) == 0);
}

TEST_CASE("a process of the daemon's namespace is not found for another one", "[watch][STATE-I10]") {
  TableFixture f;
  f.tree.put({});
  CHECK_FALSE(f.table.find(0, 4242, 1000));
  CHECK_FALSE(f.table.find(4026531836, 4242, 1000));
}

TEST_CASE("STATE-D2: the state of the process with this start time is returned", "[watch][STATE-D2]") {
  TableFixture f;
  PosedProcess p;
  p.state = GENERATE('S', 'T', 't');
  f.tree.put(p);
  CHECK(f.table.state_of(p.pid, p.start_ticks) == p.state);
  CHECK_FALSE(f.table.state_of(p.pid, p.start_ticks + 1));
  p.state = 'Z';
  f.tree.put(p);
  CHECK_FALSE(f.table.state_of(p.pid, p.start_ticks));
}
