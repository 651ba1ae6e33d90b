// SPDX-License-Identifier: MIT
#include "stream_agent.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <stdexcept>
#include <utility>

#include "orders.hpp"
#include "support/process_stat.hpp"
#include "support/spawn.hpp"

namespace atm::test {
namespace {

std::array<int, 2> make_pipe() {
  std::array<int, 2> end{};
  if (::pipe2(end.data(), O_CLOEXEC) != 0) throw std::runtime_error("cannot make a pipe");
  return end;
}

}  // namespace

StreamAgent::StreamAgent(const ServedDaemon& daemon) : daemon_(daemon) {
  const auto in = make_pipe();
  const auto out = make_pipe();
  pid_ = Spawn().duplicate(in[0], 0).duplicate(out[1], 1).run({ATM_TEST_STREAM_DOUBLE}, {});
  ::close(in[0]);
  ::close(out[1]);
  input_ = in[1];
  output_ = out[0];
}

StreamAgent::~StreamAgent() {
  kill();
  reap();
  ::close(input_);
  ::close(output_);
}

std::string StreamAgent::hook_of(std::string_view session) const {
  std::string line = hook(session, "SessionStart", R"("source":"startup")");
  line.pop_back();
  return line + R"(,"context":{"pid":)" + std::to_string(pid_) + R"(,"start_ticks":)" +
         std::to_string(start_ticks_of(pid_)) + "}}";
}

void StreamAgent::connect(int connection) {
  order("connect " + std::to_string(connection) + ' ' + daemon_.socket().string());
}

void StreamAgent::say(std::string_view line, int connection) {
  order("say " + std::to_string(connection) + ' ' + std::string(line));
}

void StreamAgent::disconnect(int connection) {
  order("close " + std::to_string(connection));
}

void StreamAgent::kill() const {
  if (!is_reaped_) ::kill(pid_, SIGKILL);
}

void StreamAgent::reap() {
  if (!std::exchange(is_reaped_, true)) ::waitpid(pid_, nullptr, 0);
}

void StreamAgent::order(const std::string& line) {
  if (answer_to(line, input_, output_) != "done\n") throw std::runtime_error("the agent cannot " + line);
}

}  // namespace atm::test
