// SPDX-License-Identifier: MIT
#include "chaos/daemon.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fstream>
#include <stdexcept>

#include "support/spawn.hpp"

namespace atm::test {
namespace {

namespace fs = std::filesystem;

constexpr int kPipeBytes = 4096;

int ms_until(Clock::time_point until) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()).count();
  return static_cast<int>(std::max<std::int64_t>(left, 0));
}

sockaddr_un address_of(const fs::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.string().size() >= sizeof address.sun_path) throw std::runtime_error("socket path is too long");
  std::memcpy(address.sun_path, path.c_str(), path.native().size() + 1);
  return address;
}

/// A connected non-blocking socket; -1: no listener, or the backlog is full.
int connect_to(const fs::path& path) {
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  const sockaddr_un address = address_of(path);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return fd;
  ::close(fd);
  return -1;
}

bool send_all(int fd, std::string_view bytes, Clock::time_point until) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
      continue;
    }
    pollfd wait{fd, POLLOUT, 0};
    if (errno != EAGAIN || ::poll(&wait, 1, ms_until(until)) <= 0) return false;
  }
  return true;
}

std::optional<std::string> read_line(int fd, std::string& buffer, Clock::time_point until) {
  for (;;) {
    if (const std::size_t end = buffer.find('\n'); end != std::string::npos) {
      std::string line = buffer.substr(0, end);
      buffer.erase(0, end + 1);
      return line;
    }
    pollfd wait{fd, POLLIN, 0};
    if (::poll(&wait, 1, ms_until(until)) <= 0) return std::nullopt;
    std::array<char, 16384> block{};
    const ssize_t got = ::recv(fd, block.data(), block.size(), 0);
    if (got == 0 || (got < 0 && errno != EAGAIN)) return std::nullopt;
    if (got > 0) buffer.append(block.data(), static_cast<std::size_t>(got));
  }
}

constexpr std::string_view kHello = R"({"type":"hello","protocol_version":"1.0","client_type":"cli"})"
                                    "\n";

}  // namespace

std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now().time_since_epoch()).count();
}

fs::path install_below(const fs::path& directory) {
  const fs::path plugins = directory / "lib/atm/plugins";
  fs::create_directories(directory / "bin");
  fs::create_directories(plugins);
  for (const char* const program : {ATM_TEST_ATMD, ATM_TEST_HOOK}) fs::copy(program, directory / "bin");
  for (const auto& file : fs::directory_iterator(ATM_TEST_PLUGINS)) {
    fs::copy(file.path(), plugins);
    fs::permissions(plugins / file.path().filename(), fs::perms(0644));
  }
  return directory / "bin";
}

void Places::prepare(std::string_view toml) const {
  for (const fs::path& directory : {run(), state(), home / "config/atm", home / "data"}) {
    fs::create_directories(directory);
    fs::permissions(directory, fs::perms::owner_all);
  }
  std::ofstream(home / "config/atm/atm.toml") << toml;
}

LogPipe::LogPipe(const fs::path& file) {
  if (::pipe2(ends_.data(), O_CLOEXEC) != 0) throw std::runtime_error("cannot make a pipe");
  static_cast<void>(::fcntl(ends_[1], F_SETPIPE_SZ, kPipeBytes));
  file_ = ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (file_ < 0) throw std::runtime_error("cannot open " + file.string());
  reader_ = std::thread([this] { read(); });
}

LogPipe::~LogPipe() {
  {
    const std::lock_guard lock(mutex_);
    is_over_ = true;
  }
  changed_.notify_all();
  reader_.join();
  for (const int fd : {ends_[0], ends_[1], file_}) ::close(fd);
}

void LogPipe::stop() {
  const std::lock_guard lock(mutex_);
  is_stopped_ = true;
  // The flags of the daemon's own descriptor do not change: this is another open file.
  const std::string name = "/proc/self/fd/" + std::to_string(ends_[1]);
  const int other = ::open(name.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC);
  const std::string filler(kPipeBytes - 1, '.');
  for (const std::string& bytes : {filler + "\n", std::string("\n")}) {
    while (::write(other, bytes.data(), bytes.size()) > 0) {
    }
  }
  ::close(other);
}

void LogPipe::go_on() {
  {
    const std::lock_guard lock(mutex_);
    is_stopped_ = false;
  }
  changed_.notify_all();
}

void LogPipe::read() {
  std::array<char, kPipeBytes> block{};
  for (std::unique_lock lock(mutex_); !is_over_;) {
    if (is_stopped_) {
      changed_.wait(lock);
      continue;
    }
    pollfd wait{ends_[0], POLLIN, 0};
    if (::poll(&wait, 1, 0) > 0) {
      const ssize_t got = ::read(ends_[0], block.data(), block.size());
      if (got > 0) static_cast<void>(!::write(file_, block.data(), static_cast<std::size_t>(got)));
      continue;
    }
    lock.unlock();
    static_cast<void>(::poll(&wait, 1, 50));
    lock.lock();
  }
}

