// SPDX-License-Identifier: MIT
// A program that poses as an agent: it has an agent's name, and runs hooks and other agents as its children. It
// reads commands from its standard input, one a line, and answers each with a line. It ends at the end of input.
//
//   hook JSON       runs the hook, that JSON on its standard input      -> done
//   agent JSON      starts an agent below, which runs that hook         -> its pid
//
// The hook is the program $ATM_TEST_HOOK. Arguments are ignored except a final `--say JSON`: run that hook,
// read nothing.
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <iostream>
#include <string>

namespace {

void write_all(int fd, const std::string& text) {
  for (std::size_t done = 0; done < text.size();) {
    const ssize_t wrote = ::write(fd, text.data() + done, text.size() - done);
    if (wrote <= 0) return;
    done += static_cast<std::size_t>(wrote);
  }
}

void run_hook(const std::string& json) {
  int input[2];
  if (::pipe(input) != 0) std::abort();
  const pid_t hook = ::fork();
  if (hook == 0) {
    ::signal(SIGPIPE, SIG_DFL);
    ::dup2(input[0], 0);
    ::close(input[0]);
    ::close(input[1]);
    const char* const program = std::getenv("ATM_TEST_HOOK");
    ::execl(program, program, "--agent", "claude_code", nullptr);
    ::_exit(127);
  }
  ::close(input[0]);
  write_all(input[1], json);
  ::close(input[1]);
  ::waitpid(hook, nullptr, 0);
}

pid_t start_agent(const char* self, const std::string& json) {
  const pid_t agent = ::fork();
  if (agent != 0) return agent;
  ::execl(self, self, "-p", "a task", "--say", json.c_str(), nullptr);
  ::_exit(127);
}

}  // namespace

int main(int count, char** arguments) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  // A hook that gives up closes its input before this program has written it.
  ::signal(SIGPIPE, SIG_IGN);
  ::setenv("CLAUDE_PID", std::to_string(::getpid()).c_str(), 1);
  if (count >= 2 && std::string(arguments[count - 2]) == "--say") {
    run_hook(arguments[count - 1]);
    for (;;) ::pause();
  }
  for (std::string line; std::getline(std::cin, line);) {
    const std::size_t blank = line.find(' ');
    const std::string json = blank == std::string::npos ? "" : line.substr(blank + 1);
    if (line.substr(0, blank) == "hook") {
      run_hook(json);
      std::cout << "done" << std::endl;
    } else {
      std::cout << start_agent(arguments[0], json) << std::endl;
    }
  }
  return 0;
}
