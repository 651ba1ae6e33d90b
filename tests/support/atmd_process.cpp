// SPDX-License-Identifier: MIT
#include "support/atmd_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <system_error>
#include <thread>

#include "support/spawn.hpp"

namespace atm::test {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::seconds kDeadline{60};

sockaddr_un address_of(const std::filesystem::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.native().size() >= sizeof address.sun_path) throw std::runtime_error("socket path is too long");
  std::memcpy(address.sun_path, path.c_str(), path.native().size() + 1);
  return address;
}

int bind_notify(const std::filesystem::path& path) {
  ::unlink(path.c_str());
  const int fd = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const sockaddr_un address = address_of(path);
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    throw std::runtime_error("cannot bind " + path.string());
  }
  return fd;
}

/// Readable once the process has ended; the glibc of the oldest supported system has no pidfd_open().
int open_process(pid_t pid) {
  const int fd = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0U));
  if (fd < 0) throw std::runtime_error(std::string("pidfd_open: ") + std::strerror(errno));
  return fd;
}

int ms_until(Clock::time_point until) {
  return static_cast<int>(
      std::max<std::int64_t>(std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()).count(), 0));
}

std::string read_line(int fd, std::string& buffer) {
  const auto until = Clock::now() + kDeadline;
  for (;;) {
    if (const std::size_t end = buffer.find('\n'); end != std::string::npos) {
      std::string line = buffer.substr(0, end);
      buffer.erase(0, end + 1);
      return line;
    }
    pollfd wait{fd, POLLIN, 0};
    if (::poll(&wait, 1, ms_until(until)) <= 0) throw std::runtime_error("no reply from atmd");
    char block[4096];
    const ssize_t got = ::read(fd, block, sizeof block);
    if (got <= 0) throw std::runtime_error("atmd closed the connection");
    buffer.append(block, static_cast<std::size_t>(got));
  }
}

/// Returns true if the log thread sleeps, so that the daemon has written all its lines.
bool is_log_written(pid_t pid) {
  std::error_code error;
  for (const auto& task :
       std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/task", error)) {
    std::string stat;
    std::getline(std::ifstream(task.path() / "stat"), stat);
    const std::size_t name_end = stat.find(") ");
    if (name_end != std::string::npos && stat.find(" (atm-log) ") != std::string::npos)
      return stat[name_end + 2] == 'S';
  }
  return true;
}

/// Connects and sends them after a hello.
int send_lines(const std::filesystem::path& socket, const std::vector<std::string>& lines) {
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_un address = address_of(socket);
  std::string out = R"({"type":"hello","protocol_version":"1.0","client_type":"cli"})"
                    "\n";
  for (const std::string& line : lines) out += line + "\n";
  const bool is_connected = ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  if (is_connected && ::send(fd, out.data(), out.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(out.size()))
    return fd;
  ::close(fd);
  throw std::runtime_error("cannot send to " + socket.string());
}

}  // namespace

std::filesystem::path Home::plugin(const std::filesystem::path& manifest, std::string_view name) const {
  namespace fs = std::filesystem;
  fs::path directory = dir_.directory(name);
  fs::copy_file(manifest, directory / manifest.filename(), fs::copy_options::overwrite_existing);
  fs::permissions(directory / manifest.filename(), fs::perms(0644));
  fs::path library = manifest;
  library.replace_extension(".so");
  if (fs::exists(library)) {
    fs::copy_file(library, directory / library.filename(), fs::copy_options::overwrite_existing);
    fs::permissions(directory / library.filename(), fs::perms(0755));
  }
  return directory;
}

std::filesystem::path Home::marker(std::string_view id) const {
  const std::filesystem::path directory = dir_.path() / "state/atm/starting";
  const std::string prefix = std::string(id) + '-';
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(directory, error)) {
    if (entry.path().filename().string().starts_with(prefix)) return entry.path();
  }
  return directory / prefix;
}

