// SPDX-License-Identifier: MIT
#include "process.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "support/spawn.hpp"

namespace atm::bench {

pid_t spawn(const std::vector<std::string>& command, const std::vector<std::string>& environment,
            const std::string& stdin_path, const std::string& out_path) {
  return test::Spawn()
      .open(STDIN_FILENO, stdin_path, O_RDONLY)
      .open(STDOUT_FILENO, out_path, O_WRONLY | O_CREAT | O_APPEND)
      .duplicate(STDOUT_FILENO, STDERR_FILENO)
      .run(command, environment);
}

int wait_exit(pid_t pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0) {
    if (errno != EINTR) return -1;
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::int64_t cpu_ns(pid_t pid) {
  std::int64_t sum = 0;
  std::error_code error;
  for (const auto& task :
       std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/task", error)) {
    std::int64_t on_cpu = 0;
    std::ifstream(task.path() / "schedstat") >> on_cpu;
    sum += on_cpu;
  }
  return sum;
}

std::int64_t thread_cpu_ns(pid_t pid, const std::string& name) {
  for (const auto& task : std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/task")) {
    std::string found;
    std::getline(std::ifstream(task.path() / "comm") >> std::ws, found);
    std::int64_t ns = 0;
    if (found == name) {
      std::ifstream(task.path() / "schedstat") >> ns;
      return ns;
    }
  }
  return 0;
}

std::int64_t written_bytes(pid_t pid) {
  std::ifstream in("/proc/" + std::to_string(pid) + "/io");
  std::string name;
  std::int64_t value = 0;
  while (in >> name >> value) {
    if (name == "write_bytes:") return value;
  }
  return 0;
}

std::int64_t resident_kib(pid_t pid) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string word; status >> word;) {
    if (word != "VmRSS:") continue;
    std::int64_t kib = 0;
    status >> kib;
    return kib;
  }
  return 0;
}

}  // namespace atm::bench