Holdings holdings_of(pid_t pid) {
  Holdings held;
  const fs::path process = "/proc/" + std::to_string(pid);
  std::error_code error;
  for (fs::directory_iterator at(process / "fd", error); !error && at != fs::directory_iterator();
       at.increment(error))
    ++held.descriptors;
  std::ifstream status(process / "status");
  for (std::string word; status >> word;) {
    if (word == "Threads:") status >> held.threads;
    if (word == "VmRSS:") status >> held.resident_kib;
  }
  return held;
}

Daemon::Daemon(const Places& places, const StartOptions& options) {
  ::unlink(places.notify.c_str());
  notify_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  const sockaddr_un address = address_of(places.notify);
  if (::bind(notify_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    throw std::runtime_error("cannot bind " + places.notify.string());
  std::vector<std::string> command{places.programs / "atmd", "--socket", places.socket()};
  command.insert(command.end(), options.arguments.begin(), options.arguments.end());
  const std::string home = places.home.string();
  const std::vector<std::string> environment{
      "HOME=" + home,
      "PATH=/usr/bin:/bin",
      "XDG_CONFIG_HOME=" + home + "/config",
      "XDG_STATE_HOME=" + home + "/state",
      "XDG_DATA_HOME=" + home + "/data",
      "XDG_RUNTIME_DIR=" + home + "/run",
      "NOTIFY_SOCKET=" + places.notify.string(),
      "ATM_CHAOS_LIFE=" + std::to_string(options.life),
  };
  Spawn program;
  program.open(0, "/dev/null", O_RDWR);
  for (const int fd : {1, 2}) program.duplicate(options.output < 0 ? 0 : options.output, fd);
  for (const int fd : {0, 1, 2}) {
    if (options.is_closed[static_cast<std::size_t>(fd)]) program.close(fd);
  }
  pid_ = program.run(command, environment);
  process_ = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0U));
  if (process_ < 0) throw std::runtime_error(std::string("pidfd_open: ") + std::strerror(errno));
}

Daemon::~Daemon() {
  kill();
  ::close(process_);
  ::close(notify_);
}

bool Daemon::wait_ready(std::chrono::milliseconds timeout) {
  for (const auto until = Clock::now() + timeout;;) {
    std::array<pollfd, 2> either{pollfd{notify_, POLLIN, 0}, pollfd{process_, POLLIN, 0}};
    if (::poll(either.data(), either.size(), ms_until(until)) <= 0 || either[0].revents == 0) return false;
    std::array<char, 256> text{};
    const ssize_t got = ::recv(notify_, text.data(), text.size(), 0);
    if (got > 0 && std::string_view(text.data(), static_cast<std::size_t>(got)) == "READY=1") return true;
  }
}

void Daemon::signal(int number) const {
  if (!status_) ::kill(pid_, number);
}

std::optional<int> Daemon::wait_end(std::chrono::milliseconds timeout) {
  if (status_) return status_;
  pollfd end{process_, POLLIN, 0};
  static_cast<void>(::poll(&end, 1, static_cast<int>(timeout.count())));
  int status = 0;
  if (::waitpid(pid_, &status, WNOHANG) == pid_) status_ = status;
  return status_;
}

void Daemon::kill() {
  signal(SIGKILL);
  while (!wait_end(kTimeout)) {
  }
}

std::string end_text(int status) {
  return WIFSIGNALED(status) ? "signal " + std::to_string(WTERMSIG(status))
                             : "exit " + std::to_string(WEXITSTATUS(status));
}

std::optional<std::vector<std::string>> ask(const fs::path& socket, const std::vector<std::string>& lines,
                                            std::chrono::milliseconds timeout) {
  const int fd = connect_to(socket);
  if (fd < 0) return std::nullopt;
  const auto until = Clock::now() + timeout;
  std::string out(kHello);
  for (const std::string& line : lines) out += line + "\n";
  std::vector<std::string> answers;
  std::string buffer;
  if (send_all(fd, out, until)) {
    while (answers.size() < lines.size() + 1) {
      auto line = read_line(fd, buffer, until);
      if (!line) break;
      answers.push_back(std::move(*line));
    }
  }
  ::close(fd);
  if (answers.size() < lines.size() + 1) return std::nullopt;
  answers.erase(answers.begin());
  return answers;
}

void throw_in(const fs::path& socket, std::string_view bytes) {
  const int fd = connect_to(socket);
  if (fd < 0) return;
  static_cast<void>(send_all(fd, bytes, Clock::now() + std::chrono::seconds(1)));
  ::close(fd);
}

}  // namespace atm::test
