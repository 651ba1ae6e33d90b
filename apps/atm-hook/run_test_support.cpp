// SPDX-License-Identifier: MIT
#include "run_test_support.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <fstream>
#include <sstream>

namespace {

constexpr int kPatienceMs = 10000;
using Clock = std::chrono::steady_clock;

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

std::string read_all(int file) {
  std::string text;
  std::array<char, 65536> buffer;
  for (ssize_t size; (size = read(file, buffer.data(), buffer.size())) > 0;)
    text.append(buffer.data(), static_cast<std::size_t>(size));
  return text;
}

}  // namespace

PrivateDirectory::PrivateDirectory() {
  std::string pattern = (std::filesystem::temp_directory_path() / "atm-hook-XXXXXX").string();
  if (mkdtemp(pattern.data()) != nullptr) path_ = pattern;
}

PrivateDirectory::~PrivateDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

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
  // A daemon of the person who runs the tests must not hear of them.
  const auto names_socket = [](const std::string& entry) { return entry.rfind("ATM_SOCKET=", 0) == 0; };
  if (std::none_of(environment.begin(), environment.end(), names_socket))
    environment.emplace_back("ATM_SOCKET=/dev/null/none");

  Pipe input;
  Pipe output;
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_adddup2(&files, input.ends[0], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&files, output.ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&files, output.ends[1], STDERR_FILENO);

  // The client has the default for this signal; this process has not.
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t defaults;
  sigemptyset(&defaults);
  sigaddset(&defaults, SIGPIPE);
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);

  HookResult result;
  pid_t pid = 0;
  const auto start = Clock::now();
  const int failure = posix_spawn(&pid, arguments[0].c_str(), &files, &attributes, pointers(arguments).data(),
                                  pointers(environment).data());
  posix_spawn_file_actions_destroy(&files);
  posix_spawnattr_destroy(&attributes);
  if (failure != 0) return result;
  result.pid = pid;
  input.close_end(0);
  output.close_end(1);
  std::atomic<bool> has_ended{false};
  std::thread writer([&] { write_payload(input, run, has_ended); });
  std::thread reader([&] { result.printed = read_all(output.ends[0]); });
  int status = 0;
  waitpid(pid, &status, 0);
  result.ms = std::chrono::duration<double, std::milli>(Clock::now() - start).count();
  has_ended = true;
  writer.join();
  reader.join();
  result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return result;
}

double quickest_ms(const HookRun& run) {
  double quickest = kPatienceMs;
  for (int i = 0; i < 10 && quickest > allowed_ms(); ++i) quickest = std::min(quickest, run_hook(run).ms);
  return quickest;
}

bool is_instrumented() {
#ifdef ATM_HOOK_IS_INSTRUMENTED
  return true;
#else
  return false;
#endif
}

double allowed_ms() {
  return is_instrumented() ? 500 : 50;
}

std::string large_message() {
  std::string payload = "{\"session_id\":\"s\"";
  for (int i = 0; i < 700; ++i)
    payload += ",\"k" + std::to_string(i) + "\":\"" + std::string(1024, 'x') + "\"";
  return payload + "}";
}
