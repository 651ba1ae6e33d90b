// SPDX-License-Identifier: MIT
#include "run_test_support.hpp"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <fstream>
#include <sstream>
#include <utility>

namespace {

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> list;
  list.reserve(texts.size() + 1);
  for (auto& text : texts) list.push_back(text.data());
  list.push_back(nullptr);
  return list;
}

struct Pipe {
  Pipe() { is_open = pipe2(ends.data(), O_CLOEXEC) == 0; }
  ~Pipe() {
    close_end(0);
    close_end(1);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  void close_end(std::size_t which) {
    if (ends[which] >= 0) close(ends[which]);
    ends[which] = -1;
  }
  std::array<int, 2> ends{-1, -1};
  bool is_open = false;
};

void write_payload(Pipe& input, const HookRun& run, const std::atomic<bool>& has_ended) {
  std::size_t at = 0;
  while (at < run.payload.size() && !has_ended) {
    const std::size_t size = run.trickles ? 1 : run.payload.size() - at;
    const ssize_t written = write(input.ends[1], run.payload.data() + at, size);
    if (written < 0) break;
    at += static_cast<std::size_t>(written);
    if (run.trickles) poll(nullptr, 0, 1);
  }
  if (run.closes_stdin) input.close_end(1);
}

// Kills the process group of a process that does not end in time.
int wait_for_end(pid_t pid) {
  const int process = static_cast<int>(syscall(SYS_pidfd_open, pid, 0U));
  pollfd end{process, POLLIN, 0};
  const int milliseconds = static_cast<int>(std::chrono::milliseconds(kTimeout).count());
  if (process < 0 || poll(&end, 1, milliseconds) <= 0) kill(-pid, SIGKILL);
  if (process >= 0) close(process);
  int status = 0;
  waitpid(pid, &status, 0);
  return status;
}

// setitimer() succeeds without effect, in this process and in its children.
void keep_timer_from_starting() {
  sock_filter steps[] = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
                         BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_setitimer, 0, 1),
                         BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO),
                         BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
  const sock_fprog program{std::size(steps), steps};
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

std::string read_all(int file) {
  std::string text;
  std::array<char, 65536> buffer;
  for (ssize_t size; (size = read(file, buffer.data(), buffer.size())) > 0;)
    text.append(buffer.data(), static_cast<std::size_t>(size));
  return text;
}

}  // namespace

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

int listen_on(const std::string& path, int backlog) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  const int listening = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (bind(listening, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      listen(listening, backlog) != 0) {
    close(listening);
    return -1;
  }
  return listening;
}

Listener::Listener(const std::string& path) : socket_(listen_on(path, 16)), thread_([this] { run(); }) {}

Listener::~Listener() {
  if (thread_.joinable()) received();
  close(socket_);
}

void Listener::run() {
  pollfd readable{socket_, POLLIN, 0};
  while (poll(&readable, 1, 5) == 0) {
    if (is_over_ && poll(&readable, 1, 0) == 0) return;
  }
  const int connection = accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC);
  if (connection < 0) return;
  received_ = read_all(connection);
  close(connection);
}

std::string Listener::received() {
  is_over_ = true;
  if (thread_.joinable()) thread_.join();
  return received_;
}

HookResult run_hook(const HookRun& run) {
  signal(SIGPIPE, SIG_IGN);
  std::vector<std::string> arguments{run.program};
  if (!run.shell_command.empty()) arguments = {"/bin/sh", "-c", run.shell_command, ATM_HOOK_PROGRAM};
  arguments.insert(arguments.end(), run.arguments.begin(), run.arguments.end());
  std::vector<std::string> environment = run.environment;
  // A daemon of the user who runs the tests must not receive their records.
  const auto names_socket = [](const std::string& entry) { return entry.rfind("ATM_SOCKET=", 0) == 0; };
  if (std::none_of(environment.begin(), environment.end(), names_socket))
    environment.emplace_back("ATM_SOCKET=/dev/null/none");

  Pipe input;
  Pipe output;
  const std::vector<char*> argument_list = pointers(arguments);
  const std::vector<char*> environment_list = pointers(environment);

  HookResult result;
  const pid_t pid = fork();
  if (pid == 0) {
    setpgid(0, 0);
    for (const auto& [from, to] :
         {std::pair(input.ends[0], STDIN_FILENO), std::pair(output.ends[1], STDOUT_FILENO),
          std::pair(output.ends[1], STDERR_FILENO)})
      dup2(from, to);
    // The agent process has the default action for this signal; this process does not.
    signal(SIGPIPE, SIG_DFL);
    if (!run.has_time_limit) keep_timer_from_starting();
    execve(argument_list[0], argument_list.data(), environment_list.data());
    _exit(127);
  }
  if (pid < 0) return result;
  result.pid = pid;
  input.close_end(0);
  output.close_end(1);
  std::atomic<bool> has_ended{false};
  std::thread writer([&] { write_payload(input, run, has_ended); });
  std::thread reader([&] { result.printed = read_all(output.ends[0]); });
  const int status = wait_for_end(pid);
  has_ended = true;
  writer.join();
  reader.join();
  result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return result;
}

std::string large_message() {
  std::string payload = "{\"session_id\":\"s\"";
  for (int i = 0; i < 700; ++i)
    payload += ",\"k" + std::to_string(i) + "\":\"" + std::string(1024, 'x') + "\"";
  return payload + "}";
}