Atmd::Atmd(const Home& home, const std::vector<std::string>& arguments, const Manager& manager)
    : socket_(home.socket()), output_(home.dir().path() / "output") {
  const std::filesystem::path root = home.dir().path();
  home.dir().directory("run", 0700);
  notify_ = bind_notify(root / "run/notify.sock");
  const std::string program = manager.program.empty() ? ATM_TEST_ATMD : manager.program;
  std::vector<std::string> command{program};
  // The launcher knows the pid only at run time; the shell executes atmd and keeps it.
  if (manager.listener >= 0)
    command = {"/bin/sh", "-c", "export LISTEN_PID=$$ LISTEN_FDS=1; exec \"$0\" \"$@\"", program};
  command.insert(command.begin(), manager.launcher.begin(), manager.launcher.end());
  command.insert(command.end(), arguments.begin(), arguments.end());
  if (manager.listener < 0 && std::find(arguments.begin(), arguments.end(), "--socket") == arguments.end()) {
    command.insert(command.end(), {"--socket", socket_.string()});
  }
  std::vector<std::string> environment{
      "HOME=" + root.string(),
      "PATH=/usr/bin:/bin",
      "XDG_CONFIG_HOME=" + (root / "config").string(),
      "XDG_STATE_HOME=" + (root / "state").string(),
      "XDG_DATA_HOME=" + (root / "data").string(),
      "XDG_RUNTIME_DIR=" + (root / "run").string(),
      "NOTIFY_SOCKET=" + (root / "run/notify.sock").string(),
  };
  for (const char* name : {"ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "LSAN_OPTIONS"}) {
    if (const char* value = std::getenv(name)) environment.push_back(std::string(name) + "=" + value);
  }
  environment.insert(environment.end(), manager.environment.begin(), manager.environment.end());
  Spawn start;
  start.open(0, "/dev/null", O_RDONLY)
      .open(1, output_.string(), O_WRONLY | O_CREAT | O_TRUNC)
      .duplicate(1, 2);
  if (manager.listener >= 0) start.duplicate(manager.listener, 3);
  pid_ = start.run(command, environment);
  process_ = open_process(pid_);
}

Atmd::~Atmd() {
  if (!has_ended()) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  ::close(process_);
  ::close(notify_);
}

bool Atmd::has_ended() {
  if (code_ >= 0) return true;
  int status = 0;
  if (::waitpid(pid_, &status, WNOHANG) != pid_) return false;
  code_ = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  return true;
}

bool Atmd::wait_ready() {
  pollfd either[] = {{notify_, POLLIN, 0}, {process_, POLLIN, 0}};
  // Messages before its end count.
  if (::poll(either, 2, ms_until(Clock::now() + kDeadline)) <= 0 || either[0].revents == 0) return false;
  char text[64];
  const ssize_t got = ::recv(notify_, text, sizeof text, 0);
  return got > 0 && std::string_view(text, static_cast<std::size_t>(got)) == "READY=1";
}

std::optional<std::string> Atmd::notification(std::chrono::milliseconds timeout) {
  pollfd wait{notify_, POLLIN, 0};
  if (::poll(&wait, 1, static_cast<int>(timeout.count())) <= 0) return std::nullopt;
  char text[64];
  const ssize_t got = ::recv(notify_, text, sizeof text, 0);
  if (got < 0) return std::nullopt;
  return std::string(text, static_cast<std::size_t>(got));
}

int Atmd::stop(int signal) {
  if (!has_ended()) ::kill(pid_, signal);
  return wait();
}

int Atmd::wait() {
  pollfd end{process_, POLLIN, 0};
  static_cast<void>(::poll(&end, 1, ms_until(Clock::now() + kDeadline)));
  if (!has_ended()) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    code_ = 128 + SIGKILL;
  }
  return code_;
}

std::string Atmd::output() const {
  const auto until = Clock::now() + kDeadline;
  while (code_ < 0 && !is_log_written(pid_) && Clock::now() < until) std::this_thread::yield();
  std::ostringstream text;
  text << std::ifstream(output_).rdbuf();
  return text.str();
}

std::vector<std::string> Atmd::ask(const std::vector<std::string>& lines) const {
  const int fd = send_lines(socket_, lines);
  std::vector<std::string> replies;
  try {
    std::string buffer;
    static_cast<void>(read_line(fd, buffer));
    for (std::size_t i = 0; i < lines.size(); ++i) replies.push_back(read_line(fd, buffer));
  } catch (...) {
    ::close(fd);
    throw;
  }
  ::close(fd);
  return replies;
}

void Atmd::tell(const std::string& line) const {
  ::close(send_lines(socket_, {line}));
}

}  // namespace atm::test
