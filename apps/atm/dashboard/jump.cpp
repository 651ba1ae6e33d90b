// SPDX-License-Identifier: MIT
#include "jump.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atm/file_descriptor.hpp>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "lookup.hpp"
#include "program.hpp"
#include "session_names.hpp"

namespace atm::cli {

namespace {

// Agents report the pane, so it may be any text; tmux would read `;` as the end of a command.
bool is_pane(std::string_view pane) {
  return pane.size() > 1 && pane.size() < 12 && pane[0] == '%' &&
         pane.find_first_not_of("0123456789", 1) == pane.npos;
}

bool is_same_server(const std::string& tmux, const std::string& socket) {
  const std::string ours = tmux.substr(0, tmux.find(','));
  std::error_code ignored;
  return !ours.empty() && (ours == socket || std::filesystem::equivalent(ours, socket, ignored));
}

Error no_way(const protocol::Session& session, const std::string& why) {
  return {ErrorCode::kUnsupported, "cannot jump to " + short_name(session.domain.id.view()) + ": " + why};
}

std::vector<char*> pointers_to(std::vector<std::string>& words) {
  std::vector<char*> list;
  for (std::string& word : words) list.push_back(word.data());
  list.push_back(nullptr);
  return list;
}

// The first line that arrives.
std::string first_line(int fd) {
  std::string text;
  std::array<char, 512> block{};
  for (;;) {
    const ssize_t got = ::read(fd, block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    if (text.size() < block.size()) text.append(block.data(), static_cast<std::size_t>(got));
  }
  return text.substr(0, text.find('\n'));
}

}  // namespace

Result<JumpPlan> plan_jump(const protocol::Session& session, const std::string& tmux) {
  const SessionRuntime& place = session.runtime;
  if (session.domain.status.kind() == StatusKind::kEnded)
    return no_way(session, "the session has ended; resume it with its agent");
  if (!place.tmux_pane || !place.socket_path) {
    std::string where =
        place.tty ? "its terminal is " + *place.tty + ", not in tmux" : "its terminal is unknown";
    if (place.pid) where += " (process " + std::to_string(*place.pid) + ")";
    return no_way(session, where + "; switch to that window yourself, or run the agent in tmux");
  }
  if (!is_pane(*place.tmux_pane) || !place.socket_path->starts_with('/'))
    return no_way(session, "its pane is '" + *place.tmux_pane + "' of '" + *place.socket_path +
                               "', expected a pane such as %3 and a path");
  JumpPlan plan;
  plan.command = {"tmux", "-S", *place.socket_path};
  const bool is_inside = is_same_server(tmux, *place.socket_path);
  plan.takes_terminal = !is_inside;
  plan.command.emplace_back(is_inside ? "switch-client" : "attach-session");
  plan.command.insert(plan.command.end(), {"-t", *place.tmux_pane});
  return plan;
}

Result<void> run_jump(const JumpPlan& plan) {
  std::vector<std::string> words = plan.command;
  // tmux refuses to attach inside of tmux unless TMUX is unset.
  std::vector<std::string> variables = environment_without("TMUX");
  const std::vector<char*> command = pointers_to(words);
  const std::vector<char*> environment = pointers_to(variables);
  std::array<int, 2> ends{-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return Error{ErrorCode::kIo, std::strerror(errno)};
  const FileDescriptor read_end(ends[0]);
  FileDescriptor write_end(ends[1]);
  posix_spawn_file_actions_t actions{};
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, write_end.get(), STDERR_FILENO);
  if (!plan.takes_terminal) {
    ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  }
  // The signals that this program reads from a descriptor are blocked.
  posix_spawnattr_t attributes{};
  ::posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  pid_t pid = 0;
  const int error = ::posix_spawnp(&pid, command[0], &actions, &attributes, command.data(),
                                   plan.takes_terminal ? environment.data() : ::environ);
  ::posix_spawnattr_destroy(&attributes);
  ::posix_spawn_file_actions_destroy(&actions);
  write_end = FileDescriptor();
  if (error != 0)
    return Error{ErrorCode::kIo,
                 "cannot run " + plan.command[0] + ": " + std::strerror(error) + "; install it"};
  const std::string answer = first_line(read_end.get());
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  return Error{ErrorCode::kIo,
               plan.command[0] + " failed: " + (answer.empty() ? "it printed no reason" : answer)};
}

ExitCode run_jump_command(const Global& global, const JumpOptions& options) {
  auto client = connect(global);
  if (!client) return complain(client.error());
  const auto found = look_up(*client, options.id);
  if (!found) return complain(found.error());
  const char* const tmux = std::getenv("TMUX");
  const auto plan = plan_jump(found->session, tmux == nullptr ? "" : tmux);
  if (!plan) return complain(plan.error());
  const auto done = run_jump(*plan);
  if (done) return kOk;
  static_cast<void>(complain(done.error()));
  return kFailed;
}

}  // namespace atm::cli
