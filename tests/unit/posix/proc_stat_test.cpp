// SPDX-License-Identifier: MIT
#include <sys/wait.h>
#include <unistd.h>

#include <atm/posix/proc_stat.hpp>
#include <vector>

#include "support/catch.hpp"

using namespace atm::posix;

TEST_CASE("terminals are named from their device numbers", "[proc]") {
  CHECK(tty_name(0).empty());
  CHECK(tty_name(34816) == "/dev/pts/0");
  CHECK(tty_name((136 << 8) | (1 << 20) | 4) == "/dev/pts/260");
  CHECK(tty_name((137 << 8) | 1) == "/dev/pts/257");
  CHECK(tty_name((4 << 8) | 1) == "/dev/tty1");
  CHECK(tty_name((4 << 8) | 64) == "/dev/ttyS0");
  CHECK(tty_name((8 << 8) | 1).empty());
}

TEST_CASE("a stat that is cut short is no process", "[proc]") {
  const std::string whole = "7 (x) S 1 7 7 0 7 0 1 2 3 4 5 6 7 8 20 0 1 0 99 1";
  REQUIRE(parse_proc_stat(whole));
  const std::size_t until_start = whole.size() - 4;
  for (std::size_t n = 0; n < until_start; ++n) CHECK_FALSE(parse_proc_stat(whole.substr(0, n)));
}

TEST_CASE("the namespaces in /proc are read, other texts are refused", "[proc]") {
  CHECK(parse_proc_namespace("pid:[4026531836]") == 4026531836);
  for (const char* text : {"", "]", "pid:[", "pid:[]", "pid:[-1]", "mnt:[1]", "pid:[1]x", "pid:[1x]"})
    CHECK_FALSE(parse_proc_namespace(text));
  CHECK(parse_proc_ns_pids("Name:\tx\nNSpid:\t12\t7\nx:\t1\n") == std::vector<std::int64_t>{12, 7});
  CHECK(parse_proc_ns_pids("Name:\tNSpid:\t1\n").empty());
  CHECK(parse_proc_ns_pids("x\nNSpid:").empty());
  CHECK(parse_proc_ns_pids("x\nNSpid:\t\tx\t3").size() == 1);
}

TEST_CASE("the stat of a process is read until the process is gone", "[proc]") {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  REQUIRE(child > 0);
  siginfo_t ended{};
  REQUIRE(::waitid(P_PID, static_cast<id_t>(child), &ended, WEXITED | WNOWAIT) == 0);
  const auto stat = read_proc_stat(child);
  REQUIRE(stat);
  CHECK(stat->has_ended());
  CHECK(stat->ppid == ::getpid());
  CHECK(stat->start_ticks > 0);
  REQUIRE(::waitpid(child, nullptr, 0) == child);
  CHECK_FALSE(read_proc_stat(child));
}
