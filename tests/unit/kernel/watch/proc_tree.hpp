// SPDX-License-Identifier: MIT
// Files with the layout of /proc, for processes that a test cannot create.
#pragma once

#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <string>

#include "scratch.hpp"

namespace atm::kernel {

struct PosedProcess {
  std::int64_t pid = 4242;
  std::uint64_t start_ticks = 1000;
  std::string comm = "claude";
  char state = 'S';
  std::int64_t ppid = 1;
  std::int64_t tty_nr = 34819;  // /dev/pts/3
  std::uint32_t uid = ::getuid();
  std::string exe = "/opt/agent/bin/claude";
  std::string cwd = "/home/user/project";
  std::string environment = std::string();
  std::string arguments = std::string();
  std::string ns_pids = std::string();  ///< in each PID namespace: "4242\t7"
  std::uint64_t pid_ns = 4026531836;
  std::uint64_t flags = 0x400040;  ///< field 9 of proc(5)
};

class ProcTree final {
 public:
  ProcTree() {
    scratch_.make_directory("sys/kernel/random");
    scratch_.write("sys/kernel/random/boot_id", "0f1e2d3c-boot\n");
  }

  [[nodiscard]] std::string root() const { return scratch_.path(); }
  [[nodiscard]] const Scratch& files() const { return scratch_; }

  void put(const PosedProcess& p) const {
    const std::string directory = std::to_string(p.pid);
    scratch_.remove(directory);
    scratch_.make_directory(directory);
    scratch_.write(directory + "/stat", directory + " (" + p.comm + ") " + p.state + " " +
                                            std::to_string(p.ppid) + " 10 10 " + std::to_string(p.tty_nr) +
                                            " 10 " + std::to_string(p.flags) + " 1 2 3 4 5 6 7 8 20 0 1 0 " +
                                            std::to_string(p.start_ticks) + " 123456 789\n");
    const std::string uid = std::to_string(p.uid);
    scratch_.write(directory + "/status",
                   "Name:\tclaude\nUmask:\t0022\nState:\tS (sleeping)\nUid:\t" + uid + "\t" + uid + "\t" +
                       uid + "\t" + uid + "\nGid:\t0\t0\t0\t0\nNSpid:\t" +
                       (p.ns_pids.empty() ? directory : p.ns_pids) + "\nThreads:\t1\n");
    scratch_.make_directory(directory + "/ns");
    std::filesystem::create_symlink("pid:[" + std::to_string(p.pid_ns) + "]",
                                    scratch_.path(directory + "/ns/pid"));
    scratch_.write(directory + "/environ", p.environment);
    scratch_.write(directory + "/cmdline", p.arguments);
    if (!p.exe.empty()) std::filesystem::create_symlink(p.exe, scratch_.path(directory + "/exe"));
    if (!p.cwd.empty()) std::filesystem::create_symlink(p.cwd, scratch_.path(directory + "/cwd"));
  }
  void remove(std::int64_t pid) const { scratch_.remove(std::to_string(pid)); }

 private:
  Scratch scratch_;
};

}  // namespace atm::kernel
