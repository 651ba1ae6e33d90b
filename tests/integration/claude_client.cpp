// SPDX-License-Identifier: MIT
#include "claude_client.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstring>
#include <fstream>
#include <stdexcept>

#include "support/process_stat.hpp"

namespace atm::test {
namespace {

// Tests are faster than users: two changes within a millisecond have no order.
std::int64_t next_ms() {
  static std::int64_t last = 0;
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  last = std::max(std::int64_t{std::chrono::duration_cast<std::chrono::milliseconds>(now).count()}, last + 1);
  return last;
}

}  // namespace

ClaudeClient::ClaudeClient(std::filesystem::path config_dir, std::string session, std::string cwd)
    : config_dir_(std::move(config_dir)), session_(std::move(session)), cwd_(std::move(cwd)) {
  // The process name is that of the started program.
  const std::filesystem::path program = config_dir_ / "bin/claude";
  std::filesystem::create_directories(program.parent_path());
  std::filesystem::create_directories(config_dir_ / "sessions");
  if (!std::filesystem::exists(program)) std::filesystem::create_symlink("/bin/sleep", program);
  char name[] = "sleep";
  char how_long[] = "600";
  char* argv[] = {name, how_long, nullptr};
  std::string variable = "CLAUDE_CONFIG_DIR=" + config_dir_.string();
  char* envp[] = {variable.data(), nullptr};
  const int error = ::posix_spawn(&pid_, program.c_str(), nullptr, nullptr, argv, envp);
  if (error != 0) throw std::runtime_error("cannot start a client: " + std::string(std::strerror(error)));
  start_ticks_ = start_ticks_of(pid_);
  std::ofstream(secret_file()) << "a secret";
}

ClaudeClient::~ClaudeClient() {
  if (pid_ > 0) is_killed(true);
}

void ClaudeClient::says(std::string_view status, std::string_view more) const {
  write(entry(status, more));
}

void ClaudeClient::removes_entry() const {
  std::filesystem::remove(entry_file());
}

void ClaudeClient::is_killed(bool reap) {
  ::kill(pid_, SIGKILL);
  if (reap) {
    ::waitpid(pid_, nullptr, 0);
  } else {
    siginfo_t info{};
    ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOWAIT);
  }
}

void ClaudeClient::records(std::string_view line) const {
  std::filesystem::create_directories(transcript_file().parent_path());
  std::ofstream(transcript_file(), std::ios::app) << line << '\n';
}

std::filesystem::path ClaudeClient::entry_file() const {
  return config_dir_ / "sessions" / (std::to_string(pid_) + ".json");
}

std::filesystem::path ClaudeClient::secret_file() const {
  return config_dir_ / "sessions" / (std::to_string(pid_) + ".c0ffee.key");
}

std::filesystem::path ClaudeClient::transcript_file() const {
  std::string slug = cwd_;
  for (char& c : slug) {
    if (c == '/') c = '-';
  }
  return config_dir_ / "projects" / slug / (session_ + ".jsonl");
}

namespace {

/// The machine and the PID namespace of the pid, in the format of Claude Code.
std::string pid_domain() {
  std::string machine;
  std::getline(std::ifstream("/etc/machine-id"), machine);
  return "linux:" + machine + ":" + std::filesystem::read_symlink("/proc/self/ns/pid").string();
}

}  // namespace

std::string ClaudeClient::entry(std::string_view status, std::string_view more) const {
  const std::string now = std::to_string(next_ms());
  return R"({"pid":)" + std::to_string(pid_) + R"(,"sessionId":")" + session_ + R"(","cwd":")" + cwd_ +
         R"(","startedAt":)" + now + R"(,"procStart":")" + std::to_string(start_ticks_) +
         R"(","pidDomain":")" + pid_domain() +
         R"(","version":"2.1.330","kind":"interactive","entrypoint":"cli","status":")" + std::string(status) +
         R"(","updatedAt":)" + now + R"(,"statusUpdatedAt":)" + now + std::string(more) + "}";
}

void ClaudeClient::write(std::string_view text) const {
  const int fd = ::open(entry_file().c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
  const bool is_written = fd >= 0 &&
                          ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
                          ::ftruncate(fd, static_cast<off_t>(text.size())) == 0;
  ::close(fd);
  if (!is_written) throw std::runtime_error("cannot write " + entry_file().string());
}

}  // namespace atm::test
