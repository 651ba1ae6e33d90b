// SPDX-License-Identifier: MIT
#include "process_agent.hpp"

#include <fcntl.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <utility>

#include "orders.hpp"
#include "support/process_stat.hpp"

namespace atm::test {
namespace {

using Clock = std::chrono::steady_clock;

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> list;
  for (std::string& word : words) list.push_back(word.data());
  list.push_back(nullptr);
  return list;
}

std::string program_called_claude(const ServedDaemon& daemon) {
  const std::filesystem::path link = daemon.home().dir().directory("bin") / "claude";
  if (!std::filesystem::exists(link)) std::filesystem::create_symlink(ATM_TEST_AGENT_DOUBLE, link);
  return link;
}

std::string host_name() {
  utsname name{};
  ::uname(&name);
  return name.nodename;
}

struct Pipe {
  Pipe() {
    if (::pipe2(end.data(), O_CLOEXEC) != 0) throw std::runtime_error("cannot make a pipe");
  }
  std::array<int, 2> end{};
};

struct Terminal {
  Terminal() {
    std::array<char, 128> path{};
    if (::openpty(&ours, &theirs, path.data(), nullptr, nullptr) != 0)
      throw std::runtime_error("cannot make a terminal");
    ::fcntl(ours, F_SETFD, FD_CLOEXEC);
    ::fcntl(theirs, F_SETFD, FD_CLOEXEC);
    name = path.data();
  }
  int ours = -1;
  int theirs = -1;
  std::string name;
};

}  // namespace

Agent::Agent(const ServedDaemon& daemon, std::vector<std::string> words) : daemon_(daemon) {
  words.insert(words.begin(), program_called_claude(daemon));
  std::vector<std::string> environment{"PATH=/usr/bin:/bin",
                                       "HOME=" + daemon.home().dir().path().string(),
                                       "ATM_SOCKET=" + daemon.socket().string(),
                                       "ATM_TEST_HOOK=" ATM_TEST_HOOK,
                                       "TMUX_PANE=" + std::string(kPane),
                                       "TMUX=" + std::string(kTmuxSocket) + ",1234,0"};
  const std::vector<char*> argv = pointers(words);
  const std::vector<char*> envp = pointers(environment);
  const std::string directory = daemon.home().dir().directory("work");
  const Pipe in;
  const Pipe out;
  const Terminal terminal;
  pid_ = ::fork();
  if (pid_ == 0) {
    ::setsid();
    ::ioctl(terminal.theirs, TIOCSCTTY, 0);
    ::dup2(in.end[0], 0);
    ::dup2(out.end[1], 1);
    if (::chdir(directory.c_str()) == 0) ::execve(argv[0], argv.data(), envp.data());
    ::_exit(127);
  }
  for (const int theirs : {in.end[0], out.end[1], terminal.theirs}) ::close(theirs);
  input_ = in.end[1];
  output_ = out.end[0];
  terminal_ = terminal.ours;
  tty_ = terminal.name;
  start_ticks_ = start_ticks_of(pid_);
}

Agent::~Agent() {
  kill();
  reap();
  for (const int fd : {input_, output_, terminal_}) {
    if (fd >= 0) ::close(fd);
  }
}

bool Agent::is_process_of(const protocol::Session& session) const {
  const SessionRuntime& where = session.runtime;
  return where.pid == pid_ && where.process_start_ticks == start_ticks_ && where.tty == tty_ &&
         where.tmux_pane == kPane && where.socket_path == kTmuxSocket && where.host == host_name();
}

std::string Agent::ask(const std::string& line) {
  return answer_to(line, input_, output_);
}

void Agent::hook(std::string_view session, std::string_view event, std::string_view more) {
  std::string line = R"(hook {"hook_event_name":")";
  line.append(event).append(R"(","session_id":")").append(session).append(R"(","cwd":")");
  line.append((daemon_.home().dir().path() / "work").string()).append("\"");
  if (!more.empty()) line.append(",").append(more);
  const std::vector<std::string_view> records{"plugins", "unix", "records"};
  const std::int64_t before = daemon_.stat(records);
  const auto until = Clock::now() + kTimeout;
  do {
    static_cast<void>(ask(line + "}"));
    if (daemon_.stat_reaches(records, before + 1, std::chrono::seconds(1))) return;
  } while (Clock::now() < until);
  throw std::runtime_error("no hook gets through");
}

pid_t Agent::start_agent(std::string_view session) {
  std::string line = R"(agent {"hook_event_name":"SessionStart","source":"startup","session_id":")";
  line.append(session).append(R"(","cwd":"/"})");
  return static_cast<pid_t>(std::stol(ask(line)));
}

void Agent::quit() {
  ::close(std::exchange(input_, -1));
}

void Agent::kill() const {
  if (!is_reaped_) ::kill(pid_, SIGKILL);
}

void Agent::reap() {
  if (!std::exchange(is_reaped_, true)) ::waitpid(pid_, nullptr, 0);
}

bool Agent::is_zombie() const {
  return stat_of(pid_).starts_with("Z");
}

}  // namespace atm::test
